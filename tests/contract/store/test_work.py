"""Work in the store: ordered once, claimed once, moved, given back, never lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from approvals.agenda import MESSAGES, Do, Drop, Kind, Work
from approvals.model import Audience, News, Notice, Request, RequestId
from bot.sql.store import SqlStore

HandClock = Any  # the type stands in tests/conftest.py, which is not to be imported from
Due = Callable[..., Do]
Stored = Callable[..., Awaitable[Request]]
ALL = tuple(Kind)
MINUTE = timedelta(minutes=1)
TIMERS = tuple(kind for kind in Kind if kind not in MESSAGES)


@pytest.fixture
async def asked(stored: Stored) -> RequestId:
    return (await stored()).id


async def order(store: SqlStore, request: RequestId | None, *orders: Do | Drop) -> None:
    async with store.transaction() as tx:
        await tx.order(request, *orders)


async def claim(store: SqlStore, limit: int = 10, kinds: tuple[Kind, ...] = ALL) -> list[Work]:
    async with store.transaction() as tx:
        return await tx.claim(kinds, limit, MINUTE)


async def holds(store: SqlStore, work: Work) -> bool:
    async with store.transaction() as tx:
        return await tx.holds(work)


async def done(store: SqlStore, work: Work) -> None:
    async with store.transaction() as tx:
        await tx.done(work)


async def next_due(store: SqlStore) -> object:
    async with store.transaction(writes=False) as tx:
        return await tx.next_due(ALL)


async def test_claimed_work_says_what_was_ordered(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    notice = Notice(News.ACTIVE, clock(), detail="\ud800\0<!channel>", count=3, until=clock() + MINUTE)
    await order(store, asked, due(Kind.DIRECT, notice=notice, to=Audience.SUBJECT, about="Lee"))
    (work,) = await claim(store)
    assert work == Work(
        id=work.id,
        kind=Kind.DIRECT,
        request=asked,
        due_at=clock(),
        lease=work.lease,
        lease_until=clock() + MINUTE,
        started_at=None,
        attempts=1,
        notice=notice,
        to=Audience.SUBJECT,
        about="Lee",
        last_error="",
    )
    assert work.lease


async def test_work_is_claimed_when_it_is_due_and_not_before(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.RESTORE, after=60))
    clock.move(timedelta(seconds=60, microseconds=-1))
    assert await claim(store) == []
    clock.move(timedelta(microseconds=1))
    assert [work.kind for work in await claim(store)] == [Kind.RESTORE]


async def test_restores_come_first_and_the_most_overdue_of_them_before_all(
    store: SqlStore, stored: Stored, due: Due
) -> None:
    first, second = (await stored(subject=1)).id, (await stored(subject=2)).id
    await order(store, first, due(Kind.LINE, -300), due(Kind.PAGE, -200), due(Kind.RESTORE, -10))
    await order(store, second, due(Kind.RESTORE, -20), due(Kind.APPLY, -400))

    claimed = [(work.kind, work.request) for work in await claim(store, limit=4)]

    restores = [(Kind.RESTORE, second), (Kind.RESTORE, first)]
    assert claimed == [*restores, (Kind.APPLY, second), (Kind.PAGE, first)]
    assert [work.kind for work in await claim(store)] == [Kind.LINE]


async def test_only_the_kinds_asked_for_are_claimed_up_to_the_limit(
    store: SqlStore, asked: RequestId, due: Due
) -> None:
    await order(store, asked, *(due(kind) for kind in Kind))
    claimed = await claim(store, limit=2, kinds=(Kind.CARD, Kind.LINE, Kind.PAGE))
    assert [work.kind for work in claimed] == [Kind.PAGE, Kind.CARD]


async def test_nobody_claims_what_is_leased_until_the_lease_ends(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.APPLY))
    (first,) = await claim(store)
    clock.move(MINUTE - timedelta(microseconds=1))
    assert await claim(store) == []
    assert await next_due(store) == first.lease_until
    clock.move(timedelta(microseconds=1))
    (second,) = await claim(store)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not await holds(store, first)
    assert await holds(store, second)


async def test_a_claim_that_lost_its_lease_changes_nothing(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.APPLY))
    (lost,) = await claim(store)
    clock.move(MINUTE)
    (held,) = await claim(store)
    async with store.transaction() as tx:
        await tx.again(lost, clock(), "lost")
        await tx.done(lost)
        with pytest.raises(RuntimeError, match="does not hold"):
            await tx.start(lost)
    assert await holds(store, held)


async def test_done_removes_the_work(store: SqlStore, asked: RequestId, due: Due) -> None:
    await order(store, asked, due(Kind.APPLY))
    (work,) = await claim(store)
    await done(store, work)
    assert not await holds(store, work)
    assert await next_due(store) is None


async def test_many_are_removed_at_once_apart_from_what_is_not_held_as_it_was(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.HEAD), due(Kind.CARD), due(Kind.APPLY))
    mine = await claim(store, kinds=(Kind.HEAD, Kind.CARD))
    [lost] = await claim(store, kinds=(Kind.APPLY,))
    clock.move(MINUTE - timedelta(seconds=1))
    await order(store, asked, due(Kind.CARD))  # anew: what is held has yet to be shown once more
    clock.move(timedelta(seconds=1))
    [held] = await claim(store, kinds=(Kind.APPLY,))
    async with store.transaction() as tx:
        await tx.done(*mine, lost)
    assert await holds(store, held)
    left = await claim(store)
    assert [(work.kind, work.attempts) for work in left] == [(Kind.CARD, 1)]


async def test_work_tells_whether_the_claim_before_ended_without_a_word(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.APPLY))
    (first,) = await claim(store)
    async with store.transaction() as tx:
        await tx.again(first, clock(), "503")
    (second,) = await claim(store)
    clock.move(MINUTE)
    (third,) = await claim(store)
    assert [work.taken_over for work in (first, second, third)] == [False, False, True]
    async with store.transaction() as tx:
        await tx.again(third, clock(), "503")
    (fourth,) = await claim(store)
    assert not fourth.taken_over


async def test_a_start_is_remembered_by_whoever_claims_next(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.APPLY))
    (work,) = await claim(store)
    async with store.transaction() as tx:
        await tx.start(work)
    started = clock()
    await order(store, asked, due(Kind.APPLY))
    clock.move(MINUTE)
    assert [work.started_at for work in await claim(store)] == [started]


async def test_work_that_is_given_back_falls_due_again_with_its_error(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.RESTORE))
    (work,) = await claim(store)
    async with store.transaction() as tx:
        await tx.again(work, clock() + MINUTE, "Graph answered 503 \0")
    assert await next_due(store) == clock() + MINUTE
    assert await claim(store) == []
    clock.move(MINUTE)
    assert [(work.attempts, work.last_error) for work in await claim(store)] == [(2, "Graph answered 503 \0")]


async def test_work_that_was_not_even_tried_counts_as_no_attempt(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.LINE))
    for _ in range(3):
        (work,) = await claim(store)
        assert work.attempts == 1
        async with store.transaction() as tx:
            await tx.again(work, clock(), "no room", tried=False)


@pytest.mark.parametrize("kind", TIMERS)
async def test_a_timer_that_is_ordered_anew_is_moved_and_leaves_its_holders_hands(
    store: SqlStore, asked: RequestId, due: Due, kind: Kind
) -> None:
    await order(store, asked, due(kind))
    (work,) = await claim(store)
    moved = due(kind, after=60)
    await order(store, asked, moved)
    assert not await holds(store, work)
    async with store.transaction() as tx:
        await tx.done(work)
        await tx.again(work, work.due_at, "late")
        left = await tx.ordered(asked, kind)
    assert left is not None
    assert (left.due_at, left.last_error) == (moved.due_at, "")


@pytest.mark.parametrize("kind", MESSAGES)
async def test_a_message_that_is_ordered_anew_stays_with_its_holder_and_is_sent_once_more(
    store: SqlStore, asked: RequestId, due: Due, kind: Kind
) -> None:
    await order(store, asked, due(kind))
    (work,) = await claim(store)
    await order(store, asked, due(kind))
    assert await holds(store, work)
    assert await claim(store) == []
    await done(store, work)
    (again,) = await claim(store)
    assert (again.id, again.attempts) == (work.id, 1)
    await done(store, again)
    assert await next_due(store) is None


async def test_a_newer_orders_time_wins_over_that_of_a_message_given_back(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.CARD))
    (work,) = await claim(store)
    await order(store, asked, due(Kind.CARD, after=5))
    async with store.transaction() as tx:
        await tx.again(work, clock() + MINUTE, "Slack answered 500")
    assert await next_due(store) == clock() + timedelta(seconds=5)


async def test_an_extension_takes_a_restore_that_is_not_due_any_more_out_of_hands(
    store: SqlStore, asked: RequestId, due: Due
) -> None:
    await order(store, asked, due(Kind.WARN), due(Kind.RESTORE))
    held = await claim(store)
    await order(store, asked, due(Kind.RESTORE, after=1800))
    assert [await holds(store, work) for work in held] == [False, True]


async def test_orders_are_carried_out_in_the_order_given(store: SqlStore, asked: RequestId, due: Due) -> None:
    await order(store, asked, due(Kind.WARN), due(Kind.LAPSE), Drop((Kind.WARN, Kind.LAPSE)), due(Kind.WARN))
    assert [work.kind for work in await claim(store)] == [Kind.WARN]


async def test_what_is_taken_back_is_of_these_kinds_and_of_this_request(
    store: SqlStore, stored: Stored, due: Due
) -> None:
    mine, other = (await stored(subject=1)).id, (await stored(subject=2)).id
    await order(store, mine, due(Kind.WARN), due(Kind.RESTORE))
    await order(store, other, due(Kind.WARN))
    await order(store, None, due(Kind.HEAD), due(Kind.REFUSALS, about="U0HANNA|self"))
    (held, *_) = await claim(store, limit=1)

    await order(store, mine, Drop((Kind.WARN, Kind.RESTORE, Kind.HEAD)))
    await order(store, None, Drop((Kind.REFUSALS,)))

    assert not await holds(store, held)
    left = [(work.kind, work.request) for work in await claim(store)]
    assert left == [(Kind.WARN, other), (Kind.HEAD, None)]


async def test_one_message_a_fact_and_one_timer_a_kind(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    active, ending = Notice(News.ACTIVE, clock()), Notice(News.ENDING, clock())
    await order(store, asked, due(Kind.LINE, notice=active), due(Kind.LINE, notice=ending))
    await order(store, asked, due(Kind.LINE, notice=active), due(Kind.REMIND), due(Kind.REMIND, after=60))
    assert [work.notice for work in await claim(store)] == [active, ending]
    assert await next_due(store) == clock() + MINUTE


async def test_what_is_ordered_can_be_looked_at_whoever_holds_it(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    async with store.transaction() as tx:
        assert await tx.ordered(asked, Kind.RESTORE) is None
        await tx.order(asked, due(Kind.RESTORE))
        await tx.order(None, due(Kind.HEAD, after=5))
        free = await tx.ordered(asked, Kind.RESTORE)
        head = await tx.ordered(None, Kind.HEAD)
        (claimed,) = await tx.claim(ALL, 1, MINUTE)
        assert await tx.ordered(asked, Kind.RESTORE) == claimed
    assert free is not None
    assert head is not None
    assert (free.id, free.lease, free.due_at) == (claimed.id, "", clock())
    assert head.due_at == clock() + timedelta(seconds=5)
    assert not await holds(store, free)


async def test_the_next_due_is_of_the_kinds_asked_for(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.WARN, after=60), due(Kind.RESTORE, after=120))
    async with store.transaction() as tx:
        assert await tx.next_due((Kind.RESTORE,)) == clock() + 2 * MINUTE
        assert await tx.next_due((Kind.PAGE,)) is None
        assert await tx.next_due(ALL) == clock() + MINUTE


async def test_ripe_are_the_kinds_asked_for_of_which_something_is_due_and_free(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.WARN, after=60), due(Kind.RESTORE), due(Kind.CARD))
    async with store.transaction(writes=False) as tx:
        assert await tx.ripe(ALL) == {Kind.RESTORE, Kind.CARD}
        assert await tx.ripe((Kind.CARD, Kind.WARN)) == {Kind.CARD}
    await claim(store, kinds=(Kind.RESTORE,))
    async with store.transaction(writes=False) as tx:
        assert await tx.ripe(ALL) == {Kind.CARD}
    clock.move(MINUTE)
    async with store.transaction(writes=False) as tx:
        assert await tx.ripe(ALL) == {Kind.RESTORE, Kind.CARD, Kind.WARN}, "a lease that ended frees"


async def test_a_held_message_that_was_moved_beyond_its_lease_wakes_nobody_before(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    await order(store, asked, due(Kind.CARD))
    await claim(store)
    await order(store, asked, due(Kind.CARD, after=300))
    assert await next_due(store) == clock() + timedelta(seconds=300)
    clock.move(MINUTE)
    assert await claim(store) == []


async def test_younger_work_of_a_kind_waits_for_the_older_of_its_request(
    store: SqlStore, asked: RequestId, due: Due, clock: HandClock
) -> None:
    first, second = Notice(News.ACTIVE, clock()), Notice(News.ENDING, clock())
    await order(store, asked, due(Kind.LINE, notice=first), due(Kind.LINE, notice=second), due(Kind.CARD))
    card, older, younger = await claim(store)
    async with store.transaction() as tx:
        assert [await tx.waits(work) for work in (card, older, younger)] == [False, False, True]
        await tx.done(older)
        assert not await tx.waits(younger)
