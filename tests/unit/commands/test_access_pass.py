"""``/mfa pass``: what is asked for within the bounds of tenant and policy, its offers, and its screen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from approvals.errors import Later
from approvals.model import (
    AccessPass,
    ActionKind,
    ChangesNothing,
    Hindrance,
    IssuePass,
    PersonId,
    PhoneNumber,
    Request,
    RequestId,
    Source,
    State,
)
from approvals.policy import SECURITY_DEFAULTS
from approvals.service import AskChange, Asked, PassShown, Refused, Unconfirmed
from commands.changing import Habits
from commands.factors_model import Factors, TenantMethods, Unknown
from commands.model import (
    Button,
    Diagnosed,
    Doubtful,
    Failed,
    Misused,
    NotFound,
    Off,
    PassOffered,
    Press,
    Reply,
)
from commands.parse import Parsed, parse
from commands.passes_model import NoPass, PassPolicy, PassRules
from commands.registry import Reads, Registry, registry
from commands.table import Feature
from tests.mailboxes import KnownMailboxes
from tests.unit.commands.stand_ins import (
    CALLER,
    LEE,
    LEES,
    NOW,
    Chat,
    Core,
    Directory,
    NoScreen,
    Stopped,
    request,
)

HOUR = timedelta(hours=1)
RULES = PassRules(shortest=HOUR, longest=8 * HOUR, usual=HOUR, once=False, replaces=False)
OFF = NoPass("Temporary Access Passes are off.", "Have them turned on.")
ASKS = "pass lee@contoso.com because phone lost"


@dataclass
class Rulebook:
    """What the tenant lets passes be; nothing else is asked of it."""

    rules: PassPolicy = RULES
    asked: list[PersonId] = field(default_factory=list)

    async def passes(self, who: PersonId) -> PassPolicy:
        self.asked.append(who)
        return self.rules

    async def of(self, who: PersonId) -> Factors:
        raise AssertionError(who)

    async def sharing(self, number: PhoneNumber) -> int:
        raise AssertionError(number)

    async def tenant(self) -> TenantMethods | Unknown:
        raise AssertionError

    async def conditional_access(self) -> int | Unknown:
        raise AssertionError


@dataclass
class Window:
    """A screen that opens or does not, and what was on it."""

    opens: bool = True
    seen: list[str] = field(default_factory=list)

    async def open(self, request: RequestId) -> None:
        if not self.opens:
            raise Later("Slack answers expired_trigger_id")
        self.seen.append(f"opened for R-{request}")

    async def show(self, request: Request, issued: AccessPass) -> None:
        self.seen.append(f"{issued.secret} for {request.label}")


@pytest.fixture
def rulebook() -> Rulebook:
    return Rulebook()


@pytest.fixture
def habits() -> Habits:
    return Habits(features=frozenset({Feature.PASS}), longest_pass=4 * HOUR)


@pytest.fixture
def desk(core: Core, directory: Directory, rulebook: Rulebook, habits: Habits) -> Registry:
    reads = Reads(mailboxes=KnownMailboxes(), registrations=rulebook, habits=habits)
    return registry(core, directory, Stopped(), reads)


@pytest.fixture
def counter(desk: Registry) -> Chat:
    return Chat(desk)


async def asked(counter: Chat, core: Core, text: str = ASKS) -> AskChange:
    """Type *text*; return what the core was asked."""
    *_, answer = await counter.types(text)
    assert isinstance(answer, Asked)
    [(ask,)] = core.did("ask_change")
    assert isinstance(ask, AskChange)
    return ask


async def test_a_pass_is_asked_for_with_its_reason_and_ticket(counter: Chat, core: Core) -> None:
    ask = await asked(counter, core, "pass lee@contoso.com for 2h ticket INC-7 because phone lost")
    assert ask == AskChange(
        caller=CALLER,
        subject=LEE.id,
        action=IssuePass(2 * HOUR, once=False),
        reason="phone lost",
        ticket="INC-7",
    )
    assert core.did("consider") == [(CALLER, LEE.id, ActionKind.PASS)]


@pytest.mark.parametrize(
    ("typed", "granted", "said"),
    [
        ("", HOUR, False),
        ("for 20m ", HOUR, True),
        ("for 61m ", timedelta(minutes=61), False),
        ("for 3600s ", HOUR, False),
        ("for 3601s ", timedelta(minutes=61), False),
        ("for 3h30m ", timedelta(hours=3), True),
        # Longer than the policy allows: that is refused, and never made shorter in silence.
        ("for 9h ", 9 * HOUR, False),
    ],
)
async def test_the_length_is_kept_within_what_the_tenant_allows(
    counter: Chat, core: Core, rulebook: Rulebook, *, typed: str, granted: timedelta, said: bool
) -> None:
    rulebook.rules = replace(RULES, longest=3 * HOUR)
    ask = await asked(counter, core, f"pass lee@contoso.com {typed}because phone lost")
    assert isinstance(ask.action, IssuePass)
    assert ask.action.lasts == granted
    assert any("the tenant allows 1h to 3h" in remark for remark in ask.remarks) is said


async def test_the_usual_length_of_the_tenant_is_no_longer_than_the_policy_s(
    counter: Chat, core: Core, rulebook: Rulebook
) -> None:
    rulebook.rules = replace(RULES, usual=8 * HOUR)
    assert (await asked(counter, core)).action == IssuePass(4 * HOUR, once=False)


async def test_a_tenant_that_makes_none_as_short_as_the_policy_wants_is_said(
    counter: Chat, core: Core, rulebook: Rulebook
) -> None:
    rulebook.rules = replace(RULES, shortest=6 * HOUR)
    *_, answer = await counter.types(ASKS)
    assert isinstance(answer, Refused)
    assert "no pass of less than 6h, and the policy allows 4h at most" in answer.why
    assert core.did("ask_change") == []
    assert core.refusals == [("/mfa pass", "pass.longest")]


async def test_one_time_passes_stay_so(counter: Chat, core: Core, rulebook: Rulebook) -> None:
    rulebook.rules = replace(RULES, once=True)
    assert (await asked(counter, core)).action == IssuePass(HOUR, once=True)


@pytest.mark.parametrize(
    ("replaces", "remark"),
    [(True, "the new one replaces it"), (None, "could not be read")],
)
async def test_a_pass_that_is_there_is_spoken_of(
    counter: Chat, core: Core, rulebook: Rulebook, *, replaces: bool | None, remark: str
) -> None:
    rulebook.rules = replace(RULES, replaces=replaces)
    assert remark in " ".join((await asked(counter, core)).remarks)


async def test_why_a_pass_would_be_of_no_use_is_said_before_anything_is_asked(
    counter: Chat, core: Core, rulebook: Rulebook
) -> None:
    rulebook.rules = OFF
    *_, answer = await counter.types(ASKS)
    assert isinstance(answer, Refused)
    assert (answer.rule, answer.why) == ("pass", OFF.why)
    assert core.did("ask_change") == []


async def test_what_cannot_be_read_is_said_and_stops_nothing(
    counter: Chat, core: Core, rulebook: Rulebook
) -> None:
    rulebook.rules = Unknown("Graph answers 403", "grant the app Policy.Read.All")
    ask = await asked(counter, core)
    assert ask.action == IssuePass(HOUR, once=True)
    [remark] = ask.remarks
    assert "could not be read: Graph answers 403 (grant the app Policy.Read.All)" in remark


async def test_of_whom_no_pass_may_be_asked_nothing_is_read(
    counter: Chat, core: Core, rulebook: Rulebook
) -> None:
    core.barred = Refused("protect.roles", "Lee holds a role.", "Ask identity operations.", NOW)
    *_, answer = await counter.types(ASKS)
    assert answer == core.barred
    assert rulebook.asked == []


async def test_nobody_is_not_found(counter: Chat) -> None:
    *_, answer = await counter.types("pass nobody@contoso.com because phone lost")
    assert isinstance(answer, NotFound)


async def test_without_its_table_a_pass_is_off(chat: Chat, core: Core) -> None:
    *_, answer = await chat.types(ASKS)
    assert answer == Off("/mfa pass", "pass")
    assert core.refusals == [("/mfa pass", "feature")]


# --- where it is offered ---------------------------------------------------------------------

DISABLES = "disable lee@contoso.com for 2h ticket INC-7 because phone lost"
FORESEEN = ChangesNothing((Hindrance(Source.CONDITIONAL_ACCESS, "Require MFA"),))


async def test_beside_a_suspension_that_was_asked_for_a_pass_is_offered(counter: Chat, core: Core) -> None:
    *_, answer = await counter.types(DISABLES)
    assert isinstance(answer, PassOffered)
    assert isinstance(answer.instead_of, Asked)
    assert answer.command == f"/mfa pass {LEE.id} for 2h ticket INC-7 because phone lost"
    assert isinstance(parse("/mfa", answer.command.removeprefix("/mfa ")), Parsed)
    assert core.did("ask_change") == []


async def test_where_a_suspension_would_change_nothing_a_pass_is_offered(counter: Chat, core: Core) -> None:
    refused = Refused("preflight", "It would change nothing.", "Ask anyway.", NOW)
    core.unconfirmed = Unconfirmed(refused, FORESEEN, HOUR)
    *_, answer = await counter.types(DISABLES)
    assert isinstance(answer, PassOffered)
    assert isinstance(answer.instead_of, Doubtful)


@pytest.mark.parametrize(("rule", "offered"), [(SECURITY_DEFAULTS, True), ("protect.roles", False)])
async def test_of_the_refusals_only_security_defaults_lead_to_a_pass(
    counter: Chat, core: Core, rule: str, *, offered: bool
) -> None:
    core.refused = Refused(rule, "No.", "Do something else.", NOW)
    *_, answer = await counter.types(DISABLES)
    assert isinstance(answer, PassOffered) is offered


@pytest.mark.parametrize("rules", [OFF, replace(RULES, shortest=6 * HOUR)])
async def test_a_pass_that_would_not_do_is_not_offered(
    counter: Chat, rulebook: Rulebook, rules: PassPolicy
) -> None:
    rulebook.rules = rules
    *_, answer = await counter.types(DISABLES)
    assert isinstance(answer, Asked)


async def test_without_its_table_a_pass_is_not_offered(chat: Chat) -> None:
    *_, answer = await chat.types(DISABLES)
    assert isinstance(answer, Asked)


async def test_the_button_asks_as_if_it_were_typed(desk: Registry, core: Core) -> None:
    command = f"/mfa pass {LEE.id} because phone lost"
    answer = await desk.press(Press(Button.PASS_INSTEAD, command, CALLER, "c0ffee"), NoScreen())
    assert isinstance(answer, Asked)
    [(ask,)] = core.did("ask_change")
    assert isinstance(ask, AskChange)
    assert (ask.caller, ask.reason) == (CALLER, "phone lost")


LOST = "diagnose her phone is broken for lee@contoso.com"


async def test_a_diagnosis_of_a_lost_factor_ends_with_a_pass_where_one_would_do(counter: Chat) -> None:
    *_, answer = await counter.types(LOST, command="/mailbox")
    assert isinstance(answer, Diagnosed)
    last = answer.diagnosis.steps[-1]
    command = last.partition("`")[2].partition("`")[0]
    assert command.startswith("/mfa pass lee@contoso.com because ")
    assert isinstance(parse("/mfa", command.removeprefix("/mfa ")), Parsed)
    assert answer.diagnosis.suspension == ""


async def test_a_diagnosis_speaks_of_no_pass_that_would_not_do(counter: Chat, rulebook: Rulebook) -> None:
    rulebook.rules = OFF
    *_, answer = await counter.types(LOST, command="/mailbox")
    assert isinstance(answer, Diagnosed)
    assert "Temporary Access Pass" not in " ".join(answer.diagnosis.steps)
    assert answer.diagnosis.suspension.startswith("/mfa disable lee@contoso.com")


async def test_of_protected_people_no_rules_are_read(
    counter: Chat, directory: Directory, rulebook: Rulebook
) -> None:
    directory.shown = replace(LEES, protected=("roles",))
    await counter.types(LOST, command="/mailbox")
    assert rulebook.asked == []


# --- the screen ------------------------------------------------------------------------------


async def pressed(desk: Registry, window: Window, value: str = "R-12") -> Reply:
    return await desk.press(Press(Button.SHOW_PASS, value, CALLER, "c0ffee"), window)


async def test_the_screen_opens_before_the_core_is_asked(desk: Registry, core: Core) -> None:
    core.requests[12], window = request(12, State.APPLYING), Window()
    answer = await pressed(desk, window)
    assert isinstance(answer, PassShown)
    assert window.seen == ["opened for R-12", "aB3+xyz9 for R-12"]
    assert "aB3" not in repr(answer)


async def test_a_screen_that_does_not_open_uses_nothing_up(desk: Registry, core: Core) -> None:
    core.requests[12] = request(12, State.APPLYING)
    answer = await pressed(desk, Window(opens=False))
    assert isinstance(answer, Failed)
    assert (answer.changed, answer.what_to_do) == ("Nothing was changed.", "Press the button again.")
    assert core.did("show_pass") == []


async def test_a_number_that_no_request_has_is_said_on_the_screen(desk: Registry) -> None:
    assert isinstance(await pressed(desk, Window()), NotFound)


@pytest.mark.parametrize("value", ["", "12", "R-12:1", "R-0", "lee@contoso.com"])
async def test_an_edited_button_opens_nothing(desk: Registry, core: Core, value: str) -> None:
    assert isinstance(await pressed(desk, Window(opens=False), value), Misused)
    assert core.refusals


# --- taken back ------------------------------------------------------------------------------


@pytest.mark.parametrize(("suspension", "ended"), [(None, 14), (State.PENDING, 14), (State.ACTIVE, 12)])
async def test_a_name_is_enough_to_take_a_pass_back_and_a_suspension_goes_first(
    counter: Chat, core: Core, *, suspension: State | None, ended: int
) -> None:
    core.requests[14] = replace(request(14), action=IssuePass(HOUR, once=False))
    if suspension is not None:
        core.requests[12] = request(12, suspension)
    await counter.types("restore lee@contoso.com because not them")
    assert core.did("restore") == [(CALLER, ended, "not them")]
