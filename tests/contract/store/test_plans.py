"""However much is closed, what is asked often is found by an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from approvals.agenda import LEASE, Kind
from approvals.model import ActionKind, PersonId, State
from approvals.ports import Query
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from commands.desk import LIVE
from tests.closed import closed_requests, waiting_work

CLOSED = 5_000
SOMEBODY, ASKED = PersonId("subject-7"), PersonId("requester-1")
FOUND = {
    "/mfa list": Query(states=LIVE, limit=50),
    "/mfa list pending": Query(states=frozenset({State.PENDING}), limit=50),
    "/mfa list mine": Query(states=LIVE, requester=ASKED, limit=50),
    "/mfa history": Query(subject=SOMEBODY, limit=50),
    "what is live": Query(states=LIVE, kind=ActionKind.SUSPEND, subject=SOMEBODY, limit=1),
}
CLAIMED = {
    "one kind": lambda tx: tx.claim((Kind.RESTORE,), 8, LEASE),
    "several kinds": lambda tx: tx.claim((Kind.RESTORE, Kind.VERIFY), 8, LEASE),
    "what is ripe": lambda tx: tx.ripe((Kind.RESTORE, Kind.VERIFY)),
}
ONLY_LIVE = ("ix_request_state", "ix_request_live", "uq_request_live")
"""Indexes that lead to what is not closed and nothing else."""
OF_THE_SUBJECT = ("ix_request_subject_id",)


@pytest.fixture
async def old(database: Database, store: SqlStore) -> SqlStore:
    """A store that has been in use for years, and knows it."""
    await closed_requests(database, store, CLOSED)
    await waiting_work(database, store, CLOSED)
    if not database.sqlite:  # PostgreSQL does so by itself after a while
        async with database.session() as session:
            await (await session.connection()).execute(text("analyze"))
    return store


async def test_requests_are_found_by_an_index(old: SqlStore, database: Database) -> None:
    for asked, query in FOUND.items():
        with heard(database) as statements:
            async with old.transaction(writes=False) as tx:
                await tx.find(query)
                await tx.count(query)
        found = await plans(database, statements)
        assert len(found) == 2
        good = ONLY_LIVE if query.states else OF_THE_SUBJECT
        for plan in found:
            assert any(index in plan for index in good), (asked, plan)
            assert not read_through(plan, "request"), (asked, plan)


async def test_work_is_claimed_by_an_index(old: SqlStore, database: Database) -> None:
    for claimed, claim in CLAIMED.items():
        with heard(database) as statements:
            async with old.transaction() as tx:
                await claim(tx)
        [plan] = await plans(database, statements)
        assert "ix_work_kind" in plan, (claimed, plan)
        assert not read_through(plan, "work"), (claimed, plan)


async def test_a_table_that_is_read_through_is_noticed(old: SqlStore, database: Database) -> None:
    with heard(database) as statements:
        async with old.transaction(writes=False) as tx:
            await tx.count(Query(kind=ActionKind.SUSPEND))
    [plan] = await plans(database, statements)
    assert read_through(plan, "request"), plan


def read_through(plan: str, table: str) -> bool:
    """Return whether all of *table* is read, by itself or by an index."""
    return f"Seq Scan on {table}" in plan or f"SCAN {table}" in plan


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Note each statement that goes to *database*, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:  # noqa: ANN401  # connection, cursor, statement, parameters, …
        statements.append((said[2], said[3]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def plans(database: Database, statements: list[tuple[str, Any]]) -> list[str]:
    """Return how the database goes about each of *statements* that is about requests or work."""
    explain = "explain query plan" if database.sqlite else "explain"
    asked = [one for one in statements if "request" in one[0] or "work" in one[0]]
    async with database.session() as session:
        connection = await session.connection()
        return [
            "\n".join(str(row[-1]) for row in await connection.exec_driver_sql(f"{explain} {one}", given))
            for one, given in asked
        ]
