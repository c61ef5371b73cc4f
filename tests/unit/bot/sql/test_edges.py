"""What the edges of the product ask of the database: deliveries, life, counts, the only server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approvals.agenda import Do, Kind
from approvals.model import Briefing, Lever, Person, PersonId, Protection, Request, RequestId, State, Suspend
from approvals.record import Entry
from bot.sql.deliveries import Deliveries
from bot.sql.engine import Database
from bot.sql.sole import AlreadyServed, sole_server
from bot.sql.store import Committed, SqlStore

HandClock = Any  # the type stands in tests/conftest.py, which is not to be imported from
MINUTE = timedelta(minutes=1)
LEE = Person(PersonId("11111111-1111-4111-8111-111111111111"), "Lee Jansen", "lee@contoso.com")


async def test_a_delivery_is_new_once(database: Database, clock: HandClock) -> None:
    deliveries = Deliveries(database, clock)
    keys = ["v0=aa", "v0=bb", "v0=aa", "\0\ud800", "\0\ud800"]
    assert [await deliveries.first(key) for key in keys] == [True, True, False, True, False]


async def test_of_many_who_see_one_delivery_one_takes_it(
    database: Database, database_url: str, clock: HandClock
) -> None:
    other = Database(database_url)
    doors = [Deliveries(one, clock) for one in (database, other)] * 4
    assert sorted(await asyncio.gather(*(door.first("v0=aa") for door in doors))) == [False] * 7 + [True]
    await other.close()


async def test_a_delivery_is_remembered_for_fifteen_minutes(database: Database, clock: HandClock) -> None:
    deliveries = Deliveries(database, clock)
    assert await deliveries.first("v0=aa")
    clock.move(timedelta(minutes=15))
    assert not await deliveries.first("v0=aa")
    clock.move(timedelta(minutes=1))
    assert await deliveries.first("v0=aa")


async def test_the_last_sign_of_life_is_remembered(store: SqlStore, clock: HandClock) -> None:
    assert await store.last_alive() is None
    await store.alive()
    clock.move(timedelta(seconds=30))
    await store.alive()
    assert await store.last_alive() == clock()


async def test_a_slower_clock_does_not_take_life_back(
    store: SqlStore, database: Database, clock: HandClock
) -> None:
    latest = clock()
    await store.alive()
    behind = SqlStore(database, worker="behind", clock=lambda: latest - timedelta(minutes=5))
    await behind.alive()
    assert await store.last_alive() == latest


async def test_what_a_transaction_left_behind_is_told_after_its_commit_and_only_then(
    database: Database, clock: HandClock
) -> None:
    told: list[Committed] = []
    store = SqlStore(database, worker="test", clock=clock, committed=told.append)
    entry = Entry("refused", None, "U0HANNA", {"rule": "self"})
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as tx:
            raise ZeroDivisionError((await tx.record(entry)).seq)
    assert told == []
    async with store.transaction() as tx:
        line = await tx.record(entry)
        await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now))
        assert told == []
    assert told == [Committed(entries=((entry, line),), ordered=True)]


async def test_everything_is_counted_by_state_and_kind(store: SqlStore, clock: HandClock) -> None:
    pending = Request(
        id=RequestId(1),
        action=Suspend(Lever.PER_USER, timedelta(hours=1)),
        subject=LEE,
        requester=LEE,
        reason="phone broken",
        briefing=Briefing(Protection.ENFORCED),
        needed=1,
        created_at=clock(),
        lapses_at=clock(),
    )
    states = (State.CLOSED, State.CLOSED, State.ACTIVE, State.RESTORING, State.PENDING)
    async with store.transaction() as tx:
        for number, state in enumerate(states, start=1):
            who = replace(LEE, id=PersonId(f"lee-{number}"))
            ends = clock() - timedelta(minutes=number)
            await tx.add(replace(pending, id=RequestId(number), subject=who, state=state, ends_at=ends))
        for number in (3, 4):
            await tx.order(RequestId(number), Do(kind=Kind.RESTORE, due_at=tx.now - number * MINUTE))
        await tx.order(RequestId(5), Do(kind=Kind.LAPSE, due_at=tx.now + MINUTE))

    counts = await store.counts(overdue=timedelta(minutes=4))

    assert counts.requests == {
        State.PENDING: 1,
        State.APPLYING: 0,
        State.ACTIVE: 1,
        State.RESTORING: 1,
        State.CLOSED: 2,
    }
    assert counts.queue == dict.fromkeys(Kind, 0) | {Kind.RESTORE: 2, Kind.LAPSE: 1}
    assert counts.age == dict.fromkeys(Kind, timedelta()) | {Kind.RESTORE: 4 * MINUTE}
    assert counts.overdue == 1


async def test_the_databases_own_clock_is_used_when_none_is_given(database: Database) -> None:
    if database.sqlite:
        with pytest.raises(ValueError, match="clock"):
            SqlStore(database, worker="test", clock=None)
        return
    store = SqlStore(database, worker="test", clock=None)
    before = datetime.now(UTC)
    async with store.transaction() as tx:
        assert before <= tx.now <= datetime.now(UTC)
        assert tx.now.tzinfo is UTC


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_second_server_on_a_file_is_turned_away_until_the_first_ends(database_url: str) -> None:
    with (
        sole_server(database_url),
        pytest.raises(AlreadyServed, match="another process"),
        sole_server(database_url),
    ):
        pytest.fail("both serve")
    with sole_server(database_url):
        pass


def test_any_number_of_servers_share_a_postgresql() -> None:
    url = "postgresql+psycopg://relatch@db.contoso.com/relatch"
    with sole_server(url), sole_server(url):
        pass
