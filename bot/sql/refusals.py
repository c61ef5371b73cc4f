"""Repeated refusals, counted so that the record holds one line a minute of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, select

from bot.sql.scope import Scope
from bot.sql.tables import RefusalRow

WINDOW = timedelta(seconds=60)


class Refusals(Scope):
    """The part of a transaction that is about refusals."""

    async def refused(self, actor: str, rule: str) -> int | None:
        """Count a refusal of *actor* by *rule*.

        Returns ``None`` for the first within a minute (record it), else how many were held back
        since the last were fetched by ``held_back``.
        """
        row = await self._seen(actor, rule)
        if self._over(row):
            await self._session.exec(update(RefusalRow).where(*_its(actor, rule)).values(since=self.now))
            return None
        await self._session.exec(update(RefusalRow).where(*_its(actor, rule)).values(held=row.held + 1))
        return row.held + 1

    async def held_back(self, actor: str, rule: str) -> int:
        """Return how many refusals were held back, and forget them; the minute goes on."""
        locked = select(RefusalRow).where(*_its(actor, rule)).with_for_update()
        row = (await self._session.exec(locked)).first()
        if row is None:
            return 0
        forget = delete(RefusalRow) if self._over(row) else update(RefusalRow).values(held=0)
        await self._session.exec(forget.where(*_its(actor, rule)))
        return row.held

    def _over(self, row: RefusalRow) -> bool:
        return row.since is None or self.now - row.since >= WINDOW

    async def _seen(self, actor: str, rule: str) -> RefusalRow:
        """Return the row locked, made if need be; an upsert, because two may be the first."""
        new = self._insert(RefusalRow).values(actor=actor, rule=rule, since=None, held=0)
        upsert = new.on_conflict_do_update(index_elements=["actor", "rule"], set_={"actor": actor})
        row: RefusalRow = (await self._session.exec(upsert.returning(RefusalRow))).scalar_one()
        return row


def _its(actor: str, rule: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(RefusalRow.actor) == actor, col(RefusalRow.rule) == rule
