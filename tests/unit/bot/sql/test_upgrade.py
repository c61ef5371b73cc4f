"""A database that the first version wrote, brought to the schema of today while work is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from approvals.agenda import Kind
from approvals.model import RequestId, State
from approvals.ports import Query
from approvals.record import Verification, Whole
from bot.sql.engine import Database
from bot.sql.migrations.run import upgrade
from bot.sql.schema import Older, WrongSchema, migrate, prepared, schema_state
from bot.sql.store import SqlStore
from tests.schema_0001 import leave_as_0001_did

HandClock = Any  # the type stands in tests/conftest.py, which is not to be imported from
TABLES = (
    *("request_number", "request", "work", "message", "delivery", "refusal"),
    *("record_line", "record_head", "pulse"),
)


@pytest.fixture
async def old(database: Database, clock: HandClock) -> Database:
    await leave_as_0001_did(database, clock())
    return database


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return everything that the first version kept, by table."""
    async with database.engine.connect() as connection:
        found = {}
        for table in TABLES:
            listed = await connection.execute(text(f"select * from {table} order by 1"))  # noqa: S608  # ours
            found[table] = [dict(row) for row in listed.mappings()]
    return found


async def test_an_upgrade_keeps_every_request_and_every_due_time(old: Database) -> None:
    before = await rows(old)
    await migrate(old)
    after = await rows(old)
    kept = {
        table: [{column: now[column] for column in was} for was, now in zip(rows, after[table], strict=True)]
        for table, rows in before.items()
    }
    assert kept == before
    assert len(before["work"]) == 16


async def test_what_was_live_and_due_is_found_as_it_was(
    old: Database, store: SqlStore, clock: HandClock
) -> None:
    await migrate(old)
    live = frozenset(State) - {State.CLOSED}
    async with store.transaction() as tx:
        assert [one.id for one in await tx.find(Query(states=live))] == [6, 5, 4, 3, 2, 1]
        assert await tx.new_id() == RequestId(8)
        [restore] = await tx.claim((Kind.RESTORE,), 10, timedelta(minutes=1))
        assert (restore.request, restore.due_at) == (1, clock() - timedelta(minutes=10))
        [applying] = await tx.claim((Kind.APPLY,), 10, timedelta(minutes=1))
        assert (applying.request, applying.started_at) == (3, clock() - timedelta(seconds=20))
        assert {work.kind for work in await tx.claim(tuple(Kind), 10, timedelta(minutes=1))} == {
            *(Kind.OVERDUE, Kind.DRIFT, Kind.REMIND, Kind.LINE, Kind.DIRECT)
        }
    clock.move(timedelta(minutes=1))
    async with store.transaction() as tx:
        [taken] = await tx.claim((Kind.RESTORE,), 1, timedelta(minutes=1))
        assert (taken.request, taken.attempts, taken.taken_over) == (1, 2, True)
        [taken] = await tx.claim((Kind.RESTORE,), 1, timedelta(minutes=1))
        assert (taken.request, taken.attempts, taken.last_error) == (2, 4, "Graph answered 503")


async def test_the_record_is_as_whole_as_it_was_and_goes_on(old: Database, store: SqlStore) -> None:
    await migrate(old)
    verification = Verification()
    async for line in store.lines():
        assert verification.see(line) is None
    result = verification.result()
    assert isinstance(result, Whole)
    assert result.lines > 10
    async with store.transaction() as tx:
        head = await tx.head()
        assert head is not None
        assert head.digest == result.head


async def test_an_older_schema_is_not_served_and_named_with_what_to_do(old: Database) -> None:
    assert await schema_state(old) == Older("0001")
    with pytest.raises(WrongSchema, match="schema 0001, which is older: run `relatch migrate`"):
        await prepared(old)
    async with old.engine.execution_options(writes=True).begin() as connection:
        await connection.run_sync(upgrade, "0002")
    with pytest.raises(WrongSchema, match="schema 0002, which is older"):
        await prepared(old)
