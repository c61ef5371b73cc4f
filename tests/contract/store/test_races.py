"""Several processes on one database: nothing done twice, nothing lost, one winner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.agenda import Do, Kind
from approvals.errors import AlreadyLive, Later
from approvals.model import Request, RequestId, State
from approvals.ports import Query, Transaction
from approvals.record import Entry, Verification, Whole
from bot.sql.engine import Database
from bot.sql.store import SqlStore

Draft = Callable[..., Request]
Due = Callable[..., Do]
Replicas = Callable[[int], list[SqlStore]]
Stored = Callable[..., Awaitable[Request]]
MINUTE = timedelta(minutes=1)


async def test_each_of_500_items_is_claimed_by_one_of_many_workers(
    database: Database, store: SqlStore, replicas: Replicas, due: Due
) -> None:
    async with store.transaction() as tx:
        await tx.order(None, *(due(Kind.REFUSALS, about=f"U0HANNA|{number}") for number in range(500)))

    async def work(replica: SqlStore) -> list[str]:
        taken = []
        while True:
            async with replica.transaction() as tx:
                claimed = await tx.claim((Kind.REFUSALS,), 20, MINUTE)
            taken += [item.about for item in claimed]
            if not claimed:
                return taken

    taken = await asyncio.gather(*(work(replica) for replica in replicas(4 if database.sqlite else 8)))
    everything = sorted(about for share in taken for about in share)
    assert everything == sorted(f"U0HANNA|{number}" for number in range(500))


async def test_no_change_is_lost_when_many_change_one_request(
    store: SqlStore, replicas: Replicas, stored: Stored
) -> None:
    request = await stored()

    async def bump(replica: SqlStore) -> None:
        async with replica.transaction() as tx:
            seen = await tx.lock(request.id)
            await tx.save(replace(seen, terms=seen.terms + 1))

    await asyncio.gather(*(bump(replica) for replica in replicas(3) for _ in range(8)))
    async with store.transaction() as tx:
        after = await tx.get(request.id)
    assert (after.terms, after.version) == (25, 24)


async def test_of_two_who_ask_at_once_one_is_told_that_a_request_is_live(
    store: SqlStore, replicas: Replicas, draft: Draft
) -> None:
    async def ask(replica: SqlStore) -> str:
        try:
            async with replica.transaction() as tx:
                await tx.add(draft(await tx.new_id(), subject=1))
        except AlreadyLive:
            return "already live"
        return "added"

    answers = await asyncio.gather(*(ask(replica) for replica in replicas(4)))
    assert sorted(answers) == ["added", "already live", "already live", "already live"]
    async with store.transaction() as tx:
        assert await tx.count(Query()) == 1


async def test_many_writers_make_one_whole_record(store: SqlStore, replicas: Replicas) -> None:
    async def write(replica: SqlStore, number: int) -> None:
        async with replica.transaction() as tx:
            await tx.record(Entry("refused", None, "U0HANNA", {"times": number}))

    await asyncio.gather(*(write(replica, n) for n, replica in enumerate(replicas(4) * 10)))
    check = Verification()
    assert [check.see(line) async for line in store.lines()] == [None] * 40
    assert isinstance(check.result(), Whole)


async def test_refusals_at_the_same_moment_are_all_counted_and_one_is_recorded(replicas: Replicas) -> None:
    async def refuse(replica: SqlStore) -> int | None:
        async with replica.transaction() as tx:
            return await tx.refused("U0HANNA", "self")

    counts = await asyncio.gather(*(refuse(replica) for replica in replicas(3) * 4))
    assert sorted(count or 0 for count in counts) == list(range(12))


async def test_two_orders_of_the_same_work_at_once_are_one(
    store: SqlStore, replicas: Replicas, due: Due
) -> None:
    async def order(replica: SqlStore) -> None:
        async with replica.transaction() as tx:
            await tx.order(None, due(Kind.HEAD))

    await asyncio.gather(*(order(replica) for replica in replicas(4)))
    async with store.transaction() as tx:
        assert len(await tx.claim((Kind.HEAD,), 10, MINUTE)) == 1


async def test_a_task_that_is_cancelled_inside_a_transaction_leaves_nothing(
    store: SqlStore, draft: Draft
) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as tx:
            await tx.add(draft(await tx.new_id()))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    async with store.transaction() as tx:
        assert await tx.count(Query()) == 0
        await tx.add(draft(await tx.new_id()))


async def test_a_reader_waits_for_no_writer_and_sees_what_is_committed(
    store: SqlStore, replicas: Replicas, stored: Stored
) -> None:
    request = await stored()
    async with store.transaction() as tx:
        await tx.save(replace(await tx.lock(request.id), state=State.CLOSED))
        for reader in (store, *replicas(1)):
            async with reader.transaction(writes=False) as reading:
                assert await reading.get(request.id) == request


async def test_a_claim_passes_over_what_another_is_just_claiming(
    database: Database, store: SqlStore, replicas: Replicas, due: Due
) -> None:
    if database.sqlite:
        pytest.skip("SQLite has one writer")
    async with store.transaction() as tx:
        await tx.order(None, due(Kind.REFUSALS, about="1"), due(Kind.REFUSALS, about="2"))
    (other,) = replicas(1)
    async with store.transaction() as first, other.transaction() as second:
        taken = [await tx.claim((Kind.REFUSALS,), 1, MINUTE) for tx in (first, second)]
        assert [work.about for (work,) in taken] == ["1", "2"]
        assert await second.claim((Kind.REFUSALS,), 1, MINUTE) == []


async def test_whoever_loses_a_deadlock_may_try_later(
    database: Database, replicas: Replicas, stored: Stored
) -> None:
    if database.sqlite:
        pytest.skip("SQLite has one writer")
    here, there = (await stored(subject=1)).id, (await stored(subject=2)).id
    both = asyncio.Barrier(2)

    async def cross(replica: SqlStore, first: RequestId, second: RequestId) -> str:
        try:
            async with replica.transaction() as tx:
                await tx.lock(first)
                await both.wait()
                await tx.lock(second)
        except Later as error:
            return error.why
        return "committed"

    other, another = replicas(2)
    ends = await asyncio.gather(cross(other, here, there), cross(another, there, here))
    assert sorted(ends) == ["committed", "the database does not answer (SQLSTATE 40P01)"]


async def test_a_message_is_kept_while_its_request_is_locked(
    database: Database, store: SqlStore, replicas: Replicas, stored: Stored
) -> None:
    if database.sqlite:
        pytest.skip("SQLite has one writer")
    request = await stored()
    (other,) = replicas(1)

    async def order(tx: Transaction) -> None:
        await tx.order(request.id, Do(kind=Kind.CARD, due_at=tx.now))

    async with store.transaction() as tx:
        await tx.lock(request.id)
        async with other.transaction() as beside:
            await order(beside)
