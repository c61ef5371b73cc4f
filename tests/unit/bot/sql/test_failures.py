"""What the store says when the database does not answer, and what it does not hide."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from approvals.errors import Later, NoDatabase, Uncertain
from bot.sql.engine import Database
from bot.sql.schema import migrate, schema_state

SHORT = timedelta(milliseconds=50)


@pytest.fixture
async def opened() -> AsyncIterator[Callable[[str], Database]]:
    """Open databases that have little patience."""
    databases: list[Database] = []

    def make(url: str) -> Database:
        databases.append(Database(url, patience=SHORT))
        return databases[-1]

    yield make
    for database in databases:
        await database.close()
    # aiosqlite does not wait for the thread of a connection that could not be opened.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(timeout=5)


async def beat(database: Database, *, writes: bool = True) -> None:
    async with database.session(writes=writes) as session:
        await (await session.connection()).execute(text("select 1"))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_file_that_another_process_writes_to_can_be_read_but_written_only_later(
    opened: Callable[[str], Database], database_url: str
) -> None:
    database = opened(database_url)
    with closing(sqlite3.connect(str(make_url(database_url).database), isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(Later, match="SQLITE_BUSY"):
            await beat(database)
        await beat(database, writes=False)
        other.execute("commit")
    await beat(database)


async def test_a_writer_that_does_not_end_makes_the_next_one_wait_no_longer_than_its_patience(
    opened: Callable[[str], Database], database_url: str
) -> None:
    database = opened(database_url)
    locked = text("update record_head set seq = seq")
    async with database.session() as first:
        await (await first.connection()).execute(locked)
        with pytest.raises(Later):
            async with database.session() as second:
                await (await second.connection()).execute(locked)


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:///{}/none/relatch.db", "postgresql+psycopg:///x?host={}/none"]
)
async def test_a_database_that_is_not_there_may_be_there_later(
    opened: Callable[[str], Database], tmp_path: Path, url: str
) -> None:
    database = opened(url.format(tmp_path))
    for attempt in (beat, schema_state, migrate):
        with pytest.raises(Later, match=r"SQLITE_CANTOPEN|no connection"):
            await attempt(database)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
@pytest.mark.parametrize(("then", "kind"), [("select 1", NoDatabase), (None, Uncertain)])
async def test_a_connection_that_is_cut_is_later_at_the_commit_uncertain_and_the_next_one_is_whole(
    database: Database, database_url: str, then: str | None, kind: type[Later]
) -> None:
    async def cut() -> None:
        async with database.session() as session:
            connection = await session.connection()
            pid = (await connection.execute(text("select pg_backend_pid()"))).scalar_one()
            await asyncio.to_thread(terminate, database_url, pid)
            if then:
                await connection.execute(text(then))

    with pytest.raises(Later, match="does not answer") as caught:
        await cut()
    assert caught.type is kind
    await beat(database)


async def test_every_connection_in_use_is_later(database_url: str) -> None:
    database = Database(database_url, patience=SHORT)
    pool = 4 + 4 if database.sqlite else 8 + 8
    held = [await database.engine.connect() for _ in range(pool)]
    with pytest.raises(Later, match="no connection was free"):
        await beat(database)
    for connection in held:
        await connection.close()
    await database.close()


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
async def test_a_server_that_became_a_standby_is_later(database: Database) -> None:
    async def write() -> None:
        async with database.session() as session:
            connection = await session.connection()
            await connection.execute(text("set transaction read only"))
            await connection.execute(text("delete from record_head"))

    with pytest.raises(NoDatabase, match="SQLSTATE 25006"):
        await write()


async def test_a_fault_of_ours_stays_visible_without_the_values(database: Database) -> None:
    async def wrong() -> None:
        async with database.session() as session:
            await (await session.connection()).execute(text("select :a from nowhere"), {"a": "+31612345678"})

    with pytest.raises(DBAPIError, match="nowhere") as caught:
        await wrong()
    assert "31612345678" not in str(caught.value)


async def test_a_transaction_that_only_reads_cannot_write(database: Database) -> None:
    async def write() -> None:
        async with database.session(writes=False) as session:
            await (await session.connection()).execute(text("delete from record_head"))

    for _ in range(2):
        with pytest.raises((DBAPIError, Later), match=r"(?i)read.?only"):
            await write()
        await beat(database)


async def test_sqlite_keeps_what_is_committed_through_a_power_cut_and_its_foreign_keys(
    database: Database,
) -> None:
    if not database.sqlite:
        pytest.skip("these are SQLite's settings")
    async with database.session() as session:
        connection = await session.connection()
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [(await connection.execute(text(f"pragma {name}"))).scalar_one() for name in pragmas]
    assert values == ["wal", 2, 1, 5000]


def terminate(url: str, pid: int) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", (pid,))
