"""What happens because a time has come: lapses, reminders, warnings, pages, the head of the record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.agenda import LEASE, Do, Kind, Work
from approvals.desk import Desk
from approvals.errors import Later
from approvals.model import News, Outcome, RequestId, State
from approvals.work.timers import lapse, overdue, remind, warn
from tests.world.clock import START
from tests.world.faults import Refuse
from tests.world.people import HANNA, LEE, POLICY, caller
from tests.world.world import Helpdesk, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
Perform = Callable[[Desk, Work, RequestId], Awaitable[None]]
HOUR = timedelta(hours=1)


async def test_what_nobody_decides_lapses_and_the_requester_is_told(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    await world.live(helpdesk.process, 8 * HOUR - SECOND)
    assert (await world.get(request.id)).state is State.PENDING
    await world.live(helpdesk.process, 2 * SECOND)
    assert (await world.get(request.id)).outcome is Outcome.LAPSED
    assert world.chat.news("direct") == [News.LAPSED]
    assert world.agenda() == []


async def test_reminders_come_ever_more_rarely_and_mention_the_duty_from_the_second_on(
    world: World, helpdesk: Helpdesk
) -> None:
    await helpdesk.ask()
    await world.live(helpdesk.process, 8 * HOUR + MINUTE)
    reminders = [
        (post.role, (post.at - START) // MINUTE, post.notice.count)
        for post in world.chat.posts
        if post.notice and post.notice.news is News.REMINDER
    ]
    assert reminders == [
        ("line", 15, 1),
        ("page", 45, 2),
        ("page", 105, 3),
        ("page", 225, 4),
        ("page", 465, 5),
    ]


async def test_a_reminder_that_comes_after_the_decision_says_nothing(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.service.withdraw(caller(HANNA), request.id)
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=Kind.REMIND, due_at=tx.now))
    await world.live(helpdesk.process, HOUR)
    assert News.REMINDER not in world.chat.news("line")
    assert world.agenda() == []


@pytest.mark.parametrize(("factors", "said"), [(2, 2), (0, 0), (None, None)])
async def test_a_warning_says_how_many_second_factors_there_are(
    world: World, helpdesk: Helpdesk, factors: int | None, said: int | None
) -> None:
    world.staff.change(LEE, second_factors=factors)
    active = await helpdesk.active()
    await world.live(helpdesk.process, 50 * MINUTE)
    [warning] = [post for post in world.chat.of("direct") if post.notice and post.notice.news is News.WARNING]
    assert warning.notice is not None
    assert (warning.to, warning.notice.count, warning.notice.until) == (HANNA.chat, said, active.ends_at)
    assert world.chat.news("line")[-1] is News.WARNING


async def test_a_warning_comes_even_if_the_second_factors_cannot_be_read(
    world: World, helpdesk: Helpdesk
) -> None:
    await helpdesk.active()
    world.script.always("subject", Refuse(Later("503")))
    await world.live(helpdesk.process, 50 * MINUTE)
    [warning] = [
        post.notice for post in world.chat.of("line") if post.notice and post.notice.news is News.WARNING
    ]
    assert warning.count is None


async def test_no_warning_comes_of_a_suspension_that_ended_meanwhile(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()

    async def end() -> None:
        await helpdesk.process.service.restore(caller(HANNA), active.id)

    world.script.meanwhile("subject", end)
    await world.live(helpdesk.process, HOUR)
    assert News.WARNING not in world.chat.news("line")


async def test_a_warning_left_behind_says_nothing(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    await helpdesk.process.service.restore(caller(HANNA), active.id)
    async with world.store.transaction() as tx:
        await tx.order(active.id, Do(kind=Kind.WARN, due_at=tx.now))
    await world.live(helpdesk.process, MINUTE)
    assert News.WARNING not in world.chat.news("line")
    assert await world.ordered(active.id, Kind.WARN) is None


async def test_an_alarm_for_a_request_that_is_closed_pages_nobody(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=Kind.OVERDUE, due_at=tx.now))
    await helpdesk.process.runner.run_due()
    assert world.chat.of("page") == []
    assert await world.ordered(request.id, Kind.OVERDUE) is None


async def test_an_extension_takes_the_warning_along(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    await helpdesk.approve(await helpdesk.ask_for_more(active, HOUR))
    await world.live(helpdesk.process, HOUR)
    assert News.WARNING not in world.chat.news("line")
    await world.live(helpdesk.process, 50 * MINUTE)
    assert world.chat.news("line")[-1] is News.WARNING


@pytest.mark.parametrize(
    ("kind", "perform"),
    [(Kind.LAPSE, lapse), (Kind.REMIND, remind), (Kind.WARN, warn), (Kind.OVERDUE, overdue)],
)
async def test_a_timer_that_passed_to_another_process_goes_off_once(
    world: World, helpdesk: Helpdesk, kind: Kind, perform: Perform
) -> None:
    undecided = kind in {Kind.LAPSE, Kind.REMIND}
    request = await (helpdesk.ask() if undecided else helpdesk.active())
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=kind, due_at=tx.now))
    work = await world.claim(kind)
    await world.take_over()
    before = await world.get(request.id), world.agenda()
    await perform(helpdesk.process.desk, work, request.id)
    assert (await world.get(request.id), world.agenda()) == before


async def test_a_count_of_no_refusals_is_not_recorded(world: World, helpdesk: Helpdesk) -> None:
    async with world.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.REFUSALS, due_at=tx.now, about="somebody|quorum"))
    await helpdesk.process.runner.run_due()
    assert await world.record() == []
    assert world.agenda() == []


# --- the record's head ---------------------------------------------------------------------


async def test_the_head_of_the_record_is_posted_daily(world: World, helpdesk: Helpdesk) -> None:
    async with world.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now))
    await helpdesk.process.runner.run_due()
    assert world.chat.heads == []
    await helpdesk.ask()
    await world.live(helpdesk.process, timedelta(days=2))
    lines = await world.record()
    assert [seq for seq, _ in world.chat.heads] == [len(lines)] * 2
    assert {digest for _, digest in world.chat.heads} == {lines[-1].digest}


async def test_a_hasty_policy_reminds_until_its_request_lapses(world: World) -> None:
    hasty = replace(POLICY.timing, pending=10 * SECOND, remind=SECOND)
    helpdesk = Helpdesk(world, world.process(policy=replace(POLICY, timing=hasty)))
    await helpdesk.ask()
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("page").count(News.REMINDER) == 2
    assert world.agenda() == []


async def test_nobody_is_reminded_of_what_is_decided(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    await world.put(replace(await world.get(request.id), state=State.CLOSED, outcome=Outcome.WITHDRAWN))
    await world.live(helpdesk.process, 9 * HOUR)
    assert News.REMINDER not in world.chat.news("line")
    assert world.agenda() == []


async def test_a_reminder_that_another_process_took_over_is_not_given_twice(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    world.clock.move(POLICY.timing.remind)
    work = await world.claim(Kind.REMIND)
    world.clock.move(LEASE + SECOND)
    taken_over = await world.claim(Kind.REMIND)
    await remind(helpdesk.process.desk, work, request.id)
    await remind(helpdesk.process.desk, taken_over, request.id)
    await helpdesk.process.runner.run_due()
    assert (world.chat.news("line") + world.chat.news("page")).count(News.REMINDER) == 1
