"""Deliveries that were taken already, shared by all processes on one database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from bot.sql.engine import Database
from bot.sql.scope import Scope
from bot.sql.tables import DeliveryRow

KEPT = timedelta(minutes=15)
SWEEP = timedelta(minutes=1)
_EVER = datetime.min.replace(tzinfo=UTC)


class Deliveries:
    """Remembers each delivery for 15 minutes: thrice what a signature is good for."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._swept = _EVER

    async def first(self, key: str) -> bool:
        """Return whether *key* is new, and remember it; ``Later`` when the database does not answer.

        Any text will do as *key*; only its hash is kept.
        """
        now = self._now()
        async with self._database.session() as session:
            scope = _Taken(session, now, worker="")
            if now - self._swept >= SWEEP:
                await scope.sweep()
                self._swept = now
            return await scope.take(hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest())


class _Taken(Scope):
    async def take(self, digest: str) -> bool:
        new = self._insert(DeliveryRow).values(digest=digest, at=self.now)
        taken = new.on_conflict_do_nothing(index_elements=["digest"]).returning(col(DeliveryRow.digest))
        return (await self._session.exec(taken)).first() is not None

    async def sweep(self) -> None:
        # Those that another process is sweeping are skipped: two would wait for each other.
        old = select(DeliveryRow.digest).where(col(DeliveryRow.at) < self.now - KEPT)
        swept = old.with_for_update(skip_locked=True)
        await self._session.exec(delete(DeliveryRow).where(col(DeliveryRow.digest).in_(swept)))
