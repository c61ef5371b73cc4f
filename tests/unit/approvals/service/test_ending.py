"""Ending early and giving up, and the front door's own answers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from approvals.agenda import Kind
from approvals.errors import Later, UnknownRequest
from approvals.model import LOWERED, News, Operator, Outcome, Person, Protection, RequestId, State
from approvals.policy import Refusal
from approvals.ports import Query, Standing
from approvals.service import Click, Moved, Refused, Role
from approvals.work.timers import count_refusals
from tests.world.faults import Refuse
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, SHY, caller
from tests.world.world import Helpdesk, Process, World

OPERATOR = Operator("root@host")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("who", [HANNA, DESK, OMAR, DUTY])
async def test_any_requester_or_approver_ends_a_suspension_now(
    world: World, helpdesk: Helpdesk, who: Person
) -> None:
    active = await helpdesk.active()
    await world.live(helpdesk.process, timedelta(minutes=30))
    moved = await helpdesk.process.service.restore(caller(who), active.id, "done, 0612345678")
    assert isinstance(moved, Moved)
    assert (moved.request.state, moved.request.ends_at) == (State.RESTORING, world.clock.now())
    await helpdesk.process.runner.run_due()
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    [ending] = [post.notice for post in world.chat.of("line") if post.notice and post.notice.news == "ending"]
    assert (ending.by, "0612345678" in ending.detail) == (who, False)


@pytest.mark.parametrize("who", [LEE, SHY])
async def test_nobody_else_ends_it(world: World, helpdesk: Helpdesk, who: Person) -> None:
    active = await helpdesk.active()
    refused = await helpdesk.process.service.restore(caller(who), active.id)
    assert isinstance(refused, Refused)
    assert refused.rule == "people"
    assert (await world.get(active.id)).state is State.ACTIVE


async def test_nothing_is_ended_while_it_is_unknown_who_asks(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    world.script.next("standing", Refuse(Later("504")))
    refused = await helpdesk.process.service.restore(caller(HANNA), active.id)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"


async def test_what_is_restored_already_is_not_restored_again(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    await world.live(helpdesk.process, timedelta(hours=1))
    refused = await helpdesk.process.service.restore(caller(HANNA), active.id)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.why) == ("state", f"{active.label} is restored.")
    assert json.loads((await world.record())[-1].text)["facts"] == {"to": "restore", "rule": "state"}


async def test_what_is_undecided_cannot_be_restored(helpdesk: Helpdesk) -> None:
    pending = await helpdesk.ask()
    refused = await helpdesk.process.service.restore(caller(OMAR), pending.id)
    assert isinstance(refused, Refused)
    assert refused.rule == "state"


async def test_a_restore_that_waits_is_tried_again_at_once_when_somebody_asks(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    world.script.always("put_back", Refuse(Later("503")))
    await world.live(helpdesk.process, timedelta(hours=1, minutes=1))
    world.script.always("put_back", None)
    moved = await helpdesk.process.service.restore(caller(HANNA), active.id)
    assert isinstance(moved, Moved)
    await helpdesk.process.runner.run_due()
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


async def test_an_operator_ends_it_under_a_name(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    moved = await helpdesk.process.service.order_restore(OPERATOR, active.id, "incident")
    assert isinstance(moved, Moved)
    assert json.loads((await world.record())[-1].text)["actor"] == "cli:root@host"


async def test_giving_up_is_on_record_and_announced(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    moved = await helpdesk.process.service.close_as_is(OPERATOR, active.id, "account merged")
    assert isinstance(moved, Moved)
    assert (moved.request.outcome, moved.request.closed_by) == (Outcome.CLOSED_AS_IS, OPERATOR)
    await world.live(helpdesk.process, timedelta(hours=2))
    assert world.tenant.value(LEE.id) is LOWERED
    assert News.CLOSED_AS_IS in world.chat.news("line")
    assert world.agenda() == []


async def test_there_is_nothing_to_give_up_on_before_it_begins(world: World, helpdesk: Helpdesk) -> None:
    pending = await helpdesk.ask()
    refused = await helpdesk.process.service.close_as_is(OPERATOR, pending.id, "tired of it")
    assert isinstance(refused, Refused)
    assert json.loads((await world.record())[-1].text)["facts"]["to"] == "close"


async def test_ending_before_entra_confirmed_restores_all_the_same(world: World, helpdesk: Helpdesk) -> None:
    applying = await helpdesk.applying()
    moved = await helpdesk.process.service.restore(caller(HANNA), applying.id)
    assert isinstance(moved, Moved)
    assert moved.request.unconfirmed
    await world.live(helpdesk.process, MINUTE)
    assert world.script.names("target").count("lower") == 0
    assert (await world.get(applying.id)).outcome is Outcome.RESTORED


# --- the front door ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        (HANNA, {Role.REQUESTER, Role.EITHER}),
        (OMAR, {Role.APPROVER, Role.EITHER}),
        (DESK, {Role.REQUESTER, Role.APPROVER, Role.EITHER}),
        (LEE, set()),
        (SHY, set()),
    ],
)
async def test_people_are_admitted_as_what_they_are(process: Process, who: Person, roles: set[Role]) -> None:
    for role in Role:
        admitted = await process.service.admit(caller(who), role, to="status")
        assert isinstance(admitted, Standing) is (role in roles)


async def test_nobody_is_admitted_while_the_directory_is_down(world: World, process: Process) -> None:
    world.script.next("standing", Refuse(Later("504")))
    refused = await process.service.admit(caller(HANNA), Role.REQUESTER, to="status")
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"
    assert json.loads((await world.record())[-1].text)["facts"]["to"] == "status"


async def test_requests_are_found_and_counted(world: World, helpdesk: Helpdesk) -> None:
    first = await helpdesk.ask()
    await helpdesk.process.service.withdraw(caller(HANNA), first.id)
    second = await helpdesk.ask()
    found, count = await helpdesk.process.service.find(Query(subject=LEE.id, limit=1))
    assert ([request.id for request in found], count) == ([second.id], 2)
    assert await helpdesk.process.service.get(first.id) == await world.get(first.id)
    with pytest.raises(UnknownRequest):
        await helpdesk.process.service.get(RequestId(99))


async def test_an_attempt_that_never_reached_a_use_case_is_recorded(world: World, process: Process) -> None:
    refused = await process.service.refuse(caller(HANNA), "suspend", Refusal("grammar", "No.", "Try help."))
    assert (refused.rule, refused.request) == ("grammar", None)
    [line] = await world.record()
    assert json.loads(line.text)["actor"] == "U0HANNA"


# --- refusals again and again --------------------------------------------------------------


async def test_the_same_refusal_is_recorded_once_a_minute_with_a_count(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    for _ in range(4):
        await helpdesk.process.service.approve(Click(caller(HANNA), request.id, 1))
    refusals = [json.loads(line.text) for line in await world.record()][1:]
    assert [line["facts"]["rule"] for line in refusals] == ["three_people"]
    await world.live(helpdesk.process, MINUTE)
    last = json.loads((await world.record())[-1].text)
    assert (last["event"], last["actor"], last["facts"]) == (
        "refused again",
        HANNA.id,
        {"rule": "three_people", "times": 3},
    )
    assert await world.ordered(None, Kind.REFUSALS) is None


async def test_refusals_of_another_person_or_by_another_rule_are_lines_of_their_own(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask(DESK)
    for who, terms in ((HANNA, 1), (LEE, 1), (DESK, 1), (DUTY, 2), (HANNA, 1)):
        await helpdesk.process.service.approve(Click(caller(who), request.id, terms))
    refusals = [json.loads(line.text) for line in await world.record()][1:]
    assert [(line["actor"], line["facts"]["rule"]) for line in refusals] == [
        (HANNA.id, "people.approvers"),
        (LEE.id, "three_people"),
        (DESK.id, "three_people"),
        (DUTY.id, "terms"),
    ]


async def test_refusals_are_counted_once_when_the_claim_has_passed_to_another(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    for _ in range(2):
        await helpdesk.process.service.approve(Click(caller(HANNA), request.id, 1))
    world.clock.move(MINUTE)
    work = await world.claim(Kind.REFUSALS)
    await world.take_over()
    await count_refusals(helpdesk.process.desk, work)
    again = [line for line in await world.record() if json.loads(line.text)["event"] == "refused again"]
    assert len(again) == 1
