"""Repeated refusals, counted so that the record holds one line a minute of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import col

from bot.sql.scope import Scope
from bot.sql.tables import RefusalRow

WINDOW = timedelta(seconds=60)


class Refusals(Scope):
    """The part of a transaction that is about refusals."""

    async def refused(self, actor: str, rule: str) -> int | None:
        """Count a refusal of *actor* by *rule*.

        Returns ``None`` for the first within a minute (record it), else how many were held back.
        """
        its = col(RefusalRow.actor) == actor, col(RefusalRow.rule) == rule
        row = await self._locked(actor, rule)
        if row.since is None or self.now - row.since >= WINDOW:
            await self._session.exec(update(RefusalRow).where(*its).values(since=self.now))
            return None
        await self._session.exec(update(RefusalRow).where(*its).values(held=row.held + 1))
        return row.held + 1

    async def held_back(self, actor: str, rule: str) -> int:
        """Return how many refusals were held back, and forget them."""
        its = col(RefusalRow.actor) == actor, col(RefusalRow.rule) == rule
        gone = await self._session.exec(delete(RefusalRow).where(*its).returning(col(RefusalRow.held)))
        return gone.scalar_one_or_none() or 0

    async def _locked(self, actor: str, rule: str) -> RefusalRow:
        """Return the row, made if need be; an upsert, because two may be the first."""
        new = self._insert(RefusalRow).values(actor=actor, rule=rule, since=None, held=0)
        seen = new.on_conflict_do_update(index_elements=["actor", "rule"], set_={"actor": actor})
        row: RefusalRow = (await self._session.exec(seen.returning(RefusalRow))).scalar_one()
        return row
