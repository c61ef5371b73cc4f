"""The record in the store: one chain, append-only; and refusals that are counted instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from approvals.record import START, Entry, Line, Verification, Whole
from bot.sql import store as store_module
from bot.sql.engine import Database
from bot.sql.store import SqlStore

HandClock = Any  # the type stands in tests/conftest.py, which is not to be imported from


def entry(number: int) -> Entry:
    return Entry("refused", None, "U0HANNA", {"rule": "self", "times": number})


async def write(store: SqlStore, times: int) -> list[Line]:
    async with store.transaction() as tx:
        return [await tx.record(entry(number)) for number in range(times)]


async def read(store: SqlStore, after: int = 0, since: datetime | None = None) -> list[Line]:
    return [line async for line in store.lines(after=after, since=since)]


async def test_an_empty_record_has_no_head_and_no_lines(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.head() is None
    assert await read(store) == []


async def test_each_line_follows_the_one_before_and_the_last_is_the_head(
    store: SqlStore, clock: HandClock
) -> None:
    first = await write(store, 2)
    clock.move(timedelta(microseconds=1))
    then = await write(store, 1)
    lines = await read(store)
    assert lines == first + then
    assert [line.seq for line in lines] == [1, 2, 3]
    assert [line.previous for line in lines] == [START, lines[0].digest, lines[1].digest]
    async with store.transaction() as tx:
        assert await tx.head() == lines[-1]


async def test_a_line_that_is_rolled_back_leaves_no_gap(store: SqlStore) -> None:
    await write(store, 1)
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as tx:
            raise ZeroDivisionError((await tx.record(entry(9))).seq)
    await write(store, 1)
    check = Verification()
    assert [check.see(line) for line in await read(store)] == [None, None]


async def test_lines_are_read_page_by_page_from_where_one_wants(
    store: SqlStore, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PAGE", 2)
    early = await write(store, 3)
    clock.move(timedelta(hours=1))
    late = await write(store, 3)
    assert await read(store) == early + late
    assert await read(store, after=4) == late[1:]
    assert await read(store, since=clock()) == late
    assert await read(store, after=6) == []


EDITS = (
    "update record_line set digest = previous where seq = 2",
    "delete from record_line where seq = 3",
    "insert into record_line select * from record_line where seq = 1",
)


@pytest.mark.parametrize("edit", EDITS)
async def test_the_database_refuses_to_edit_the_record(
    database: Database, store: SqlStore, edit: str
) -> None:
    lines = await write(store, 3)
    with pytest.raises(DBAPIError, match=r"append-only|duplicate key"):
        await execute(database, edit)
    assert await read(store) == lines


async def test_the_database_refuses_to_empty_the_record(database: Database, store: SqlStore) -> None:
    lines = await write(store, 1)
    empty = "delete from record_line" if database.sqlite else "truncate record_line"
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(database, empty)
    assert await read(store) == lines


async def test_sqlite_refuses_to_replace_a_line(database: Database, store: SqlStore) -> None:
    if not database.sqlite:
        pytest.skip("only SQLite has INSERT OR REPLACE")
    await write(store, 1)
    with pytest.raises(DBAPIError, match="append-only"):
        await execute(database, "insert or replace into record_line select * from record_line where seq = 1")


async def test_lines_cut_off_the_end_by_force_are_missed_by_what_is_appended_later(
    database: Database, store: SqlStore
) -> None:
    await write(store, 3)
    trigger = "record_line_delete" if database.sqlite else "record_line_guard on record_line"
    await execute(database, f"drop trigger {trigger}", "delete from record_line where seq = 3")
    await write(store, 1)
    check = Verification()
    assert [check.see(line) is None for line in await read(store)] == [True, True, False]


async def test_a_whole_record_verifies_up_to_its_head(store: SqlStore) -> None:
    lines = await write(store, 5)
    check = Verification(published=lines[2].digest)
    assert all(check.see(line) is None for line in await read(store))
    assert check.result() == Whole(lines=5, head=lines[-1].digest)


async def test_repeated_refusals_are_counted_and_the_first_of_a_minute_is_recorded(
    store: SqlStore, clock: HandClock
) -> None:
    async with store.transaction() as tx:
        assert [await tx.refused("U0HANNA", "self") for _ in range(3)] == [None, 1, 2]
        assert await tx.refused("U0HANNA", "quorum") is None
        assert await tx.refused("U0OMAR", "self") is None
    clock.move(timedelta(seconds=59))
    async with store.transaction() as tx:
        assert await tx.refused("U0HANNA", "self") == 3
    clock.move(timedelta(seconds=1))
    async with store.transaction() as tx:
        assert await tx.refused("U0HANNA", "self") is None
        assert await tx.held_back("U0HANNA", "self") == 3
        assert await tx.held_back("U0HANNA", "self") == 0


async def test_fetching_the_count_does_not_begin_a_new_minute(store: SqlStore, clock: HandClock) -> None:
    async with store.transaction() as tx:
        assert [await tx.refused("U0HANNA", "self") for _ in range(2)] == [None, 1]
        assert await tx.held_back("U0HANNA", "self") == 1
        assert await tx.refused("U0HANNA", "self") == 1
    clock.move(timedelta(minutes=1))
    async with store.transaction() as tx:
        assert await tx.held_back("U0HANNA", "self") == 1
        assert await tx.held_back("U0NOOR", "self") == 0
        assert await tx.refused("U0HANNA", "self") is None


async def execute(database: Database, *statements: str) -> None:
    async with database.engine.execution_options(writes=True).begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
