"""Asking for a suspension and for more time, and taking a request back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from approvals.agenda import Kind
from approvals.errors import Later, Never, UnknownRequest
from approvals.model import (
    LOWERED,
    CannotTell,
    ChangesNothing,
    Extend,
    Hindrance,
    Lever,
    News,
    Outcome,
    Request,
    RequestId,
    Source,
    State,
    Suspend,
    WillWork,
)
from approvals.policy import Limit
from approvals.ports import Query, Store, Transaction
from approvals.service import Ask, Asked, AskForMore, Moved, Refused, Service, Unconfirmed
from tests.world.clock import START
from tests.world.faults import Refuse
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, caller
from tests.world.world import Helpdesk, Process, World

HOUR = timedelta(hours=1)
ASK = Ask(caller=caller(HANNA), subject=LEE.id, lasts=None, reason="phone broken", ticket="INC-7")


async def events(world: World) -> list[str]:
    return [json.loads(line.text)["event"] for line in await world.record()]


async def test_a_request_stands_with_its_card_and_its_briefing(world: World, process: Process) -> None:
    asked = await process.service.submit(ASK)
    assert isinstance(asked, Asked)
    assert asked.approvers == (DESK, OMAR, DUTY)
    assert asked.request.action == Suspend(Lever.PER_USER, POLICY.default)
    assert (asked.request.briefing.second_factors, asked.request.briefing.requests_last_day) == (2, 0)
    assert await world.get(asked.request.id) == asked.request
    await process.runner.run_due()
    assert world.chat.card(asked.request.id) == asked.request
    assert await events(world) == ["asked"]
    assert [kind for kind, _ in world.agenda()] == ["lapse", "remind"]


ASKS = ChangesNothing((Hindrance(Source.CONDITIONAL_ACCESS, "All users, all apps"),))
FORECASTS = {
    "will work": WillWork(),
    "cannot tell": CannotTell(("Nobody answered.",), ("All users",)),
    "changes nothing": ASKS,
}


@pytest.mark.parametrize("said", FORECASTS)
async def test_the_briefing_and_the_record_hold_whether_it_would_help(
    world: World, process: Process, said: str
) -> None:
    world.staff.change(LEE, forecast=FORECASTS[said])
    asked = await process.service.submit(replace(ASK, anyway=True))
    assert isinstance(asked, Asked)
    assert (await world.get(asked.request.id)).briefing.forecast == FORECASTS[said]
    [line] = await world.record()
    assert json.loads(line.text)["facts"]["forecast"] == said
    assert "All users" not in line.text


async def test_what_would_change_nothing_is_sent_only_to_who_wants_it_all_the_same(
    world: World, process: Process
) -> None:
    world.staff.change(LEE, forecast=ASKS)
    answer = await process.service.submit(ASK)
    assert isinstance(answer, Unconfirmed)
    assert (answer.refused.rule, answer.forecast, answer.lasts) == ("preflight", ASKS, HOUR)
    assert world.agenda() == []
    assert await events(world) == ["refused"]

    assert isinstance(await process.service.submit(replace(ASK, anyway=True)), Asked)


async def test_security_defaults_refuse_for_good(world: World, process: Process) -> None:
    world.staff.change(LEE, forecast=ChangesNothing((Hindrance(Source.SECURITY_DEFAULTS),)))
    refused = await process.service.submit(replace(ASK, anyway=True))
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.request) == ("security_defaults", 1)
    assert await events(world) == ["refused"]


async def test_a_forecast_that_cannot_be_made_refuses_nobody(world: World, process: Process) -> None:
    world.script.next("forecast", Refuse(Later("Graph is away")))
    asked = await process.service.submit(ASK)
    assert isinstance(asked, Asked)
    forecast = asked.request.briefing.forecast
    assert forecast == CannotTell(("What else asks for MFA could not be read: Graph is away.",))


async def test_of_somebody_who_is_refused_anyway_no_forecast_is_made(world: World, process: Process) -> None:
    world.staff.change(LEE, protected=(("protect.roles", "holds Exchange Administrator"),))
    world.script.next("forecast", Refuse(AssertionError("asked")))
    refused = await process.service.submit(ASK)
    assert isinstance(refused, Refused)
    assert refused.rule == "protect.roles"


async def test_those_who_asked_or_whose_mfa_it_is_are_not_named_as_approvers(
    world: World, process: Process
) -> None:
    world.staff.change(LEE, approver=True)
    asked = await process.service.submit(replace(ASK, caller=caller(DESK)))
    assert isinstance(asked, Asked)
    assert asked.approvers == (OMAR, DUTY)


async def test_long_digit_runs_in_a_reason_are_masked(world: World, process: Process) -> None:
    asked = await process.service.submit(replace(ASK, reason="call +31 6 12345678"))
    assert isinstance(asked, Asked)
    assert "12345678" not in (await world.get(asked.request.id)).reason


@pytest.mark.parametrize(("pattern", "kept"), [(None, "[number]"), ("[0-9]{9}", "312345678")])
async def test_a_ticket_that_could_be_a_number_is_masked_unless_the_policy_knows_it(
    world: World, pattern: str | None, kept: str
) -> None:
    policy = replace(POLICY, ticket=re.compile(pattern) if pattern else None)
    asked = await world.process(policy=policy).service.submit(replace(ASK, ticket="312345678"))
    assert isinstance(asked, Asked)
    assert asked.request.ticket == kept


async def test_a_refusal_changes_nothing_and_is_recorded_under_a_number(
    world: World, process: Process
) -> None:
    world.staff.change(LEE, protected=(("protect.roles", "holds Exchange Administrator"),))
    refused = await process.service.submit(ASK)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.request, refused.at) == ("protect.roles", 1, START)
    assert world.agenda() == []
    [line] = await world.record()
    assert json.loads(line.text)["facts"] == {"to": "suspend", "rule": "protect.roles"}


@pytest.mark.parametrize("who", [LEE, OMAR])
async def test_the_subject_is_not_looked_up_for_somebody_who_may_not_ask(
    world: World, process: Process, who: object
) -> None:
    assert isinstance(who, type(LEE))
    refused = await process.service.submit(replace(ASK, caller=caller(who)))
    assert isinstance(refused, Refused)
    assert refused.rule == "people.requesters"
    assert world.script.names("directory") == ["standing"]
    assert world.script.names("target") == []


async def test_nobody_from_another_workspace_may_ask(world: World, process: Process) -> None:
    refused = await process.service.submit(replace(ASK, caller=caller(HANNA, "T0OTHER")))
    assert isinstance(refused, Refused)
    assert refused.rule == "people"
    [line] = await world.record()
    assert json.loads(line.text)["actor"] == "U0HANNA"


@pytest.mark.parametrize("call", ["standing", "subject", "read", "approvers"])
@pytest.mark.parametrize("error", [Later("504"), Never("403", "Grant User.Read.All.")])
async def test_what_cannot_be_read_is_not_allowed(
    world: World, process: Process, call: str, error: Later | Never
) -> None:
    world.script.next(call, Refuse(error))
    refused = await process.service.submit(ASK)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"
    assert error.why in refused.why
    expected = "Try again in a minute." if isinstance(error, Later) else "Grant User.Read.All."
    assert refused.what_to_do == expected
    assert await events(world) == ["refused"]


async def test_facts_that_took_too_long_are_not_decided_on(world: World, process: Process) -> None:
    async def dawdle() -> None:
        world.clock.move(timedelta(seconds=31))

    world.script.meanwhile("approvers", dawdle)
    refused = await process.service.submit(ASK)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"


async def test_a_second_request_is_told_which_one_is_live(world: World, helpdesk: Helpdesk) -> None:
    first = await helpdesk.active()
    assert world.tenant.value(LEE.id) is LOWERED
    refused = await helpdesk.process.service.submit(replace(ASK, caller=caller(DESK)))
    assert isinstance(refused, Refused)
    assert refused.rule == "one_at_a_time"
    assert first.label in refused.why


@dataclass(frozen=True, slots=True)
class Racing:
    """A store on which somebody else's request commits just after one has looked for it."""

    store: Store

    @asynccontextmanager
    async def transaction(self, *, writes: bool = True) -> AsyncGenerator[Transaction]:
        async with self.store.transaction(writes=writes) as tx:
            yield _Blind(tx)  # type: ignore[misc]  # it is a transaction in all but name

    async def scrub(self) -> None:
        await self.store.scrub()


class _Blind:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)

    async def find(self, query: Query) -> list[Request]:
        assert query
        return []


async def test_the_loser_of_a_race_is_refused_too(helpdesk: Helpdesk) -> None:
    await helpdesk.ask()
    desk = helpdesk.process.desk
    refused = await Service(replace(desk, store=Racing(desk.store))).submit(ASK)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.why) == ("one_at_a_time", "Another request is live for Lee Jansen already.")


async def test_requests_of_one_person_are_limited_over_time(world: World, helpdesk: Helpdesk) -> None:
    process = world.process(policy=replace(POLICY, per_person=Limit(1, HOUR)))
    first = await helpdesk.ask()
    await process.service.withdraw(caller(HANNA), first.id)
    refused = await process.service.submit(ASK)
    assert isinstance(refused, Refused)
    assert refused.rule == "suspend.per_person"
    world.clock.move(HOUR + timedelta(microseconds=1))
    again = await process.service.submit(ASK)
    assert isinstance(again, Asked)
    assert again.request.briefing.requests_last_day == 1


# --- more time -----------------------------------------------------------------------------


async def test_an_extension_is_a_request_of_its_own_that_lapses_with_the_end(
    world: World, helpdesk: Helpdesk
) -> None:
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, timedelta(minutes=30))
    assert more.action == Extend(active.id, timedelta(minutes=30))
    assert (more.lapses_at, more.ticket) == (active.ends_at, "INC-7")
    assert (await world.get(active.id)).ends_at == active.ends_at


async def test_an_undecided_extension_lapses_no_later_than_any_other_request(world: World) -> None:
    hasty = replace(POLICY, timing=replace(POLICY.timing, pending=timedelta(minutes=20)))
    helpdesk = Helpdesk(world, world.process(policy=hasty))
    active = await helpdesk.active()
    more = await helpdesk.ask_for_more(active, HOUR)
    assert more.lapses_at == START + timedelta(minutes=20)


async def test_only_one_extension_is_live(helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    first = await helpdesk.ask_for_more(active, HOUR)
    second = await helpdesk.process.service.extend(
        AskForMore(caller=caller(DESK), of=active.id, by=HOUR, reason="longer")
    )
    assert isinstance(second, Refused)
    assert (second.rule, first.label in second.why) == ("one_at_a_time", True)


async def test_nobody_extends_what_is_not_active(helpdesk: Helpdesk) -> None:
    pending = await helpdesk.ask()
    ask = AskForMore(caller=caller(HANNA), of=pending.id, by=HOUR, reason="longer")
    refused = await helpdesk.process.service.extend(ask)
    assert isinstance(refused, Refused)
    assert refused.rule == "state"


async def test_more_time_than_the_policy_allows_is_refused(helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    ask = AskForMore(caller=caller(HANNA), of=active.id, by=4 * HOUR, reason="longer")
    refused = await helpdesk.process.service.extend(ask)
    assert isinstance(refused, Refused)
    assert refused.rule == "suspend.longest"


async def test_only_requesters_ask_for_more_time(world: World, helpdesk: Helpdesk) -> None:
    active = await helpdesk.active()
    ask = AskForMore(caller=caller(OMAR), of=active.id, by=HOUR, reason="longer")
    refused = await helpdesk.process.service.extend(ask)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.request) == ("people.requesters", active.id)
    assert (await events(world))[-1] == "refused"


async def test_a_number_that_was_never_given_is_unknown(process: Process) -> None:
    ask = AskForMore(caller=caller(HANNA), of=RequestId(99), by=HOUR, reason="longer")
    with pytest.raises(UnknownRequest):
        await process.service.extend(ask)


# --- taking back ---------------------------------------------------------------------------


async def test_a_requester_takes_back_what_is_undecided(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    moved = await helpdesk.process.service.withdraw(caller(HANNA), request.id)
    assert isinstance(moved, Moved)
    assert (moved.request.state, moved.request.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    await world.live(helpdesk.process, timedelta(minutes=1))
    assert world.chat.news("direct") == [News.WITHDRAWN]
    assert world.agenda() == []


async def test_somebody_else_cannot_take_it_back(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask()
    refused = await helpdesk.process.service.withdraw(caller(DESK), request.id)
    assert isinstance(refused, Refused)
    assert refused.rule == "people"
    assert (await world.get(request.id)).state is State.PENDING


async def test_nobody_is_taken_at_their_word_while_the_directory_is_down(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask()
    world.script.next("standing", Refuse(Later("504")))
    refused = await helpdesk.process.service.withdraw(caller(HANNA), request.id)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"


async def test_a_request_that_closed_frees_the_place_for_the_next(world: World, helpdesk: Helpdesk) -> None:
    first = await helpdesk.ask()
    await helpdesk.process.service.withdraw(caller(HANNA), first.id)
    second = await helpdesk.ask()
    assert second.id == first.id + 1
    assert (await world.ordered(second.id, Kind.LAPSE)) is not None
