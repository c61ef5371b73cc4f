"""Deciding: one click counts once, and the deciding one looks at everybody again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.agenda import APPLY_LIMIT, Do, Kind
from approvals.errors import Gone, Later
from approvals.model import (
    LOWERED,
    Approved,
    ChatId,
    News,
    Outcome,
    Person,
    Protection,
    Request,
    State,
)
from approvals.service import Click, Counted, Moved, Refused
from approvals.service.steps import must_take
from tests.world.faults import LoseAnswer, Proceed, Refuse
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, SHY, caller
from tests.world.world import Helpdesk, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def click(helpdesk: Helpdesk, request: Request, who: Person = OMAR) -> Counted | Moved | Refused:
    return await helpdesk.process.service.approve(Click(caller(who), request.id, request.terms))


async def refused(helpdesk: Helpdesk, request: Request, who: Person = OMAR) -> str:
    """Click, be refused, and see that nothing was changed; return the rule."""
    before = await helpdesk.world.get(request.id)
    verdict = await click(helpdesk, request, who)
    assert isinstance(verdict, Refused), verdict
    assert await helpdesk.world.get(request.id) == before
    assert json.loads((await helpdesk.world.record())[-1].text)["facts"]["rule"] == verdict.rule
    return verdict.rule


@pytest.fixture
def two(world: World) -> Helpdesk:
    """A helpdesk under a policy that asks for two approvals."""
    return Helpdesk(world, world.process(policy=replace(POLICY, approvals=2)))


async def test_the_order_to_restore_is_there_before_anything_is_sent(
    world: World, helpdesk: Helpdesk
) -> None:
    moved = await click(helpdesk, await helpdesk.ask())
    assert isinstance(moved, Moved)
    assert (moved.request.state, moved.request.prior) == (State.APPLYING, Protection.ENFORCED)
    restore = await world.ordered(moved.request.id, Kind.RESTORE)
    assert restore is not None
    assert restore.due_at == world.clock.now() + APPLY_LIMIT
    assert world.tenant.writes == []


@pytest.mark.parametrize(
    ("who", "rule"),
    [
        (HANNA, "people.approvers"),
        (DESK, "three_people"),
        (LEE, "three_people"),
        (SHY, "people"),
    ],
)
async def test_only_a_third_person_who_may_decide_decides(
    world: World, helpdesk: Helpdesk, who: Person, rule: str
) -> None:
    request = await helpdesk.ask(DESK)
    world.staff.change(LEE, approver=True)
    assert await refused(helpdesk, request, who) == rule


async def test_a_click_on_other_terms_is_refused(helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    assert await refused(helpdesk, replace(request, terms=2)) == "terms"


async def test_two_approvals_are_two_people(world: World, two: Helpdesk) -> None:
    request = await two.ask()
    first = await click(two, request)
    assert isinstance(first, Counted)
    assert (first.missing, first.request.state) == (1, State.PENDING)
    assert await refused(two, request) == "quorum"
    second = await click(two, request, DUTY)
    assert isinstance(second, Moved)
    assert [approval.by for approval in second.request.approvals] == [OMAR, DUTY]
    assert world.tenant.writes == []


async def test_nobody_else_is_looked_at_before_the_deciding_click(world: World, two: Helpdesk) -> None:
    request = await two.ask()
    world.script.calls.clear()
    await click(two, request)
    assert world.script.names("directory") == ["standing"]
    assert world.script.names("target") == []


def _rebind(world: World) -> None:
    world.staff.change(OMAR, person=replace(OMAR, chat=ChatId("U0NEW")))
    world.staff.change(SHY, person=replace(SHY, chat=OMAR.chat), approver=True)


LEFT: dict[str, Callable[[World], None]] = {
    "left the approvers": lambda world: world.staff.change(OMAR, approver=False),
    "was disabled": lambda world: world.staff.change(OMAR, barred="disabled"),
    "is no longer in the chat": lambda world: world.staff.change(OMAR, person=replace(OMAR, chat=None)),
    "has an account that is another's now": _rebind,
}


@pytest.mark.parametrize("how", LEFT)
async def test_the_approval_of_somebody_who_left_no_longer_counts(
    world: World, two: Helpdesk, how: str
) -> None:
    request = await two.ask()
    await click(two, request)
    LEFT[how](world)
    second = await click(two, request, DUTY)
    assert isinstance(second, Counted)
    assert (second.missing, [approval.by for approval in second.request.approvals]) == (1, [DUTY])
    events = [json.loads(line.text) for line in await world.record()]
    assert [event["facts"] for event in events if event["event"] == "approval no longer counts"] == [
        {"approver": OMAR.id}
    ]
    third = await click(two, request, DESK)
    assert isinstance(third, Moved)
    assert [approval.by for approval in third.request.approvals] == [DUTY, DESK]


async def test_of_several_approvals_those_that_stand_still_count(world: World) -> None:
    three = Helpdesk(world, world.process(policy=replace(POLICY, approvals=3)))
    world.staff.change(SHY, person=replace(SHY, chat=ChatId("U0SHY")), approver=True)
    shy = world.staff[SHY].person
    request = await three.ask()
    await click(three, request)
    await click(three, request, DUTY)
    world.staff.change(OMAR, approver=False)
    counted = await click(three, request, DESK)
    assert isinstance(counted, Counted)
    assert [approval.by for approval in counted.request.approvals] == [DUTY, DESK]
    assert isinstance(await click(three, request, shy), Moved)


async def test_an_approver_whose_account_does_not_exist_any_more_no_longer_counts(
    world: World, two: Helpdesk
) -> None:
    request = await two.ask()
    await click(two, request)
    world.script.next("standing", Proceed(), Proceed(), Refuse(Gone("users_not_found")))
    assert isinstance(await click(two, request, DUTY), Counted)


CHANGED: dict[str, tuple[Callable[[World], object], str]] = {
    "the requester left": (lambda world: world.staff.change(HANNA, requester=False), "people.requesters"),
    "the requester was disabled": (
        lambda world: world.staff.change(HANNA, barred="disabled"),
        "people.requesters",
    ),
    "the requester left the chat": (
        lambda world: world.staff.change(HANNA, person=replace(HANNA, chat=None)),
        "people.requesters",
    ),
    "the subject became an administrator": (
        lambda world: world.staff.change(LEE, protected=(("protect.roles", "holds a role"),)),
        "protect.roles",
    ),
    "the subject's roles cannot be read": (
        lambda world: world.staff.change(LEE, unreadable=("roles",)),
        "protect",
    ),
    "the subject was disabled": (lambda world: world.staff.change(LEE, enabled=False), "subject"),
    "MFA is off by now": (lambda world: world.tenant.write(LEE.id, LOWERED), "suspend"),
    "the prior value cannot be named": (
        lambda world: world.script.next("read", Refuse(Later("an unknown value"))),
        "facts",
    ),
    "the approver left": (lambda world: world.staff.change(OMAR, approver=False), "people.approvers"),
    "the directory is down": (lambda world: world.script.next("subject", Refuse(Later("504"))), "facts"),
}


@pytest.mark.parametrize("what", CHANGED)
async def test_what_changed_since_the_request_was_made_decides(
    world: World, helpdesk: Helpdesk, what: str
) -> None:
    change, rule = CHANGED[what]
    request = await helpdesk.ask()
    change(world)
    assert await refused(helpdesk, request) == rule
    assert world.tenant.value(SHY.id) is Protection.ENFORCED
    assert await world.ordered(request.id, Kind.APPLY) is None


async def test_a_requester_without_an_account_in_the_chat_is_not_taken_for_the_approver(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    await world.put(replace(request, requester=replace(SHY, chat=None)))
    world.staff.change(OMAR, requester=True)
    assert await refused(helpdesk, request) == "people.requesters"


async def test_the_state_is_judged_under_the_lock_when_it_moved_meanwhile(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()

    async def withdraw() -> None:
        await helpdesk.process.service.withdraw(caller(HANNA), request.id)

    world.script.meanwhile("subject", withdraw)
    verdict = await click(helpdesk, request)
    assert isinstance(verdict, Refused)
    assert (verdict.rule, "withdrawn" in verdict.why) == ("state", True)


async def test_two_deciding_clicks_at_once_count_both(world: World, two: Helpdesk) -> None:
    request = await two.ask()

    async def other() -> None:
        assert isinstance(await click(two, request, DUTY), Counted)

    world.script.meanwhile("standing", other)
    verdict = await click(two, request)
    assert isinstance(verdict, Moved)
    assert {approval.by.id for approval in verdict.request.approvals} == {OMAR.id, DUTY.id}


async def test_facts_that_aged_while_clicking_are_gathered_again(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()

    async def dawdle() -> None:
        world.clock.move(timedelta(seconds=31))

    world.script.meanwhile("read", dawdle)
    assert isinstance(await click(helpdesk, request), Moved)
    assert world.script.names("directory").count("subject") == 3


async def test_after_three_tries_the_clicker_is_asked_to_look_again(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()

    async def dawdle() -> None:
        world.clock.move(timedelta(seconds=31))

    world.script.meanwhile("read", dawdle, dawdle, dawdle)
    assert await refused(helpdesk, request) == "state"


async def test_an_approval_whose_commit_was_not_answered_counts_once(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    world.script.next("transaction", Proceed(), LoseAnswer())
    with pytest.raises(Later):
        await click(helpdesk, request)
    assert await refused(helpdesk, request) == "state"
    assert len((await world.get(request.id)).approvals) == 1


# --- no ------------------------------------------------------------------------------------


async def test_a_no_closes_the_request_with_its_reason(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    click = Click(caller(OMAR), request.id, request.terms)
    moved = await helpdesk.process.service.deny(click, "call 0612345678 first")
    assert isinstance(moved, Moved)
    assert (moved.request.outcome, moved.request.closed_by) == (Outcome.DENIED, OMAR)
    assert "0612345678" not in moved.request.note
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("direct") == world.chat.news("line") == [News.DENIED]
    assert world.agenda() == []


async def test_an_approver_may_think_again(world: World, two: Helpdesk) -> None:
    request = await two.ask()
    await click(two, request)
    moved = await two.process.service.deny(Click(caller(OMAR), request.id, 1), "on second thought")
    assert isinstance(moved, Moved)
    assert (await world.get(request.id)).outcome is Outcome.DENIED


@pytest.mark.parametrize("who", [HANNA, DESK])
async def test_a_no_of_somebody_who_may_not_decide_is_refused(
    world: World, helpdesk: Helpdesk, who: Person
) -> None:
    request = await helpdesk.ask(DESK)
    verdict = await helpdesk.process.service.deny(Click(caller(who), request.id, 1), "no")
    assert isinstance(verdict, Refused)
    assert (await world.get(request.id)).state is State.PENDING


async def test_a_no_is_not_taken_from_somebody_who_cannot_be_looked_up(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    world.script.next("standing", Refuse(Later("504")))
    verdict = await helpdesk.process.service.deny(Click(caller(OMAR), request.id, 1), "no")
    assert isinstance(verdict, Refused)
    assert verdict.rule == "facts"


# --- extensions ----------------------------------------------------------------------------


async def test_an_approved_extension_moves_the_end_and_the_timers_together(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, timedelta(minutes=30))
    decided = await helpdesk.approve(more)
    assert (decided.state, decided.outcome) == (State.CLOSED, Outcome.DONE)
    ends_at = (await world.get(active.id)).ends_at
    restore = await world.ordered(active.id, Kind.RESTORE)
    assert active.ends_at is not None
    assert restore is not None
    assert ends_at == restore.due_at == active.ends_at + timedelta(minutes=30)
    await world.live(helpdesk.process, timedelta(minutes=89))
    assert world.tenant.value(LEE.id) is LOWERED
    await world.live(helpdesk.process, MINUTE)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_extension_approved_while_its_restore_is_claimed_comes_too_late(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    verdicts: list[Counted | Moved | Refused] = []

    async def approve() -> None:
        verdicts.append(await click(helpdesk, more))

    world.script.meanwhile("put_back", approve)
    await world.live(helpdesk.process, HOUR)
    [verdict] = verdicts
    assert isinstance(verdict, Refused)
    assert (await world.get(more.id)).outcome is Outcome.LAPSED
    assert (await world.get(active.id)).outcome is Outcome.RESTORED


async def test_a_restore_that_was_claimed_gives_way_to_an_extension_that_committed_first(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    world.clock.move(HOUR - timedelta(seconds=1))
    assert isinstance(await click(helpdesk, more), Moved)
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(active.id)).state is State.ACTIVE
    assert world.tenant.value(LEE.id) is LOWERED


async def test_an_extension_approved_between_the_claim_and_its_look_takes_the_work_away(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    await world.live(helpdesk.process, timedelta(minutes=59))
    earlier = world.clock.now()

    async def approve_in_time() -> None:
        # The other process's clock is a moment behind: its approval commits before the look.
        world.clock.move(earlier - world.clock.now())
        assert isinstance(await click(helpdesk, more), Moved)
        world.clock.move(MINUTE)

    world.clock.move(MINUTE)
    world.script.meanwhile("transaction", _nothing, approve_in_time)
    await helpdesk.process.runner.run_due()
    assert (await world.get(active.id)).state is State.ACTIVE
    assert world.tenant.value(LEE.id) is LOWERED


async def _nothing() -> None:
    """Let the claim itself through."""


async def test_at_the_very_end_an_extension_comes_too_late(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    world.clock.move(HOUR)
    verdict = await click(helpdesk, more)
    assert isinstance(verdict, Refused)
    assert (await world.get(active.id)).ends_at == active.ends_at


async def test_a_pending_extension_lapses_when_the_suspension_is_ended_early(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    await helpdesk.process.service.restore(caller(OMAR), active.id)
    lapsed = await world.get(more.id)
    assert (lapsed.outcome, lapsed.note) == (Outcome.LAPSED, f"{active.label} is over")


async def test_an_extension_is_not_approved_for_a_subject_who_became_protected(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    world.staff.change(LEE, protected=(("protect.roles", "holds a role"),))
    assert await refused(helpdesk, more) == "protect.roles"
    assert (await world.get(active.id)).ends_at == active.ends_at


# --- steps ---------------------------------------------------------------------------------


async def test_a_step_that_cannot_be_out_of_turn_commits_nothing_when_it_is(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    await helpdesk.process.service.withdraw(caller(HANNA), request.id)
    desk = helpdesk.process.desk

    async def too_late() -> None:
        async with desk.store.transaction() as tx:
            await tx.order(request.id, Do(kind=Kind.RESTORE, due_at=tx.now))
            await must_take(desk, tx, await tx.lock(request.id), Approved(OMAR))

    with pytest.raises(RuntimeError, match="out of turn"):
        await too_late()
    assert await world.ordered(request.id, Kind.RESTORE) is None
