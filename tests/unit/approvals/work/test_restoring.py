"""Putting back: tried without end, and said only when a read proves it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.agenda import Kind
from approvals.desk import Down
from approvals.errors import Gone, Later, Never
from approvals.model import LOWERED, News, Outcome, Protection, Request, State
from approvals.ports import Whereabouts
from approvals.work.applying import apply
from approvals.work.restoring import restore
from approvals.work.timers import HEAD_START, overdue
from tests.world.clock import START
from tests.world.faults import LoseAnswer, Proceed, Refuse, Stale
from tests.world.people import HANNA, LEE, POLICY, caller
from tests.world.world import Helpdesk, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def puts(world: World) -> int:
    return world.script.names("target").count("put_back")


async def test_the_end_comes_by_itself_and_a_read_proves_it(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    await world.live(helpdesk.process, HOUR - SECOND)
    assert world.tenant.value(LEE.id) is LOWERED
    await world.live(helpdesk.process, SECOND)
    restored = await world.get(active.id)
    assert (restored.outcome, restored.restored_to) == (Outcome.RESTORED, Protection.ENFORCED)
    assert restored.closed_at == active.ends_at
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert [late for _, late in world.watch.restores] == [timedelta()]
    await world.live(helpdesk.process, HOUR)
    assert world.agenda() == []
    assert world.chat.card(active.id).outcome is Outcome.RESTORED
    assert {post.to for post in world.chat.of("direct")[-2:]} == {HANNA.chat, LEE.chat}


async def test_the_record_has_the_correlation_before_the_prior_value_is_sent(
    world: World, helpdesk: Helpdesk
) -> None:
    await helpdesk.active()
    lines: list[str] = []

    async def look() -> None:
        lines.append((await world.record())[-1].text)

    world.script.meanwhile("put_back", look)
    await world.live(helpdesk.process, HOUR)
    [line] = [json.loads(text) for text in lines]
    write = world.tenant.writes[-1]
    assert line["event"] == "putting back"
    assert line["facts"] == {
        "subject": LEE.id,
        "value": "enforced",
        "client_request_id": write.correlation,
    }


@pytest.mark.parametrize("by_hand", [Protection.ENABLED, Protection.ENFORCED])
async def test_what_somebody_else_restored_is_left_as_it_is_and_said(
    world: World, helpdesk: Helpdesk, by_hand: Protection
) -> None:
    world.tenant.initial[LEE.id] = Protection.ENABLED
    active = await helpdesk.active()
    await world.live(helpdesk.process, 30 * MINUTE)
    world.tenant.write(LEE.id, by_hand)
    await world.live(helpdesk.process, HOUR)
    restored = await world.get(active.id)
    assert (restored.outcome, restored.restored_to) == (Outcome.RESTORED_BY_SOMEONE_ELSE, by_hand)
    assert (puts(world), world.tenant.value(LEE.id)) == (0, by_hand)
    assert News.RESTORED_BY_SOMEONE_ELSE in world.chat.news("direct")


async def test_what_somebody_else_restored_only_in_part_is_raised_to_the_prior_value(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.tenant.write(LEE.id, Protection.ENABLED)
    await world.live(helpdesk.process, HOUR)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_stronger_result_proves_it_and_is_said_in_words(world: World, helpdesk: Helpdesk) -> None:
    world.tenant.initial[LEE.id] = Protection.ENABLED
    active = await helpdesk.active()

    async def graph_enforces_by_itself() -> None:
        world.tenant.write(LEE.id, Protection.ENFORCED)

    await world.live(helpdesk.process, 59 * MINUTE)
    # The first read is the one before the write, the second the one that proves it.
    world.script.meanwhile("read", _nothing, graph_enforces_by_itself)
    await world.live(helpdesk.process, MINUTE)
    restored = await world.get(active.id)
    assert (restored.outcome, restored.restored_to) == (Outcome.RESTORED, Protection.ENFORCED)
    [notice] = {
        post.notice for post in world.chat.of("line") if post.notice and post.notice.news == "restored"
    }
    assert notice.detail == "enforced"


async def test_a_read_that_lags_does_not_pass_for_somebody_elses_restore(
    world: World, helpdesk: Helpdesk
) -> None:
    world.clock.move(MINUTE)
    active = await helpdesk.active()
    world.clock.move(10 * SECOND)
    await helpdesk.process.service.restore(caller(HANNA), active.id)
    world.script.next("read", Stale(20 * SECOND))
    await helpdesk.process.runner.run_due()
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


async def test_what_is_stronger_by_now_is_never_lowered(world: World, helpdesk: Helpdesk) -> None:
    world.tenant.initial[LEE.id] = Protection.ENABLED
    world.script.next("lower", LoseAnswer())
    request = await helpdesk.applying()
    world.script.always("put_back", Refuse(Later("503")))
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).unconfirmed
    world.tenant.write(LEE.id, Protection.ENFORCED)
    world.script.always("put_back", None)
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(request.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


@pytest.mark.parametrize("error", [Later("503"), Never("an unknown value")])
async def test_after_an_unknown_outcome_the_prior_value_is_written_even_if_it_cannot_be_read(
    world: World, helpdesk: Helpdesk, error: Later | Never
) -> None:
    world.script.next("lower", LoseAnswer())
    request = await helpdesk.applying()
    world.script.next("read", Proceed(), Refuse(error))
    await world.live(helpdesk.process, SECOND)
    assert (await world.get(request.id)).outcome is Outcome.RESTORED


async def test_a_read_that_fails_at_the_end_is_tried_again(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR)
    world.script.next("read", Refuse(Later("503")))
    await helpdesk.process.runner.run_due()
    assert puts(world) == 0
    await world.live(helpdesk.process, SECOND)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


async def test_a_write_that_was_not_answered_is_sent_again_and_counts_as_ours(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.script.next("put_back", LoseAnswer())
    await world.live(helpdesk.process, HOUR + SECOND)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert puts(world) == 1


async def test_a_read_that_does_not_show_it_proves_nothing(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR)
    world.script.next("read", Proceed(), Stale(SECOND))
    await helpdesk.process.runner.run_due()
    assert (await world.get(active.id)).state is State.RESTORING
    assert isinstance(world.watch.failures[-1][1], Later)
    assert News.RESTORED not in world.chat.news("line")
    await world.live(helpdesk.process, SECOND)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


async def test_a_restore_is_tried_without_end_and_pages_double_up_to_four_hours(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.script.always("put_back", Refuse(Never("403: UserAuthenticationMethod.ReadWrite.All is missing")))
    await world.live(helpdesk.process, HOUR + 30 * MINUTE)
    pages = [post.at - START - HOUR for post in world.chat.of("page")]
    assert pages == [minutes * MINUTE for minutes in (2, 4, 8, 16)]
    last = world.chat.of("page")[-1].notice
    assert last is not None
    assert "UserAuthenticationMethod" in last.detail
    assert last.count is not None
    assert last.count > 16
    assert world.chat.news("direct")[-1] is News.OVERDUE
    assert world.chat.card(active.id).note == last.detail
    world.script.always("put_back", None)
    await world.live(helpdesk.process, MINUTE)
    restored = await world.get(active.id)
    assert restored.outcome is Outcome.RESTORED
    [(_, late)] = world.watch.restores
    assert late == (restored.closed_at or START) - START - HOUR
    await world.live(helpdesk.process, HOUR)
    assert world.agenda() == []


async def test_a_restore_that_nobody_came_to_is_paged_as_such(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR + 2 * MINUTE)
    await overdue(helpdesk.process.desk, await world.claim(Kind.OVERDUE), active.id)
    assert world.chat.news("page") == []
    world.clock.move(HEAD_START)
    await overdue(helpdesk.process.desk, await world.claim(Kind.OVERDUE), active.id)
    assert (await world.get(active.id)).note == "not tried yet"


async def test_a_restore_that_succeeds_at_once_after_an_outage_pages_nobody(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR + 2 * MINUTE)
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.chat.news("page") == []
    assert News.OVERDUE not in world.chat.news("direct")


async def test_a_late_restore_says_that_relatch_was_down(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR + 13 * MINUTE)
    down = Down(since=START + 50 * MINUTE, until=world.clock.now())
    await world.process("two", down=down).runner.run_due()
    assert (await world.get(active.id)).note == "Relatch was down from 16:30 UTC"


@pytest.mark.parametrize("since", [timedelta(), 70 * MINUTE])
async def test_an_outage_at_another_time_is_no_excuse(
    world: World, helpdesk: Helpdesk, since: timedelta
) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR + 13 * MINUTE)
    down = Down(since=START + since, until=START + since + MINUTE)
    await world.process("two", down=down).runner.run_due()
    assert "down" not in (await world.get(active.id)).note


# --- accounts that are gone ----------------------------------------------------------------


async def test_an_account_that_can_come_back_is_waited_for_daily_and_quietly(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.tenant.elsewhere[LEE.id] = Whereabouts.DELETED
    await world.live(helpdesk.process, 3 * DAY)
    assert (await world.get(active.id)).state is State.RESTORING
    assert world.script.names("target").count("whereabouts") == 3
    assert world.chat.news("page") == []
    restore = await world.ordered(active.id, Kind.RESTORE)
    assert restore is not None
    assert restore.last_error == "the account is deleted and can still come back"
    del world.tenant.elsewhere[LEE.id]
    await world.live(helpdesk.process, DAY)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_account_that_is_found_nowhere_closes_the_request(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.tenant.elsewhere[LEE.id] = Whereabouts.NOWHERE
    await world.live(helpdesk.process, 2 * HOUR)
    closed = await world.get(active.id)
    assert (closed.outcome, world.chat.news("page")) == (Outcome.SUBJECT_DELETED, [])
    assert world.agenda() == []


async def test_a_404_for_an_account_that_is_there_is_tried_again_and_paged(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.script.always("read", Refuse(Gone("404")))
    await world.live(helpdesk.process, HOUR + 3 * MINUTE)
    assert (await world.get(active.id)).state is State.RESTORING
    [page] = world.chat.of("page")
    assert page.notice is not None
    assert "404" in page.notice.detail


@pytest.mark.parametrize("where", [Whereabouts.DELETED, Whereabouts.NOWHERE])
async def test_a_404_settles_nothing_for_somebody_whose_claim_has_passed_to_another(
    world: World, helpdesk: Helpdesk, where: Whereabouts
) -> None:
    active = await helpdesk.active()

    async def come_back() -> None:
        world.tenant.elsewhere.clear()
        await world.take_over()
        world.tenant.elsewhere[LEE.id] = where

    world.tenant.elsewhere[LEE.id] = where
    world.script.meanwhile("whereabouts", come_back)
    await world.live(helpdesk.process, HOUR)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


# --- claims --------------------------------------------------------------------------------


async def test_a_restore_that_was_taken_over_is_settled_once(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.script.meanwhile("put_back", world.take_over)
    await world.live(helpdesk.process, HOUR)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert len(world.watch.restores) == 1
    assert [json.loads(line.text)["event"] for line in await world.record()].count("restored") == 1


@pytest.mark.parametrize("before", [0, 1])
async def test_nothing_is_written_by_somebody_whose_claim_has_passed_to_another(
    world: World, helpdesk: Helpdesk, before: int
) -> None:
    world.script.next("lower", LoseAnswer())
    request = await helpdesk.applying()
    await apply(helpdesk.process.desk, await world.claim(Kind.APPLY), request.id)
    work = await world.claim(Kind.RESTORE)
    # The first transaction looks at the claim, the second once more before writing.
    world.script.meanwhile("transaction", *[_nothing] * before, world.take_over)
    with suppress(Later):
        await restore(helpdesk.process.desk, work, request.id)
    assert [call.process for call in world.script.calls if call.name == "put_back"] == ["other"]


async def test_a_claim_that_somebody_ordered_anew_does_nothing(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.clock.move(HOUR)
    work = await world.claim(Kind.RESTORE)
    await helpdesk.process.service.restore(caller(HANNA), active.id)
    await restore(helpdesk.process.desk, work, active.id)
    assert puts(world) == 0


async def test_work_that_is_left_behind_by_a_closed_request_is_removed(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    await world.put(replace(await world.get(active.id), state=State.CLOSED, outcome=Outcome.FAILED))
    await world.live(helpdesk.process, 2 * HOUR)
    assert puts(world) == 0
    assert world.agenda() == []


async def test_a_restore_of_something_unknown_is_paged_and_never_dropped(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    unknown: Request = replace(await world.get(active.id), prior=None)
    await world.put(unknown)
    await world.live(helpdesk.process, HOUR + 2 * MINUTE)
    assert (await world.get(active.id)).lowers
    assert world.chat.news("page") == [News.OVERDUE]
    assert isinstance(world.watch.failures[-1][1], RuntimeError)


async def test_a_policy_that_changes_moves_no_live_restore(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    other = world.process("two", policy=replace(POLICY, longest=HOUR, revoke_sessions=False))
    await world.live(other, 2 * HOUR)
    assert (await world.get(active.id)).closed_at == active.ends_at
    assert world.tenant.revoked == []


async def _nothing() -> None:
    """Let a call through."""
