"""Looking again after a restore, and signing people out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from approvals.agenda import DRIFT_EVERY, VERIFY_AFTER, Do, Kind
from approvals.errors import Gone, Later, Never
from approvals.model import LOWERED, News, Outcome, Protection, Request, State
from approvals.ports import Whereabouts
from approvals.work.verifying import drift, revoke_sessions, verify
from tests.world.faults import LoseAnswer, Refuse
from tests.world.people import DESK, LEE, OMAR
from tests.world.world import Helpdesk, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def restored(world: World, helpdesk: Helpdesk) -> Request:
    """A suspension that came to its end, with everybody told."""
    active = await helpdesk.active()
    await world.live(helpdesk.process, HOUR + SECOND)
    return await world.get(active.id)


async def test_what_stays_put_back_is_looked_at_once_more_and_left(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    assert world.agenda() == [("verify", restored.id)]
    reads = world.script.names("target").count("read")
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert world.script.names("target").count("read") == reads + 1
    assert await world.get(restored.id) == restored
    assert world.agenda() == []


async def test_what_slipped_is_restored_again_and_people_are_paged(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    world.tenant.write(LEE.id, LOWERED)
    await world.live(helpdesk.process, VERIFY_AFTER)
    again = await world.get(restored.id)
    assert again.outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert world.chat.news("page") == [News.SLIPPED]
    assert world.tenant.revoked == [LEE.id, LEE.id]
    await world.live(helpdesk.process, HOUR)
    assert world.agenda() == []


async def test_a_look_that_fails_is_repeated(world: World, helpdesk: Helpdesk, restored: Request) -> None:
    world.script.next("read", Refuse(Later("503")))
    world.tenant.write(LEE.id, LOWERED)
    await world.live(helpdesk.process, VERIFY_AFTER + SECOND)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_account_that_is_found_nowhere_is_not_looked_at_again(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    world.tenant.elsewhere[LEE.id] = Whereabouts.NOWHERE
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert world.agenda() == []


@pytest.mark.usefixtures("restored")
async def test_an_account_that_comes_back_is_looked_at_before_it_is_believed(
    world: World, helpdesk: Helpdesk
) -> None:
    world.tenant.write(LEE.id, LOWERED)
    world.tenant.elsewhere[LEE.id] = Whereabouts.DELETED
    await world.live(helpdesk.process, timedelta(days=2))
    assert world.script.names("target").count("whereabouts") == 2
    world.tenant.elsewhere.clear()
    await world.live(helpdesk.process, timedelta(days=1))
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert world.agenda() == []


async def test_a_404_for_an_account_that_is_there_is_looked_at_again_soon(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    world.tenant.write(LEE.id, LOWERED)
    world.script.next("read", Refuse(Gone("404")))
    await world.live(helpdesk.process, VERIFY_AFTER + SECOND)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_another_suspension_is_not_taken_for_a_slip(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.active()
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert (await world.get(second.id)).state is State.ACTIVE
    assert world.tenant.value(LEE.id) is LOWERED


async def test_another_suspension_that_begins_during_the_look_is_not_taken_for_a_slip(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.ask()
    await world.live(helpdesk.process, VERIFY_AFTER - MINUTE)

    async def begin() -> None:
        await helpdesk.approve(second)
        await world.process("other").runner.run_due()

    world.script.meanwhile("read", begin)
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert (await world.get(second.id)).state is State.ACTIVE


async def test_a_look_waits_while_it_is_open_whether_another_suspension_lowers(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.ask()
    await world.live(helpdesk.process, VERIFY_AFTER - MINUTE)
    await helpdesk.approve(second)
    world.script.always("subject", Refuse(Later("503")))
    await world.live(helpdesk.process, 5 * MINUTE)
    world.tenant.write(LEE.id, LOWERED)
    world.script.always("subject", None)
    await world.live(helpdesk.process, 5 * MINUTE)
    assert (await world.get(second.id)).outcome is Outcome.FAILED
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_undecided_request_gives_way_to_what_slipped(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.ask()
    world.tenant.write(LEE.id, LOWERED)
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    gave_way = await world.get(second.id)
    assert (gave_way.outcome, gave_way.note) == (
        Outcome.LAPSED,
        f"{restored.label} has to be restored once more",
    )
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED


async def test_an_undecided_request_is_left_alone_where_nothing_slipped(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.ask()
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert (await world.get(second.id)).state is State.PENDING
    assert await world.ordered(restored.id, Kind.VERIFY) is None


async def test_after_an_unknown_outcome_one_looks_soon_and_again_later(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.next("lower", LoseAnswer())
    request = await helpdesk.applying()
    await world.live(helpdesk.process, SECOND)
    closed = await world.get(request.id)
    assert closed.closed_at is not None
    await world.live(helpdesk.process, MINUTE)
    verify = await world.ordered(request.id, Kind.VERIFY)
    assert verify is not None
    assert verify.due_at == closed.closed_at + VERIFY_AFTER
    await world.live(helpdesk.process, VERIFY_AFTER)
    assert world.agenda() == []


@pytest.mark.parametrize("during", ["transaction", "read"])
async def test_a_look_that_was_taken_over_settles_nothing(
    world: World, helpdesk: Helpdesk, restored: Request, during: str
) -> None:
    world.tenant.write(LEE.id, LOWERED)
    world.clock.move(VERIFY_AFTER)
    work = await world.claim(Kind.VERIFY)
    world.script.meanwhile(during, world.take_over)
    await verify(helpdesk.process.desk, work, restored.id)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
    assert [json.loads(line.text)["event"] for line in await world.record()].count("slipped") == 1


@pytest.mark.parametrize("during", ["transaction", "read"])
async def test_a_look_at_a_live_suspension_that_was_taken_over_settles_nothing(
    world: World, helpdesk: Helpdesk, during: str
) -> None:
    active = await helpdesk.active()
    world.clock.move(DRIFT_EVERY)
    work = await world.claim(Kind.DRIFT)
    world.tenant.write(LEE.id, Protection.ENFORCED)
    world.script.meanwhile(during, world.take_over)
    await drift(helpdesk.process.desk, work, active.id)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED_BY_SOMEONE_ELSE
    events = [json.loads(line.text)["event"] for line in await world.record()]
    assert events.count("restored_by_someone_else") == 1


# --- signing out ---------------------------------------------------------------------------


async def test_a_suspension_that_somebody_else_ended_is_over_within_minutes_and_says_so(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.tenant.write(LEE.id, Protection.ENFORCED)
    await world.live(helpdesk.process, DRIFT_EVERY + SECOND)
    over = await world.get(active.id)
    assert over.outcome is Outcome.RESTORED_BY_SOMEONE_ELSE
    assert over.closed_at is not None
    assert over.ends_at is not None
    assert over.closed_at < over.ends_at
    assert News.RESTORED_BY_SOMEONE_ELSE in world.chat.news("line")
    assert world.agenda() == [("verify", active.id)]


async def test_a_third_value_leaves_a_live_suspension_alone_until_its_end(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.tenant.write(LEE.id, Protection.ENABLED)
    await world.live(helpdesk.process, HOUR / 2)
    assert (await world.get(active.id)).state is State.ACTIVE
    await world.live(helpdesk.process, HOUR)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_look_at_a_live_suspension_that_fails_is_repeated(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.tenant.write(LEE.id, Protection.ENFORCED)
    world.script.next("read", Refuse(Later("503")))
    await world.live(helpdesk.process, DRIFT_EVERY + MINUTE)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED_BY_SOMEONE_ELSE


async def test_the_subject_is_signed_out_at_the_end_and_it_is_on_record(
    world: World, restored: Request
) -> None:
    assert world.tenant.revoked == [LEE.id]
    signed_out = [json.loads(line.text) for line in await world.record()][-1]
    assert (signed_out["event"], signed_out["request"]) == ("sessions revoked", restored.id)


async def test_signing_out_is_tried_again_for_an_hour_and_then_reported(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.always("revoke_sessions", Refuse(Later("503")))
    active = await helpdesk.active()
    await world.live(helpdesk.process, HOUR + SECOND)
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    world.clock.move(59 * MINUTE)
    await helpdesk.process.runner.run_due()
    assert News.SESSIONS_NOT_REVOKED not in world.chat.news("line")
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("line")[-1] is world.chat.news("direct")[-1] is News.SESSIONS_NOT_REVOKED
    assert await world.ordered(active.id, Kind.REVOKE_SESSIONS) is None


async def test_signing_out_that_is_refused_is_reported_at_once(world: World, helpdesk: Helpdesk) -> None:
    world.script.always("revoke_sessions", Refuse(Never("403: User.RevokeSessions.All is missing")))
    await helpdesk.active()
    await world.live(helpdesk.process, HOUR + SECOND)
    [notice] = [
        post.notice
        for post in world.chat.of("direct")
        if post.notice and post.notice.news is News.SESSIONS_NOT_REVOKED
    ]
    assert "User.RevokeSessions.All" in notice.detail


async def test_nobody_is_left_to_sign_out_of_an_account_that_is_gone(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.always("revoke_sessions", Refuse(Gone("404")))
    await helpdesk.active()
    await world.live(helpdesk.process, 2 * HOUR)
    assert News.SESSIONS_NOT_REVOKED not in world.chat.news("line")
    assert world.agenda() == []


@pytest.mark.parametrize("during", ["transaction", "revoke_sessions"])
async def test_a_failure_to_sign_out_is_reported_once(
    world: World, helpdesk: Helpdesk, restored: Request, during: str
) -> None:
    async with world.store.transaction() as tx:
        await tx.order(restored.id, Do(kind=Kind.REVOKE_SESSIONS, due_at=tx.now))
    work = await world.claim(Kind.REVOKE_SESSIONS)
    world.script.always("revoke_sessions", Refuse(Never("403")))
    world.script.meanwhile(during, world.take_over)
    await revoke_sessions(helpdesk.process.desk, work, restored.id)
    assert [json.loads(line.text)["event"] for line in await world.record()].count(
        "sessions not revoked"
    ) == 1


async def test_an_approver_may_decide_while_a_look_is_due(
    world: World, helpdesk: Helpdesk, restored: Request
) -> None:
    second = await helpdesk.ask(DESK)
    world.clock.move(VERIFY_AFTER)
    assert (await helpdesk.approve(second, OMAR)).state is State.APPLYING
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(restored.id)).outcome is Outcome.RESTORED
