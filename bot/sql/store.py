"""The store: ``approvals.ports.Store`` over SQL, and what only the product's edges ask of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from approvals.agenda import Order
from approvals.model import RequestId, utc
from approvals.record import Entry, Line
from bot.sql.counts import Counts, count_all
from bot.sql.engine import Database
from bot.sql.messages import Messages
from bot.sql.numbers import Numbers
from bot.sql.pulse import Pulse
from bot.sql.record import LINE, Record
from bot.sql.refusals import Refusals
from bot.sql.requests import Requests
from bot.sql.tables import LineRow
from bot.sql.watched import Watched
from bot.sql.work import Agenda

CLOCK = sqlalchemy.select(func.clock_timestamp())
PAGE = 1000
"""Lines of the record that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction left behind: lines of the record, and whether work was ordered."""

    entries: tuple[tuple[Entry, Line], ...]
    ordered: bool


class SqlTransaction(Requests, Numbers, Agenda, Record, Refusals, Messages, Pulse, Watched):
    """One transaction, put together from its parts; it keeps what is worth telling after the commit."""

    def __init__(self, session: AsyncSession, now: datetime, worker: str) -> None:
        super().__init__(session, now, worker)
        self._entries: list[tuple[Entry, Line]] = []
        self._ordered = False

    @property
    def left_behind(self) -> Committed:
        """Return what the commit made lasting."""
        return Committed(tuple(self._entries), self._ordered)

    async def order(self, request: RequestId | None, *orders: Order) -> None:
        """Order work and take work back, in the order given."""
        await super().order(request, *orders)
        self._ordered = True

    async def record(self, entry: Entry) -> Line:
        """Append to the record."""
        line = await super().record(entry)
        self._entries.append((entry, line))
        return line


class SqlStore:
    """Requests, work, messages and the record of one database.

    *worker* names this process in what it claims. *clock* tells the time; without one the
    database's own clock does, so that several processes agree (PostgreSQL only: SQLite's has
    no microseconds). *committed* is told after each commit; it must not raise.
    """

    def __init__(
        self,
        database: Database,
        *,
        worker: str,
        clock: Callable[[], datetime] | None,
        committed: Callable[[Committed], None] = lambda _: None,
    ) -> None:
        if clock is None and database.sqlite:
            raise ValueError("SQLite needs a clock")
        self._database: Final = database
        self._worker: Final = worker
        self._clock: Final = clock
        self._committed: Final = committed

    @asynccontextmanager
    async def transaction(self, *, writes: bool = True) -> AsyncGenerator[SqlTransaction]:
        """Open a transaction: committed at the end of the block, rolled back by any exception.

        Raises ``Later`` when the database does not answer. One that only reads
        (``writes=False``) waits for nobody and cannot write.
        """
        async with self._open(writes=writes) as opened:
            yield opened
        self._committed(opened.left_behind)

    async def scrub(self) -> None:
        """Make what was erased unreadable in the database's own files too; ``Later`` when it is in use."""
        await self._database.scrub()

    async def lines(self, *, after: int = 0, since: datetime | None = None) -> AsyncGenerator[Line]:
        """Go over the record behind line number *after*, in order and in constant memory.

        With *since*, lines of that time and later.
        """
        while True:
            page = await self._page(after, since)
            for line in page:
                yield line
            if len(page) < PAGE:
                return
            after = page[-1].seq

    async def counts(self, overdue: timedelta) -> Counts:
        """Count everything; a restore counts as overdue from *overdue* after its end."""
        async with self._database.session(writes=False) as session:
            return await count_all(session, await self._now(session), overdue)

    async def alive(self) -> None:
        """Note that a process of Relatch runs now; of several, the latest counts."""
        async with self._open() as opened:
            await opened.beat()

    async def last_alive(self) -> datetime | None:
        """Return when a process of Relatch was last known to run; ``None`` if none ever was."""
        async with self._open(writes=False) as opened:
            return await opened.last_beat()

    @asynccontextmanager
    async def _open(self, *, writes: bool = True) -> AsyncGenerator[SqlTransaction]:
        async with self._database.session(writes=writes) as session:
            yield SqlTransaction(session, await self._now(session), self._worker)

    async def _now(self, session: AsyncSession) -> datetime:
        if self._clock is not None:
            return utc(self._clock())
        connection = await session.connection()
        return utc((await connection.execute(CLOCK)).scalar_one())

    async def _page(self, after: int, since: datetime | None) -> list[Line]:
        # Columns, not entities: of a million lines the session would make an object each.
        lines = select(*LINE).where(col(LineRow.seq) > after).order_by(col(LineRow.seq)).limit(PAGE)
        if since is not None:
            lines = lines.where(col(LineRow.at) >= since)
        async with self._database.session(writes=False) as session:
            return [Line(*row) for row in await session.exec(lines)]
