"""Lowering: sent once at the most, and believed only when a read shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.agenda import APPLY_LIMIT, READ_BACK_LIMIT, Kind
from approvals.errors import Later, Never
from approvals.model import LOWERED, News, Outcome, Protection, State
from approvals.ports import Whereabouts
from approvals.work.applying import apply
from tests.world.faults import Delay, LoseAnswer, Proceed, Refuse, Stale
from tests.world.people import HANNA, LEE, OMAR, caller
from tests.world.world import Helpdesk, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def sent(world: World) -> int:
    return world.script.names("target").count("lower")


async def test_what_a_read_shows_is_active_and_only_then_announced(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.applying()
    assert world.chat.news("direct") == []
    await helpdesk.process.runner.run_due()
    active = await world.get(request.id)
    assert (active.state, active.ends_at) == (State.ACTIVE, world.clock.now() + HOUR)
    assert world.tenant.value(LEE.id) is LOWERED
    await world.live(helpdesk.process, SECOND)
    assert world.chat.news("direct") == [News.ACTIVE, News.ACTIVE]
    assert {post.to for post in world.chat.of("direct")} == {HANNA.chat, LEE.chat}
    assert world.chat.card(request.id).state is State.ACTIVE


async def test_the_record_has_the_correlation_before_the_change_is_sent(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    seen: list[dict[str, object]] = []

    async def look() -> None:
        seen.append(json.loads((await world.record())[-1].text))

    world.script.meanwhile("lower", look)
    await helpdesk.process.runner.run_due()
    [line] = seen
    assert (line["event"], line["request"]) == ("lowering", request.id)
    assert line["facts"] == {"subject": LEE.id, "client_request_id": world.tenant.writes[0].correlation}


OBJECTIONS: dict[str, Callable[[World], object]] = {
    "became protected": lambda world: world.staff.change(LEE, protected=(("protect.roles", "has a role"),)),
    "was disabled": lambda world: world.staff.change(LEE, enabled=False),
    "was deleted": lambda world: world.tenant.elsewhere.update({LEE.id: Whereabouts.DELETED}),
    "has MFA off by now": lambda world: world.tenant.write(LEE.id, LOWERED),
    "has another MFA state by now": lambda world: world.tenant.write(LEE.id, Protection.ENABLED),
    "cannot be read": lambda world: world.script.next("subject", Refuse(Never("403"))),
    "has a state that cannot be named": lambda world: world.script.next("read", Refuse(Never("unknown"))),
}


@pytest.mark.parametrize("what", OBJECTIONS)
async def test_the_subject_is_looked_at_once_more_before_the_change_is_sent(
    world: World, helpdesk: Helpdesk, what: str
) -> None:
    request = await helpdesk.applying()
    OBJECTIONS[what](world)
    await helpdesk.process.runner.run_due()
    failed = await world.get(request.id)
    assert (failed.state, failed.outcome) == (State.CLOSED, Outcome.FAILED)
    assert failed.note.startswith("nothing was changed: ")
    assert sent(world) == 0
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("direct") == [News.FAILED]
    assert world.agenda() == []


async def test_a_change_that_entra_refuses_is_closed_as_failed(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("lower", Refuse(Never("403 Forbidden")))
    failed = await helpdesk.active()
    assert (failed.outcome, failed.note) == (Outcome.FAILED, "nothing was changed: 403 Forbidden")
    assert world.script.names("target").count("put_back") == 0


async def test_a_lost_answer_counts_as_lowered_and_is_taken_back(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("lower", LoseAnswer())
    request = await helpdesk.applying()
    await world.live(helpdesk.process, MINUTE)
    restored = await world.get(request.id)
    assert (restored.outcome, restored.unconfirmed) == (Outcome.RESTORED, True)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert sent(world) == 1
    assert News.ACTIVE not in world.chat.news("direct")
    assert world.chat.news("direct", request.id)[0] is News.UNCONFIRMED


@pytest.mark.parametrize("late", [10 * SECOND, 50 * SECOND, 10 * MINUTE])
async def test_a_write_that_lands_after_the_restore_slips_and_is_restored_again(
    world: World, helpdesk: Helpdesk, late: timedelta
) -> None:
    world.script.next("lower", Delay(late))
    request = await helpdesk.applying()
    await world.live(helpdesk.process, SECOND)
    assert (await world.get(request.id)).outcome is Outcome.RESTORED
    await world.live(helpdesk.process, HOUR)
    again = await world.get(request.id)
    assert again.outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert world.chat.news("page") == [News.SLIPPED]
    assert sent(world) == 1
    assert world.agenda() == []


async def test_a_read_that_lags_is_read_again(world: World, helpdesk: Helpdesk) -> None:
    world.clock.move(HOUR)
    world.script.next(
        "read", Proceed(), Proceed(), Proceed(), Stale(20 * SECOND), Refuse(Later("504", 5 * SECOND))
    )
    request = await helpdesk.active()
    assert request.state is State.APPLYING
    await world.live(helpdesk.process, SECOND)
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(helpdesk.process, 5 * SECOND)
    assert (await world.get(request.id)).state is State.ACTIVE
    assert sent(world) == 1


@pytest.mark.parametrize("answer", [Stale(HOUR), Refuse(Later("504"))])
async def test_a_change_that_no_read_shows_within_a_minute_is_taken_back(
    world: World, helpdesk: Helpdesk, answer: Stale | Refuse
) -> None:
    world.clock.move(HOUR)
    request = await helpdesk.applying()
    world.script.next("read", Proceed())
    world.script.always("read", answer)
    await world.live(helpdesk.process, READ_BACK_LIMIT)
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(request.id)).unconfirmed
    world.script.always("read", None)
    await world.live(helpdesk.process, MINUTE)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert sent(world) == 1


async def test_a_change_that_cannot_be_read_back_is_taken_back(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.applying()
    world.script.next("read", Proceed(), Refuse(Never("an unknown value")))
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).unconfirmed
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_attempt_that_another_process_began_is_read_back_and_never_sent_again(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    # The first holder stops right after sending; its lease ends while it waits for the answer.
    world.script.meanwhile("read", _nothing, world.take_over)
    await helpdesk.process.runner.run_due()
    assert sent(world) == 1
    assert (await world.get(request.id)).state is State.ACTIVE
    assert [json.loads(line.text)["event"] for line in await world.record()].count("active") == 1


async def test_a_new_holder_gives_up_on_an_attempt_that_was_begun_but_never_arrived(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    world.script.next("lower", Refuse(RuntimeError("killed")))
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(world.process("other"), 2 * MINUTE)
    taken_back = await world.get(request.id)
    assert (taken_back.outcome, taken_back.unconfirmed) == (Outcome.RESTORED, True)
    assert sent(world) == 1


@pytest.mark.parametrize("before", [0, 1])
async def test_nothing_is_sent_by_somebody_whose_claim_has_passed_to_another(
    world: World, helpdesk: Helpdesk, before: int
) -> None:
    request = await helpdesk.applying()
    work = await world.claim(Kind.APPLY)
    # The first transaction looks at the claim, the second once more before sending.
    world.script.meanwhile("transaction", *[_nothing] * before, world.take_over)
    await apply(helpdesk.process.desk, work, request.id)
    assert [call.process for call in world.script.calls if call.name == "lower"] == ["other"]
    assert (await world.get(request.id)).state is State.ACTIVE


async def test_an_objection_of_somebody_whose_claim_has_passed_to_another_settles_nothing(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    work = await world.claim(Kind.APPLY)

    async def take_over() -> None:
        await world.take_over()
        world.staff.change(LEE, enabled=False)

    world.script.meanwhile("subject", take_over)
    await apply(helpdesk.process.desk, work, request.id)
    assert (await world.get(request.id)).state is State.ACTIVE


async def test_facts_that_took_too_long_are_looked_up_again_before_sending(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()

    async def dawdle() -> None:
        world.clock.move(31 * SECOND)

    world.script.meanwhile("subject", dawdle)
    await helpdesk.process.runner.run_due()
    assert (sent(world), (await world.get(request.id)).state) == (0, State.APPLYING)
    await world.live(helpdesk.process, SECOND)
    assert (sent(world), (await world.get(request.id)).state) == (1, State.ACTIVE)


class Slow:
    """A monotonic clock that goes through *seconds* in turn."""

    def __init__(self, world: World, *seconds: float) -> None:
        self.now = world.clock.now
        self._seconds = iter(seconds)

    def monotonic(self) -> float:
        return next(self._seconds)


async def test_nothing_is_sent_when_the_commit_before_it_took_too_long(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    work = await world.claim(Kind.APPLY)
    await apply(replace(helpdesk.process.desk, clock=Slow(world, 0, 0, 31)), work, request.id)
    assert sent(world) == 0
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(helpdesk.process, 3 * MINUTE)
    assert (await world.get(request.id)).outcome is Outcome.RESTORED
    assert sent(world) == 0


async def test_an_approval_is_not_carried_out_long_after(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.applying()
    world.script.always("subject", Refuse(Later("503")))
    await world.live(helpdesk.process, APPLY_LIMIT)
    failed = await world.get(request.id)
    assert (failed.outcome, failed.note) == (Outcome.FAILED, "nothing was changed: 503")
    world.script.always("subject", None)
    await world.live(helpdesk.process, HOUR)
    assert sent(world) == 0
    assert world.script.names("target").count("put_back") == 0
    assert world.agenda() == []


async def test_an_approval_that_no_process_came_to_is_not_carried_out_long_after(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    world.clock.move(APPLY_LIMIT)
    world.script.always("subject", Refuse(Later("503")))
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is Outcome.FAILED


async def test_an_attempt_that_began_and_was_never_settled_is_taken_back_after_ten_minutes(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying()
    async with world.store.transaction() as tx:
        [work] = await tx.claim((Kind.APPLY,), 1, HOUR)
        await tx.start(work)
    await world.live(helpdesk.process, APPLY_LIMIT)
    taken_back = await world.get(request.id)
    assert (taken_back.outcome, taken_back.unconfirmed) == (Outcome.RESTORED, True)
    assert taken_back.note == "Entra did not confirm the change in time"


async def test_an_attempt_ended_meanwhile_settles_nothing(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.applying()

    async def end() -> None:
        await helpdesk.process.service.restore(caller(OMAR), request.id)

    world.script.meanwhile("lower", end)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).state is State.CLOSED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert News.ACTIVE not in world.chat.news("line")


async def test_an_attempt_ended_before_it_was_begun_sends_nothing(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.applying()

    async def end() -> None:
        await helpdesk.process.service.restore(caller(OMAR), request.id)

    world.script.meanwhile("subject", end)
    await helpdesk.process.runner.run_due()
    assert sent(world) == 0
    assert (await world.get(request.id)).outcome is Outcome.RESTORED


async def _nothing() -> None:
    """Let a call through."""
