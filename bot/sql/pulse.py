"""When Relatch was last known to run: after a crash people are told since when it was down."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case
from sqlmodel import col, select

from bot.sql.scope import Scope
from bot.sql.tables import PulseRow


class Pulse(Scope):
    """The part of a transaction that is about the product's own life."""

    async def beat(self) -> None:
        """Note that a process of Relatch runs now; of several, the latest counts."""
        new = self._insert(PulseRow).values(id=1, at=self.now)
        later = case((new.excluded.at > col(PulseRow.at), new.excluded.at), else_=col(PulseRow.at))
        await self._session.exec(new.on_conflict_do_update(index_elements=["id"], set_={"at": later}))

    async def last_beat(self) -> datetime | None:
        """Return when a process was last known to run; ``None`` if none ever was."""
        return (await self._session.exec(select(PulseRow.at))).first()
