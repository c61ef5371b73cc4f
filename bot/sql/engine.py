"""Connections: how each database is opened, and what a transaction is on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from approvals.errors import Later, NoDatabase, Uncertain
from bot.sql.failures import answering

NUMBERS: Final = "number_to_set"
"""The table whose deleted rows are to be gone from the files too."""
PATIENCE: Final = timedelta(seconds=5)
"""How long anything waits for a connection, a lock or a turn before it is ``Later``.

A task that is cancelled while it waits for SQLite's lock ends only after this time.
"""


class Database:
    """An open database; ``close`` it.

    *url* names its driver: ``sqlite+aiosqlite:///FILE`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str, patience: timedelta = PATIENCE) -> None:
        self.sqlite: Final = make_url(url).get_backend_name() == "sqlite"
        self.engine: Final = (_sqlite if self.sqlite else _postgres)(url, patience)
        self._patience: Final = patience
        self._writing = self.engine.execution_options(writes=True)
        reading: dict[str, Any] = {} if self.sqlite else {"postgresql_readonly": True}
        self._reading = self.engine.execution_options(**reading)
        self._outside = self.engine.execution_options(isolation_level="AUTOCOMMIT", writes=True, outside=True)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def session(self, *, writes: bool = True) -> AsyncGenerator[AsyncSession]:
        """Open a transaction: committed at the end of the block, rolled back by any exception.

        Raises ``Later`` when the database does not answer, ``Uncertain`` when it does not
        answer to the commit.
        """
        bind = self._writing if writes else self._reading
        committing = False
        try:
            with answering(writes=writes):
                async with self._one_writer(writes=writes), _session(bind) as session, session.begin():
                    yield session
                    committing = writes
        except Later as error:
            if committing:
                raise Uncertain(error.why, error.after) from error
            raise

    async def scrub(self) -> None:
        """Empty what still holds erased rows: SQLite's write-ahead log, PostgreSQL's dead tuples.

        Raises ``Later`` while somebody reads what was there before.
        """
        with answering(writes=True):
            # Neither runs inside a transaction.
            async with self._one_writer(writes=True), self._outside.connect() as connection:
                if not self.sqlite:
                    await connection.exec_driver_sql(f"vacuum {NUMBERS}")
                    return
                busy, *_ = (await connection.exec_driver_sql("pragma wal_checkpoint(truncate)")).one()
        if busy:
            raise Later("somebody reads what was erased")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _one_writer(self, *, writes: bool) -> AsyncGenerator[None]:
        # SQLite has one writer, and those who wait for it poll, up to 100 ms apart and in no
        # order: the tasks of this process queue here instead, first come first served.
        if not (writes and self.sqlite):
            yield
            return
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await self._turn.acquire()
        except TimeoutError as error:
            raise NoDatabase("the database is busy: another writer does not end") from error
        try:
            yield
        finally:
            self._turn.release()


def _session(bind: AsyncEngine) -> AsyncSession:
    options: dict[str, Any] = {"populate_existing": True, "synchronize_session": False}
    return AsyncSession(bind, expire_on_commit=False, autoflush=False, execution_options=options)


def _postgres(url: str, patience: timedelta) -> AsyncEngine:
    wait = patience // timedelta(milliseconds=1)
    return create_async_engine(
        url,
        connect_args={
            # libpq counts whole seconds, and takes less than two for two.
            "connect_timeout": max(wait // 1000, 2),
            # A dead network is noticed in seconds instead of the kernel's quarter of an hour.
            "tcp_user_timeout": wait,
            "options": f"-c timezone=UTC -c lock_timeout={wait} -c statement_timeout=30s"
            " -c idle_in_transaction_session_timeout=60s",
            # Prepared statements break behind a pooler that hands out another connection each time.
            "prepare_threshold": None,
        },
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=8,
        pool_timeout=patience.total_seconds(),
    )


def _sqlite(url: str, patience: timedelta) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=4,
        max_overflow=4,
        pool_timeout=patience.total_seconds(),
    )
    pragmas = (
        # The first, because switching to WAL may itself have to wait.
        f"busy_timeout = {patience // timedelta(milliseconds=1)}",
        "journal_mode = wal",
        # A commit survives a power cut: an order to restore is one.
        "synchronous = full",
        "foreign_keys = on",
        # A telephone number that is deleted is overwritten, not only forgotten.
        "secure_delete = on",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(raw: DBAPIConnection, _record: object) -> None:
        # sqlite3 would begin transactions by itself, and too late: before a write, after the read.
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in pragmas:
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # With a plain BEGIN two writers read the same value before one of them waits; if all began
    # immediately, readers would lock each other out.
    writes = connection.get_execution_options().get("writes", False)
    if connection.info.get("writes") is not writes:
        connection.exec_driver_sql(f"pragma query_only = {'off' if writes else 'on'}")
        connection.info["writes"] = writes
    if not connection.get_execution_options().get("outside", False):
        connection.exec_driver_sql("begin immediate" if writes else "begin")
