"""What was last seen of the domains, and what is still to be told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete
from sqlmodel import col, select

from bot.sql.scope import Scope
from bot.sql.tables import DomainNewsRow, Json, WatchedDomainRow


class Watched(Scope):
    """The part of a transaction that is about the watch over the domains."""

    async def watched(self) -> dict[str, Json]:
        """Return what was last seen, by domain."""
        return {row.name: row.seen for row in await self._session.exec(select(WatchedDomainRow))}

    async def watched_domain(self, name: str) -> Json | None:
        """Return what was last seen of *name*; locked until the end of the transaction."""
        row = select(WatchedDomainRow).where(col(WatchedDomainRow.name) == name).with_for_update()
        found = (await self._session.exec(row)).first()
        return None if found is None else found.seen

    async def keep_watched(self, seen: Mapping[str, Json]) -> None:
        """Remember what was seen, by domain, in place of what was seen before."""
        for name, what in sorted(seen.items()):
            new = self._insert(WatchedDomainRow).values(name=name, seen=what)
            kept = new.on_conflict_do_update(index_elements=["name"], set_={"seen": new.excluded.seen})
            await self._session.exec(kept)

    async def forget_watched(self, names: Iterable[str]) -> None:
        """Remember nothing of *names* any more."""
        await self._session.exec(
            delete(WatchedDomainRow).where(col(WatchedDomainRow.name).in_(sorted(names)))
        )

    async def add_news(self, turns: Iterable[Json]) -> None:
        """Keep what is to be told, in the order given."""
        for turn in turns:
            await self._session.exec(self._insert(DomainNewsRow).values(turn=turn))

    async def news(self) -> dict[int, Json]:
        """Return what is to be told, the oldest first."""
        rows = await self._session.exec(select(DomainNewsRow).order_by(col(DomainNewsRow.id)))
        return {row.id: row.turn for row in rows if row.id is not None}

    async def told_news(self, told: Iterable[int]) -> None:
        """Forget what was told."""
        await self._session.exec(delete(DomainNewsRow).where(col(DomainNewsRow.id).in_(sorted(told))))
