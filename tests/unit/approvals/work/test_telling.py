"""Telling people: at least once, after the fact, and the card always shows the newest state."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.agenda import Do, Kind
from approvals.errors import Gone, Later, Never
from approvals.model import LOWERED, Audience, News, Notice, Outcome, State
from tests.world.faults import LoseAnswer, Refuse
from tests.world.people import HANNA, LEE, SHY, caller
from tests.world.world import Helpdesk, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def test_one_card_is_brought_up_to_date_in_place(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    await helpdesk.approve(request)
    await world.live(helpdesk.process, HOUR + MINUTE)
    assert len({post.ref for post in world.chat.of("card")}) == 1
    states = [post.request.state for post in world.chat.of("card")]
    assert (states[0], states[-1]) == (State.PENDING, State.CLOSED)
    assert {post.ref for post in world.chat.of("line")} == {world.chat.of("card")[0].ref}


async def test_a_card_that_can_no_longer_be_edited_is_replaced(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    [first] = world.chat.of("card")
    world.chat.gone.add(first.ref)
    await helpdesk.process.service.withdraw(caller(HANNA), request.id)
    await world.live(helpdesk.process, MINUTE)
    replaced = world.chat.of("card")[-1]
    assert replaced.ref != first.ref
    assert replaced.request.outcome is Outcome.WITHDRAWN
    assert world.chat.of("line")[-1].ref == replaced.ref
    assert world.agenda() == []


async def test_a_line_whose_card_was_taken_away_comes_with_a_fresh_card(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    [first] = world.chat.of("card")
    world.chat.gone.add(first.ref)
    async with world.store.transaction() as tx:
        notice = Notice(News.REMINDER, tx.now)
        await tx.order(request.id, Do(kind=Kind.LINE, due_at=tx.now, notice=notice))
    await world.live(helpdesk.process, SECOND)
    assert world.chat.of("line")[-1].ref == world.chat.of("card")[-1].ref != first.ref


async def test_lines_wait_for_the_card_ever_more_patiently(world: World, helpdesk: Helpdesk) -> None:
    world.script.always("card", Refuse(Later("503")))
    request = await helpdesk.applying()
    await world.live(helpdesk.process, 10 * MINUTE)
    assert world.chat.of("line") == []
    line = await world.ordered(request.id, Kind.LINE)
    assert line is not None
    assert line.attempts < 20
    world.script.always("card", None)
    await world.live(helpdesk.process, 2 * MINUTE)
    assert set(world.chat.news("line")) == {News.APPROVED, News.ACTIVE}


async def test_a_page_does_not_wait_for_the_card(world: World, helpdesk: Helpdesk) -> None:
    world.script.always("card", Refuse(Later("503")))
    world.script.always("put_back", Refuse(Later("503")))
    await helpdesk.active()
    for pause in (HOUR, 2 * MINUTE):
        world.clock.move(pause)
        await helpdesk.process.runner.run_due()
    [page] = world.chat.of("page")
    assert page.ref not in {post.ref for post in world.chat.of("card")}


async def test_a_page_into_a_thread_that_is_gone_is_tried_again(world: World, helpdesk: Helpdesk) -> None:
    await helpdesk.active()
    world.script.always("put_back", Refuse(Later("503")))
    world.script.next("page", Refuse(Gone("thread_not_found")))
    for pause in (HOUR, 2 * MINUTE, SECOND):
        world.clock.move(pause)
        await helpdesk.process.runner.run_due()
    assert world.chat.news("page") == [News.OVERDUE]
    assert world.chat.alarms == []


async def test_an_answer_that_was_lost_means_that_it_is_said_again(world: World, helpdesk: Helpdesk) -> None:
    for role in ("card", "line", "direct"):
        world.script.next(role, LoseAnswer())
    request = await helpdesk.active()
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("direct").count(News.ACTIVE) == 3
    assert world.chat.card(request.id).state is State.ACTIVE
    assert [kind for kind, _ in world.agenda()] == ["drift", "overdue", "restore", "warn"]


async def test_the_card_shows_what_happened_while_it_was_being_sent(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()

    async def withdraw() -> None:
        await helpdesk.process.service.withdraw(caller(HANNA), request.id)

    world.script.meanwhile("card", withdraw)
    await helpdesk.process.runner.run_due()
    assert [post.request.state for post in world.chat.of("card")] == [State.PENDING, State.CLOSED]


async def test_a_card_that_took_too_long_is_sent_again_with_the_newest_state(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()

    async def overtake() -> None:
        await helpdesk.process.service.withdraw(caller(HANNA), request.id)
        await world.take_over()
        assert world.chat.card(request.id).state is State.CLOSED

    world.script.meanwhile("card", overtake)
    await helpdesk.process.runner.run_due()
    assert [post.request.state for post in world.chat.of("card")] == [
        State.CLOSED,
        State.PENDING,
        State.CLOSED,
    ]


# --- direct messages -----------------------------------------------------------------------


async def test_only_the_newest_direct_message_keeps_its_buttons(world: World, helpdesk: Helpdesk) -> None:
    await helpdesk.active()
    await world.live(helpdesk.process, HOUR + MINUTE)
    directs = [post for post in world.chat.of("direct") if post.to == HANNA.chat]
    settled = [post.ref for post in world.chat.of("settle")]
    assert [post.notice.news for post in directs if post.notice] == ["active", "warning", "restored"]
    assert [post.ref for post in directs[:-1]] == [ref for ref in settled if ref.channel == HANNA.chat]


async def test_old_news_that_arrives_late_has_no_buttons(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(SECOND)
    async with world.store.transaction() as tx:
        newest = Notice(News.PROLONGED, tx.now)
        await tx.order(active.id, Do(kind=Kind.DIRECT, due_at=tx.now, notice=newest, to=Audience.REQUESTER))
    await helpdesk.process.runner.run_due()
    async with world.store.transaction() as tx:
        old = Notice(News.ACTIVE, tx.now - MINUTE)
        await tx.order(active.id, Do(kind=Kind.DIRECT, due_at=tx.now, notice=old, to=Audience.REQUESTER))
    await helpdesk.process.runner.run_due()
    late = world.chat.of("direct")[-1]
    assert world.chat.of("settle")[-1].ref == late.ref
    async with world.store.transaction() as tx:
        sent = await tx.sent(active.id, "direct:requester")
    assert sent is not None
    assert sent.notice == newest


@pytest.mark.parametrize("error", [Gone("message_not_found"), Later("503")])
async def test_buttons_that_cannot_be_taken_off_hold_nothing_up(
    world: World, helpdesk: Helpdesk, error: Exception
) -> None:
    world.script.always("settle", Refuse(error))
    await helpdesk.active()
    await world.live(helpdesk.process, 2 * HOUR)
    assert world.agenda() == []
    assert world.watch.failures == []


async def test_people_without_an_account_in_the_chat_are_not_told(world: World, helpdesk: Helpdesk) -> None:
    await helpdesk.active(SHY)
    await world.live(helpdesk.process, 2 * HOUR)
    assert {post.to for post in world.chat.of("direct")} == {HANNA.chat}
    assert world.agenda() == []


async def test_people_who_left_the_chat_are_not_told_again_and_again(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.always("direct", Refuse(Gone("user_not_found")))
    await helpdesk.active()
    await world.live(helpdesk.process, 2 * HOUR)
    assert world.agenda() == []
    assert world.tenant.value(LEE.id) is not LOWERED


async def test_a_message_without_news_is_a_fault_that_is_noticed(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.runner.run_due()
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=Kind.PAGE, due_at=tx.now))
    await helpdesk.process.runner.run_due()
    assert isinstance(world.watch.failures[-1][1], RuntimeError)


async def test_a_message_to_nobody_is_dropped(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=Kind.DIRECT, due_at=tx.now, notice=Notice(News.ACTIVE, tx.now)))
    await helpdesk.process.runner.run_due()
    assert world.chat.of("direct") == []
    assert await world.ordered(request.id, Kind.DIRECT) is None


async def test_lines_keep_their_order_when_one_has_to_wait(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("line", Refuse(Later("ratelimited", 30 * SECOND)))
    request = await helpdesk.active()
    await world.live(helpdesk.process, 5 * MINUTE)
    assert world.chat.news("line", request.id)[:2] == [News.APPROVED, News.ACTIVE]


async def test_a_channel_that_takes_no_messages_is_reported_once_to_the_people_on_duty(
    world: World, helpdesk: Helpdesk
) -> None:
    dead = Refuse(Never("Slack answers channel_not_found"))
    world.script.always("card", dead)
    world.script.always("page", dead)
    request = await helpdesk.ask()
    await world.live(helpdesk.process, HOUR)
    assert world.chat.alarms == [(request.id, "Slack answers channel_not_found")]
    world.script.always("card", None)
    await world.live(helpdesk.process, 2 * MINUTE)
    assert world.chat.card(request.id).state is State.PENDING
    assert any('"channel is dead"' in line.text for line in await world.record())


async def test_an_alarm_that_reaches_nobody_is_tried_again(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("card", Refuse(Never("is_archived")), Refuse(Never("is_archived")))
    world.script.next("alarm", Refuse(Later("Slack answers 503")))
    request = await helpdesk.ask()
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.alarms == [(request.id, "is_archived")]


@pytest.mark.parametrize(
    ("news", "kind"),
    [
        (News.REMINDER, Kind.LINE),
        (News.REMINDER, Kind.PAGE),
        (News.WARNING, Kind.DIRECT),
        (News.OVERDUE, Kind.PAGE),
        (News.OVERDUE, Kind.DIRECT),
    ],
)
async def test_what_was_to_come_and_is_over_by_now_is_not_said_any_more(
    world: World, helpdesk: Helpdesk, news: News, kind: Kind
) -> None:
    request = await helpdesk.active()
    await world.live(helpdesk.process, HOUR + MINUTE)
    said = len(world.chat.posts)
    async with world.store.transaction() as tx:
        notice = Notice(news, tx.now)
        to = Audience.REQUESTER if kind is Kind.DIRECT else None
        await tx.order(request.id, Do(kind=kind, due_at=tx.now, notice=notice, to=to))
    await helpdesk.process.runner.run_due()
    assert len(world.chat.posts) == said


async def test_a_thread_that_is_gone_is_no_dead_channel(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("card", Refuse(Gone("thread_not_found")), Refuse(Gone("thread_not_found")))
    request = await helpdesk.ask()
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.alarms == []
    assert world.chat.card(request.id).state is State.PENDING
