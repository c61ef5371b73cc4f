"""Changes that stay: asked for, decided, made step by step, and the number that is erased at every end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from approvals.agenda import APPLY_LIMIT, Do, Drop, Kind
from approvals.errors import Gone, Later, Never
from approvals.machine import OutOfTurn, Step, step
from approvals.model import (
    ActionKind,
    Confirmed,
    EnableMfa,
    EndNow,
    EndReached,
    LeftOpen,
    Made,
    News,
    OneShot,
    Outcome,
    PhoneNumber,
    Protection,
    Rejected,
    Relatch,
    Request,
    RequestId,
    SetUp,
    State,
    clashing,
)
from approvals.policy import Limit
from approvals.ports import Query, Store, SubjectFacts, Transaction, Whereabouts
from approvals.record import reason_digest
from approvals.service import Ask, AskChange, Asked, Click, Moved, Refused, Revealed, Service
from approvals.work.changing import change
from tests.world.clock import START
from tests.world.faults import Delay, LoseAnswer, Refuse
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, SHY, caller
from tests.world.requests import DEFAULT, ENABLE, PENDING, PHONE, SET_UP
from tests.world.rows import Rows
from tests.world.world import Helpdesk, Process, World

NUMBER = PhoneNumber("+31 612345678")
MINUTE = timedelta(minutes=1)
ALL = [PHONE, DEFAULT, ENABLE, SET_UP]
numberless = pytest.mark.parametrize("action", [DEFAULT, ENABLE])
every = pytest.mark.parametrize("action", ALL, ids=["phone", "default", "enable", "set up"])


def number_of(action: OneShot) -> PhoneNumber | None:
    return NUMBER if action in {PHONE, SET_UP} else None


def wish(action: OneShot, **changes: object) -> AskChange:
    asked = AskChange(
        caller=caller(HANNA), subject=LEE.id, action=action, reason="new phone", number=number_of(action)
    )
    return replace(asked, **changes)  # type: ignore[arg-type]  # names are the fields'


@pytest.fixture
def world(world: World) -> World:
    world.tenant.initial[LEE.id] = Protection.DISABLED
    return world


def kept(world: World) -> list[str]:
    with Rows(world.database.engine.url) as rows:
        return [number for (number,) in rows("select number from number_to_set")]


def is_so(world: World, action: OneShot) -> bool:
    phone = world.tenant.phones.get((LEE.id, PHONE.place)) == NUMBER.written
    default = world.tenant.defaults.get(LEE.id) is DEFAULT.method
    enabled = world.tenant.value(LEE.id) is Protection.ENABLED
    return {PHONE: phone, DEFAULT: default, ENABLE: enabled, SET_UP: phone and default and enabled}[action]


# --- a number --------------------------------------------------------------------------------


def test_a_number_is_masked_however_it_is_printed() -> None:
    assert [str(NUMBER), repr(NUMBER), f"{NUMBER}", NUMBER.masked] == ["·· ··78"] * 4
    assert repr(PhoneNumber("+31 201234567x123")) == "·· ··67"
    assert "612345678" not in repr(wish(PHONE))


# --- asking and deciding ---------------------------------------------------------------------


@every
async def test_a_change_is_asked_for_approved_made_and_told(
    world: World, helpdesk: Helpdesk, action: OneShot
) -> None:
    request = await helpdesk.changing(action, number_of(action))
    assert request.state is State.APPLYING
    assert not request.lowers
    await helpdesk.process.runner.run_due()
    done = await world.get(request.id)
    assert (done.state, done.outcome) == (State.CLOSED, Outcome.DONE)
    assert is_so(world, action)
    assert kept(world) == []
    told = {post.to for post in world.chat.of("direct") if post.notice and post.notice.news is News.DONE}
    assert told == {HANNA.chat, LEE.chat}
    await world.live(helpdesk.process, MINUTE)
    assert world.agenda() == []


async def test_the_record_names_what_is_set_and_never_a_number(world: World, helpdesk: Helpdesk) -> None:
    await helpdesk.changing(SET_UP, NUMBER)
    await helpdesk.process.runner.run_due()
    texts = [line.text for line in await world.record()]
    assert '"phone":"mobile"' in texts[0]
    assert '"default":"sms"' in texts[0]
    assert '"state":"enabled"' in texts[0]
    made = [text for text in texts if "client_request_id" in text]
    assert len(made) == 3
    everything = "".join(texts)
    assert "612345678" not in everything
    assert reason_digest(NUMBER.written) not in everything


@every
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"caller": caller(OMAR)}, "people.requesters"),
        ({"subject": HANNA.id}, "three_people"),
        ({"reason": " "}, "reason"),
    ],
)
async def test_who_may_not_ask_is_refused(
    process: Process, action: OneShot, changes: dict[str, object], rule: str
) -> None:
    refused = await process.service.ask_change(wish(action, **changes))
    assert isinstance(refused, Refused)
    assert refused.rule == rule


async def test_a_default_method_needs_no_reason(process: Process) -> None:
    assert isinstance(await process.service.ask_change(wish(DEFAULT, reason="")), Asked)


@every
async def test_protected_people_are_refused(world: World, process: Process, action: OneShot) -> None:
    world.staff.change(LEE, protected=(("protect.roles", "holds a role"),))
    refused = await process.service.ask_change(wish(action))
    assert isinstance(refused, Refused)
    assert refused.rule == "protect.roles"
    assert kept(world) == []


@pytest.mark.parametrize(
    ("action", "off", "table"),
    [
        (PHONE, {"phone": None}, "phone"),
        (DEFAULT, {"default_method": None}, "default_method"),
        (ENABLE, {"enable": None}, "enable"),
        (SET_UP, {"default_method": None}, "default_method"),
    ],
)
async def test_what_has_no_table_is_off(
    world: World, action: OneShot, off: dict[str, None], table: str
) -> None:
    process = world.process(policy=replace(POLICY, **off))  # type: ignore[arg-type]  # names are the fields'
    refused = await process.service.ask_change(wish(action))
    assert isinstance(refused, Refused)
    assert refused.rule == table


async def test_an_approval_is_refused_when_the_feature_was_turned_off(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask_change(ENABLE)
    later = world.process("later", replace(POLICY, enable=None))
    refused = await later.service.approve(Click(caller(OMAR), request.id, 1))
    assert isinstance(refused, Refused)
    assert refused.rule == "enable"


async def test_each_kind_has_its_own_quorum_and_all_at_once_the_highest(world: World) -> None:
    policy = replace(POLICY, phone=2, default_method=1, enable=3)
    needed = [policy.needed(kind) for kind in (ActionKind.PHONE, ActionKind.DEFAULT, ActionKind.ENABLE)]
    assert needed == [2, 1, 3]
    assert policy.needed(ActionKind.SET_UP) == 3
    asked = await world.process(policy=policy).service.ask_change(wish(SET_UP))
    assert isinstance(asked, Asked)
    assert asked.request.needed == 3
    with pytest.raises(ValueError, match="at least one approval"):
        replace(POLICY, phone=0)


async def test_the_limit_counts_each_action_apart(world: World) -> None:
    process = world.process(policy=replace(POLICY, per_person=Limit(1, timedelta(days=1))))
    assert isinstance(await process.service.ask_change(wish(PHONE)), Asked)
    again = await process.service.ask_change(wish(PHONE, subject=SHY.id))
    assert isinstance(again, Refused)
    assert again.rule == "suspend.per_person"
    assert isinstance(await process.service.ask_change(wish(DEFAULT)), Asked)


@pytest.mark.parametrize(
    ("first", "second"),
    [(PHONE, PHONE), (PHONE, SET_UP), (SET_UP, DEFAULT), (ENABLE, SET_UP), (SET_UP, ENABLE)],
)
async def test_what_sets_some_of_the_same_waits_for_the_other(
    helpdesk: Helpdesk, first: OneShot, second: OneShot
) -> None:
    live = await helpdesk.ask_change(first, number_of(first))
    refused = await helpdesk.process.service.ask_change(wish(second))
    assert isinstance(refused, Refused)
    assert refused.rule == "one_at_a_time"
    assert live.label in refused.why


async def test_a_phone_and_a_default_method_can_be_asked_for_side_by_side(helpdesk: Helpdesk) -> None:
    await helpdesk.ask_change(PHONE, NUMBER)
    await helpdesk.ask_change(DEFAULT)


async def test_mfa_is_not_turned_on_while_a_suspension_is_live(world: World, helpdesk: Helpdesk) -> None:
    world.tenant.initial[LEE.id] = Protection.ENFORCED
    live = await helpdesk.active()
    for action in (ENABLE, SET_UP):
        refused = await helpdesk.process.service.ask_change(wish(action))
        assert isinstance(refused, Refused)
        assert (refused.rule, live.label in refused.why) == ("one_at_a_time", True)


async def test_a_suspension_is_not_asked_for_while_mfa_is_being_turned_on(helpdesk: Helpdesk) -> None:
    await helpdesk.ask_change(ENABLE)
    ask = Ask(caller=caller(HANNA), subject=LEE.id, lasts=None, reason="phone broken")
    refused = await helpdesk.process.service.submit(ask)
    assert isinstance(refused, Refused)
    assert refused.rule == "one_at_a_time"


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


@pytest.mark.parametrize("second", [ENABLE, SET_UP])
async def test_the_loser_of_a_race_is_refused_too(helpdesk: Helpdesk, second: OneShot) -> None:
    await helpdesk.ask_change(ENABLE)
    desk = helpdesk.process.desk
    refused = await Service(replace(desk, store=Racing(desk.store))).ask_change(wish(second))
    assert isinstance(refused, Refused)
    assert refused.rule == "one_at_a_time"


async def test_mfa_that_is_on_already_is_refused(world: World, process: Process) -> None:
    world.tenant.initial[LEE.id] = Protection.ENFORCED
    refused = await process.service.ask_change(wish(ENABLE))
    assert isinstance(refused, Refused)
    assert refused.rule == "enable"
    assert isinstance(await process.service.ask_change(wish(SET_UP)), Asked)


async def test_remarks_reach_the_card_with_numbers_masked(process: Process) -> None:
    asked = await process.service.ask_change(wish(PHONE, remarks=("call +31 612345678", "fine")))
    assert isinstance(asked, Asked)
    assert asked.request.briefing.remarks == ("call [number]", "fine")


# --- before it is asked ----------------------------------------------------------------------


async def test_whoever_may_ask_is_told_who_it_is_about(process: Process) -> None:
    found = await process.service.consider(caller(HANNA), LEE.id, ActionKind.PHONE)
    assert isinstance(found, SubjectFacts)
    assert found.person == LEE


async def test_whoever_may_not_ask_learns_nothing_and_it_is_on_record(world: World, process: Process) -> None:
    world.staff.change(LEE, protected=(("protect.users", "is named"),))
    refused = await process.service.consider(caller(HANNA), LEE.id, ActionKind.PHONE)
    assert isinstance(refused, Refused)
    assert refused.rule == "protect.users"
    outsider = await process.service.consider(caller(SHY), LEE.id, ActionKind.PHONE)
    assert isinstance(outsider, Refused)
    assert [line.text.count('"refused"') for line in await world.record()] == [1, 1]


async def test_the_steps_for_an_app_are_sent_and_on_record(world: World, process: Process) -> None:
    assert await process.service.guide(caller(HANNA), LEE.id) == LEE
    await process.runner.run_due()
    assert world.chat.guided == [LEE.chat]
    assert [line.text.count('"guide ordered"') for line in await world.record()] == [1]


async def test_somebody_without_an_account_is_sent_nothing(world: World, process: Process) -> None:
    assert await process.service.guide(caller(HANNA), SHY.id) == SHY
    assert world.agenda() == []


async def test_the_steps_are_not_sent_for_whoever_may_not_ask(world: World, process: Process) -> None:
    assert isinstance(await process.service.guide(caller(SHY), LEE.id), Refused)
    assert world.agenda() == []


async def test_steps_for_an_account_that_is_gone_are_forgotten(world: World, process: Process) -> None:
    world.script.next("guide", Refuse(Gone("user_not_found")))
    await process.service.guide(caller(HANNA), LEE.id)
    await process.runner.run_due()
    assert (world.agenda(), world.chat.guided) == ([], [])


async def test_a_wish_of_an_outsider_is_refused(process: Process) -> None:
    refused = await process.service.ask_change(wish(PHONE, caller=caller(SHY)))
    assert isinstance(refused, Refused)


# --- instead of another ----------------------------------------------------------------------


async def test_one_request_takes_the_place_of_another(world: World, helpdesk: Helpdesk) -> None:
    first = await helpdesk.ask_change(ENABLE)
    asked = await helpdesk.process.service.ask_change(wish(SET_UP, instead_of=first.id))
    assert isinstance(asked, Asked)
    assert (await world.get(first.id)).outcome is Outcome.WITHDRAWN
    assert (await world.get(asked.request.id)).state is State.PENDING


async def test_only_ones_own_undecided_request_about_the_same_person_is_taken_back(
    world: World, helpdesk: Helpdesk
) -> None:
    first = await helpdesk.ask_change(ENABLE)
    service = helpdesk.process.service
    others = await service.ask_change(wish(SET_UP, caller=caller(DESK), instead_of=first.id))
    elsewhere = await service.ask_change(wish(SET_UP, subject=SHY.id, instead_of=first.id))
    assert isinstance(others, Refused)
    assert isinstance(elsewhere, Refused)
    assert (await world.get(first.id)).state is State.PENDING


async def test_facts_that_are_too_old_take_nothing_back(world: World, helpdesk: Helpdesk) -> None:
    first = await helpdesk.ask_change(ENABLE)

    async def dawdle() -> None:
        world.clock.move(MINUTE)

    world.script.meanwhile("approvers", dawdle)
    refused = await helpdesk.process.service.ask_change(wish(SET_UP, instead_of=first.id))
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"
    assert (await world.get(first.id)).state is State.PENDING


# --- the number ------------------------------------------------------------------------------


async def test_an_approver_is_shown_the_number_on_record(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(PHONE, NUMBER)
    shown = await helpdesk.process.service.show_number(Click(caller(OMAR), request.id, 1))
    assert isinstance(shown, Revealed)
    assert shown.number == NUMBER
    last = (await world.record())[-1].text
    assert '"number shown"' in last
    assert OMAR.id in last
    assert "612345678" not in last


@pytest.mark.parametrize(("who", "rule"), [(HANNA, "three_people"), (SHY, "people")])
async def test_nobody_else_is_shown_it(helpdesk: Helpdesk, who: object, rule: str) -> None:
    request = await helpdesk.ask_change(PHONE, NUMBER)
    clicker = HANNA if who == HANNA else SHY
    refused = await helpdesk.process.service.show_number(Click(caller(clicker), request.id, 1))
    assert isinstance(refused, Refused)
    assert refused.rule == rule


async def test_there_is_no_number_to_show_where_none_is_set(helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(ENABLE)
    refused = await helpdesk.process.service.show_number(Click(caller(OMAR), request.id, 1))
    assert isinstance(refused, Refused)
    assert "no number" in refused.why


async def test_a_number_is_not_shown_while_nobody_can_be_looked_up(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(PHONE, NUMBER)
    world.script.next("standing", Refuse(Later("503")))
    refused = await helpdesk.process.service.show_number(Click(caller(OMAR), request.id, 1))
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"


End = Callable[[World, Helpdesk, Request], Awaitable[object]]


async def denied(_: World, helpdesk: Helpdesk, request: Request) -> None:
    await helpdesk.process.service.deny(Click(caller(OMAR), request.id, 1), "no")


async def withdrawn(_: World, helpdesk: Helpdesk, request: Request) -> None:
    await helpdesk.process.service.withdraw(caller(HANNA), request.id)


async def lapsed(world: World, helpdesk: Helpdesk, _: Request) -> None:
    await world.live(helpdesk.process, POLICY.timing.pending)


async def failed(world: World, helpdesk: Helpdesk, request: Request) -> None:
    world.script.next("make", Refuse(Never("400")))
    await helpdesk.approve(request)


async def done(_: World, helpdesk: Helpdesk, request: Request) -> None:
    await helpdesk.approve(request)


async def replaced(_: World, helpdesk: Helpdesk, request: Request) -> None:
    await helpdesk.process.service.ask_change(wish(DEFAULT, instead_of=request.id))


@pytest.mark.parametrize("action", [PHONE, SET_UP])
@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (denied, Outcome.DENIED),
        (withdrawn, Outcome.WITHDRAWN),
        (lapsed, Outcome.LAPSED),
        (failed, Outcome.FAILED),
        (done, Outcome.DONE),
        (replaced, Outcome.WITHDRAWN),
    ],
)
async def test_the_number_is_erased_however_it_ends(
    helpdesk: Helpdesk, action: OneShot, end: End, outcome: Outcome
) -> None:
    world = helpdesk.world
    request = await helpdesk.ask_change(action, NUMBER)
    assert kept(world) == [NUMBER.written]
    await end(world, helpdesk, request)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is outcome
    assert kept(world) == []
    assert "scrub" in world.script.names("store")


async def test_a_number_in_use_is_scrubbed_later(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(PHONE, NUMBER)
    world.script.next("scrub", Refuse(Later("in use")))
    await withdrawn(world, helpdesk, request)
    await helpdesk.process.runner.run_due()
    assert ("erase", request.id) in world.agenda()
    await world.live(helpdesk.process, MINUTE)
    assert ("erase", request.id) not in world.agenda()


# --- making ----------------------------------------------------------------------------------


@every
async def test_a_change_that_is_so_already_is_not_written(
    world: World, helpdesk: Helpdesk, action: OneShot
) -> None:
    request = await helpdesk.ask_change(action, number_of(action))
    world.tenant.phones[LEE.id, PHONE.place] = NUMBER.written
    world.tenant.defaults[LEE.id] = DEFAULT.method
    world.tenant.write(LEE.id, Protection.ENFORCED)
    await helpdesk.approve(request)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is Outcome.DONE
    assert "make" not in world.script.names("registrar")


async def test_a_write_that_is_not_answered_is_repeated(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("make", Refuse(Later("503")), Refuse(Never("400 already there")), LoseAnswer())
    request = await helpdesk.changing(PHONE, NUMBER)
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(request.id)).outcome is Outcome.DONE
    assert world.script.names("registrar").count("make") == 3


async def test_a_read_that_lags_is_waited_for(world: World, helpdesk: Helpdesk) -> None:
    world.script.next("make", Delay(timedelta(seconds=30)))
    request = await helpdesk.changing(ENABLE)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(helpdesk.process, 2 * MINUTE)
    assert (await world.get(request.id)).outcome is Outcome.DONE


async def test_a_write_that_no_read_shows_is_said_so_and_tried_again(
    world: World, helpdesk: Helpdesk
) -> None:
    async def undo() -> None:
        world.tenant.phones.clear()

    await helpdesk.changing(PHONE, NUMBER)
    world.script.meanwhile("look", _nothing, undo)
    await helpdesk.process.runner.run_due()
    work = await world.ordered(RequestId(1), Kind.CHANGE)
    assert work is not None
    assert "still shows mobile" in work.last_error
    await world.live(helpdesk.process, MINUTE)
    assert world.tenant.phones


async def _nothing() -> None:
    """Do nothing in between."""


@numberless
async def test_what_is_refused_at_the_first_attempt_has_failed(
    world: World, helpdesk: Helpdesk, action: OneShot
) -> None:
    world.script.next("make", Refuse(Never("403", "grant it")))
    request = await helpdesk.changing(action)
    await helpdesk.process.runner.run_due()
    closed = await world.get(request.id)
    assert (closed.outcome, closed.note) == (Outcome.FAILED, "403; grant it")
    await world.live(helpdesk.process, MINUTE)
    assert world.agenda() == []


async def test_after_ten_minutes_it_has_failed_with_what_the_last_read_showed(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.always("make", Refuse(Later("503")))
    request = await helpdesk.changing(PHONE, NUMBER)
    await world.live(helpdesk.process, APPLY_LIMIT - MINUTE)
    assert (await world.get(request.id)).state is State.APPLYING
    await world.live(helpdesk.process, 3 * MINUTE)
    closed = await world.get(request.id)
    assert closed.outcome is Outcome.FAILED
    assert "not done in time: a read shows mobile" in closed.note


async def test_what_nobody_can_read_after_ten_minutes_has_failed_too(
    world: World, helpdesk: Helpdesk
) -> None:
    world.script.always("look", Refuse(Later("503")))
    request = await helpdesk.changing(ENABLE)
    await world.live(helpdesk.process, APPLY_LIMIT + 2 * MINUTE)
    closed = await world.get(request.id)
    assert closed.outcome is Outcome.FAILED
    assert "what is there is not known: 503" in closed.note


async def test_a_change_that_came_through_at_last_is_done(world: World, helpdesk: Helpdesk) -> None:
    world.script.always("make", Refuse(Later("503")))
    request = await helpdesk.changing(ENABLE)
    await helpdesk.process.runner.run_due()
    world.clock.move(APPLY_LIMIT + MINUTE)
    world.tenant.write(LEE.id, Protection.ENABLED)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is Outcome.DONE


async def test_the_subject_is_looked_at_once_more_before_it_is_sent(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.changing(PHONE, NUMBER)
    world.staff.change(LEE, protected=(("protect.roles", "holds a role"),))
    await helpdesk.process.runner.run_due()
    closed = await world.get(request.id)
    assert closed.outcome is Outcome.FAILED
    assert "protected" in closed.note
    assert world.tenant.phones == {}


async def test_an_account_that_is_gone_ends_it(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.changing(PHONE, NUMBER)
    world.tenant.elsewhere[LEE.id] = Whereabouts.NOWHERE
    await helpdesk.process.runner.run_due()
    closed = await world.get(request.id)
    assert (closed.outcome, closed.note) == (Outcome.FAILED, "the account does not exist any more")


async def test_an_account_that_goes_while_it_is_written_ends_it_too(world: World, helpdesk: Helpdesk) -> None:
    async def leave() -> None:
        world.tenant.elsewhere[LEE.id] = Whereabouts.DELETED

    request = await helpdesk.changing(PHONE, NUMBER)
    world.script.meanwhile("make", leave)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is Outcome.FAILED


async def test_the_first_failure_stops_and_says_what_is_done(world: World, helpdesk: Helpdesk) -> None:
    async def refuse_the_rest() -> None:
        world.script.always("make", Refuse(Never("403")))

    world.script.meanwhile("make", _nothing, refuse_the_rest)
    request = await helpdesk.changing(SET_UP, NUMBER)
    await helpdesk.process.runner.run_due()
    closed = await world.get(request.id)
    assert closed.outcome is Outcome.FAILED
    assert isinstance(closed.action, SetUp)
    assert closed.action.made == 1
    assert world.tenant.phones
    assert world.tenant.value(LEE.id) is Protection.DISABLED
    await world.live(helpdesk.process, MINUTE)
    assert News.STEP_MADE in world.chat.news("line")


async def test_a_slow_look_sends_nothing(world: World, helpdesk: Helpdesk) -> None:
    async def dawdle() -> None:
        world.clock.move(timedelta(seconds=40))

    world.script.meanwhile("subject", *[_nothing] * 2, dawdle)
    request = await helpdesk.changing(PHONE, NUMBER)
    await helpdesk.process.runner.tick()
    await helpdesk.process.runner.idle()
    assert world.script.names("registrar") == ["look"]
    await world.live(helpdesk.process, MINUTE)
    assert (await world.get(request.id)).outcome is Outcome.DONE


class Slow:
    """A monotonic clock that goes through *seconds* in turn."""

    def __init__(self, world: World, *seconds: float) -> None:
        self.now = world.clock.now
        self._seconds = iter(seconds)

    def monotonic(self) -> float:
        return next(self._seconds)


async def test_a_slow_commit_sends_nothing(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.changing(PHONE, NUMBER)
    work = await world.claim(Kind.CHANGE)
    desk = replace(helpdesk.process.desk, clock=Slow(world, 0, 0, 31))
    with pytest.raises(Later, match="writing it down"):
        await change(desk, work, request.id)
    assert "make" not in world.script.names("registrar")


async def test_a_claim_that_has_passed_to_another_does_nothing(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.changing(PHONE, NUMBER)
    work = await world.claim(Kind.CHANGE)
    await world.take_over()
    await change(helpdesk.process.desk, work, request.id)
    assert (await world.get(request.id)).outcome is Outcome.DONE
    assert world.script.names("registrar").count("make") == 1


@pytest.mark.parametrize("call", ["subject", "make", "look"])
async def test_a_claim_that_is_lost_on_the_way_changes_nothing_twice(
    world: World, helpdesk: Helpdesk, call: str
) -> None:
    request = await helpdesk.changing(PHONE, NUMBER)
    world.script.meanwhile(call, world.take_over)
    await helpdesk.process.runner.run_due()
    assert (await world.get(request.id)).outcome is Outcome.DONE
    await world.live(helpdesk.process, MINUTE)
    assert world.chat.news("line").count(News.DONE) == 1


async def test_work_that_outlived_its_request_is_removed(world: World, helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(PHONE, NUMBER)
    async with world.store.transaction() as tx:
        await tx.order(request.id, Do(kind=Kind.CHANGE, due_at=tx.now))
    await helpdesk.process.runner.run_due()
    assert ("change", request.id) not in world.agenda()
    assert (await world.get(request.id)).state is State.PENDING


# --- the machine, where only a bug leads -----------------------------------------------------


def test_what_belongs_to_suspensions_is_out_of_turn_for_a_change() -> None:
    applying = replace(PENDING, action=ENABLE, state=State.APPLYING)
    for event in (Confirmed(), LeftOpen("x"), EndReached(), EndNow(Relatch())):
        assert isinstance(step(applying, event, START, POLICY), OutOfTurn), event


def test_what_belongs_to_changes_is_out_of_turn_for_others() -> None:
    for request in (replace(PENDING, state=State.APPLYING), replace(PENDING, action=ENABLE)):
        assert isinstance(step(request, Made("x"), START, POLICY), OutOfTurn)


def test_a_failure_takes_the_work_back() -> None:
    applying = replace(PENDING, action=ENABLE, state=State.APPLYING)
    taken = step(applying, Rejected("403"), START, POLICY)
    assert isinstance(taken, Step)
    assert any(isinstance(one, Drop) and Kind.CHANGE in one.kinds for one in taken.orders)


def test_everything_at_once_clashes_with_each_of_its_parts() -> None:
    parts = {ActionKind.PHONE, ActionKind.DEFAULT, ActionKind.ENABLE}
    assert parts < clashing(ActionKind.SET_UP)
    assert ActionKind.SUSPEND in clashing(ActionKind.ENABLE)
    assert clashing(ActionKind.EXTEND) == {ActionKind.EXTEND}


async def test_a_change_cannot_be_restored(helpdesk: Helpdesk) -> None:
    request = await helpdesk.ask_change(EnableMfa(Protection.ENFORCED))
    refused = await helpdesk.process.service.restore(caller(HANNA), request.id)
    assert isinstance(refused, Refused)
    assert "no suspension" in refused.why


async def test_a_slip_waits_for_mfa_that_is_being_turned_on(world: World, helpdesk: Helpdesk) -> None:
    """The restore's last look finds a change being applied: it looks again when that is over."""
    world.tenant.initial[LEE.id] = Protection.ENABLED
    suspended = await helpdesk.active(lasts=MINUTE)
    await world.live(helpdesk.process, 2 * MINUTE)
    assert (await world.get(suspended.id)).outcome is Outcome.RESTORED
    world.script.always("make", Refuse(Later("503")))
    changing = await helpdesk.changing(EnableMfa(Protection.ENFORCED))
    await helpdesk.process.runner.run_due()
    world.tenant.write(LEE.id, Protection.DISABLED)
    verify = await world.ordered(suspended.id, Kind.VERIFY)
    assert verify is not None
    world.clock.move_to(verify.due_at)
    world.script.always("look", Refuse(Later("503")))
    process = world.process("other")
    work = await world.claim(Kind.VERIFY)
    await process.runner._performers[Kind.VERIFY](work)  # noqa: SLF001  # this one alone
    again = await world.ordered(suspended.id, Kind.VERIFY)
    assert again is not None
    assert "is being applied" in again.last_error
    world.script.always("look", None)
    world.script.always("make", None)
    await world.live(helpdesk.process, timedelta(hours=1))
    assert (await world.get(changing.id)).state is State.CLOSED
    assert world.tenant.value(LEE.id).at_least(Protection.ENABLED)


async def test_two_of_three_approve(world: World) -> None:
    process = world.process(policy=replace(POLICY, enable=2))
    desk = Helpdesk(world, process)
    request = await desk.ask_change(ENABLE)
    counted = await process.service.approve(Click(caller(OMAR), request.id, 1))
    assert not isinstance(counted, Moved)
    assert (await desk.approve(request, DUTY)).state is State.APPLYING
