"""Every rule of the policy, at its boundaries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.model import (
    Approval,
    CannotTell,
    ChangesNothing,
    Forecast,
    Hindrance,
    Outcome,
    Protection,
    Request,
    Source,
    State,
    WillWork,
)
from approvals.policy import (
    FACTS_LAST,
    HARD_CEILING,
    LONGEST_REASON,
    LONGEST_TICKET,
    Asking,
    Limit,
    Policy,
    Prolonging,
    Refusal,
    may_approve,
    may_ask,
    may_complete,
    may_decide,
    may_deny,
    may_end,
    may_prolong,
    may_prolong_to,
    may_read,
    may_request,
    may_withdraw,
    something_to_suspend,
    stale,
    still_standing,
)
from approvals.policy.rules import wanted_anyway
from approvals.ports import Standing, SubjectFacts
from tests.world.clock import START
from tests.world.people import DUTY, HANNA, LEE, OMAR, POLICY
from tests.world.requests import ACTIVE, APPLYING, ENDS, EXTENSION, HOUR, PENDING, RESTORING, closed

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TICKETS = replace(POLICY, ticket=re.compile(r"INC-[0-9]{1,6}"))

REQUESTER = Standing(HANNA.chat or "", HANNA, requester=True, approver=False, barred="", at=START)  # type: ignore[arg-type]  # an account
APPROVER = replace(REQUESTER, person=OMAR, requester=False, approver=True)
NEITHER = replace(APPROVER, approver=False)
BARRED = replace(APPROVER, person=None, barred="Guests may do nothing.")
NOBODY = replace(APPROVER, person=None, requester=True)
SUBJECT = SubjectFacts(
    person=LEE, guest=False, enabled=True, roles=(), protected=(), unreadable=(), second_factors=2, at=START
)
ASKING = Asking(
    requester=REQUESTER,
    subject=SUBJECT,
    protection=Protection.ENFORCED,
    lasts=HOUR,
    ticket="INC-7",
    reason="phone broken",
    asked_lately=0,
    live="",
)
PROLONGING = Prolonging(
    requester=REQUESTER, subject=SUBJECT, live=ACTIVE, by=HOUR, reason="takes longer", asked_lately=0
)


def rule(refusal: Refusal | None) -> str | None:
    """Return the rule that refused; whoever refuses says why and what to do next."""
    if refusal is None:
        return None
    assert refusal.why
    assert refusal.what_to_do
    return refusal.rule


# --- the policy itself ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"shortest": timedelta()},
        {"shortest": POLICY.default + SECOND},
        {"default": POLICY.longest + SECOND},
        {"longest": HARD_CEILING + SECOND},
        {"approvals": 0},
    ],
)
def test_a_policy_that_contradicts_itself_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"approval|shortest"):
        replace(POLICY, **wrong)  # type: ignore[arg-type]  # names are the fields'


def test_a_policy_may_allow_a_whole_day_and_no_more() -> None:
    assert replace(POLICY, longest=HARD_CEILING).longest == timedelta(hours=24)


# --- people --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judge", "allowed", "otherwise"),
    [
        (may_request, REQUESTER, "people.requesters"),
        (may_approve, APPROVER, "people.approvers"),
        (still_standing, APPROVER, "people.approvers"),
        (may_read, REQUESTER, "people"),
        (may_read, APPROVER, "people"),
    ],
)
def test_only_people_in_good_standing_act_as_what_they_are(
    judge: Callable[[Standing], Refusal | None], allowed: Standing, otherwise: str
) -> None:
    assert rule(judge(allowed)) is None
    assert rule(judge(NEITHER)) == otherwise
    assert rule(judge(BARRED)) == "people"
    assert rule(judge(NOBODY)) == "people"


def test_who_is_barred_is_told_why() -> None:
    refusal = may_request(BARRED)
    assert refusal is not None
    assert refusal.why == "Guests may do nothing."


# --- asking --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"requester": BARRED}, "people"),
        ({"requester": NEITHER}, "people.requesters"),
        ({"requester": replace(REQUESTER, person=LEE)}, "three_people"),
        ({"subject": replace(SUBJECT, unreadable=("roles",))}, "protect"),
        ({"subject": replace(SUBJECT, protected=(("protect.roles", "holds a role"),))}, "protect.roles"),
        ({"subject": replace(SUBJECT, guest=True)}, "subject"),
        ({"subject": replace(SUBJECT, enabled=False)}, "subject"),
        ({"reason": " \t"}, "reason"),
        ({"reason": "r" * LONGEST_REASON}, None),
        ({"reason": "r" * (LONGEST_REASON + 1)}, "reason"),
        ({"lasts": POLICY.shortest}, None),
        ({"lasts": POLICY.shortest - SECOND}, "suspend.shortest"),
        ({"lasts": timedelta()}, "suspend.shortest"),
        ({"lasts": -HOUR}, "suspend.shortest"),
        ({"lasts": POLICY.longest}, None),
        ({"lasts": POLICY.longest + SECOND}, "suspend.longest"),
        ({"asked_lately": 4}, None),
        ({"asked_lately": 5}, "suspend.per_person"),
        ({"live": "R-12"}, "one_at_a_time"),
        ({"live": "R-12", "protection": Protection.DISABLED}, "one_at_a_time"),
        ({"protection": Protection.ENABLED}, None),
        ({"protection": Protection.DISABLED}, "suspend"),
    ],
)
def test_a_wish_is_refused_by_the_rule_it_breaks(changed: dict[str, object], expected: str | None) -> None:
    assert rule(may_ask(POLICY, replace(ASKING, **changed))) == expected  # type: ignore[arg-type]  # names are the fields'


@pytest.mark.parametrize(
    ("policy", "ticket", "expected"),
    [
        (POLICY, "", None),
        (TICKETS, "INC-7", None),
        (TICKETS, "", "suspend.ticket"),
        (TICKETS, "XINC-7", "suspend.ticket"),
        (TICKETS, "INC-7 and more", "suspend.ticket"),
        (replace(POLICY, ticket=re.compile("I+")), "I" * LONGEST_TICKET, None),
        (replace(POLICY, ticket=re.compile("I+")), "I" * (LONGEST_TICKET + 1), "suspend.ticket"),
    ],
)
def test_a_ticket_has_to_match_as_a_whole_where_one_is_asked_for(
    policy: Policy, ticket: str, expected: str | None
) -> None:
    assert rule(may_ask(policy, replace(ASKING, ticket=ticket))) == expected


def test_a_refused_length_is_said_in_words() -> None:
    policy = replace(POLICY, longest=timedelta(hours=1, minutes=30, seconds=5), default=HOUR)
    refusal = may_ask(policy, replace(ASKING, lasts=2 * HOUR))
    assert refusal is not None
    assert refusal.what_to_do == "1 h 30 min 5 s in all is the most."


def test_a_length_below_a_second_is_still_said() -> None:
    limit = replace(POLICY, per_person=Limit(0, timedelta(milliseconds=1)))
    refusal = may_ask(limit, ASKING)
    assert refusal is not None
    assert "within 0 s" in refusal.why


# --- more time -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"requester": BARRED}, "people"),
        ({"requester": NEITHER}, "people.requesters"),
        ({"requester": replace(REQUESTER, person=LEE)}, "three_people"),
        ({"subject": replace(SUBJECT, guest=True)}, "subject"),
        ({"reason": ""}, "reason"),
        ({"live": APPLYING}, "state"),
        ({"live": RESTORING}, "state"),
        ({"live": EXTENSION}, "state"),
        ({"by": timedelta()}, "suspend.shortest"),
        ({"by": -HOUR}, "suspend.shortest"),
        ({"by": 3 * HOUR}, None),
        ({"by": 3 * HOUR + SECOND}, "suspend.longest"),
        ({"live": replace(ACTIVE, confirmed_at=None)}, "suspend.longest"),
        ({"live": replace(ACTIVE, ends_at=None)}, "suspend.longest"),
        ({"asked_lately": 5}, "suspend.per_person"),
    ],
)
def test_more_time_is_refused_by_the_rule_it_breaks(changed: dict[str, object], expected: str | None) -> None:
    assert rule(may_prolong(POLICY, replace(PROLONGING, **changed))) == expected  # type: ignore[arg-type]  # names are the fields'


def test_extensions_count_from_the_first_confirmed_start() -> None:
    prolonged = replace(ACTIVE, ends_at=ENDS + HOUR)
    assert rule(may_prolong(POLICY, replace(PROLONGING, live=prolonged, by=2 * HOUR))) is None
    assert rule(may_prolong(POLICY, replace(PROLONGING, live=prolonged, by=2 * HOUR + SECOND)))


@pytest.mark.parametrize(
    ("live", "late", "by", "expected"),
    [
        (ACTIVE, -SECOND, HOUR, None),
        (ACTIVE, timedelta(), HOUR, "state"),
        (RESTORING, -SECOND, HOUR, "state"),
        (replace(ACTIVE, ends_at=None), timedelta(), HOUR, "suspend.longest"),
        (ACTIVE, -SECOND, 4 * HOUR, "suspend.longest"),
    ],
)
def test_an_extension_is_approved_only_before_the_end(
    live: Request, late: timedelta, by: timedelta, expected: str | None
) -> None:
    assert rule(may_prolong_to(POLICY, live, by, ENDS + late)) == expected


# --- deciding ------------------------------------------------------------------------------

COUNTED = replace(PENDING, needed=2, approvals=(Approval(OMAR, START),))


@pytest.mark.parametrize(
    ("request_", "who", "terms", "expected"),
    [
        (PENDING, APPROVER, 1, None),
        (PENDING, BARRED, 1, "people"),
        (PENDING, NOBODY, 1, "people"),
        (PENDING, NEITHER, 1, "people.approvers"),
        (APPLYING, APPROVER, 1, "state"),
        (closed(Outcome.DENIED), APPROVER, 1, "state"),
        (PENDING, APPROVER, 2, "terms"),
        (PENDING, replace(APPROVER, person=HANNA), 1, "three_people"),
        (PENDING, replace(APPROVER, person=LEE), 1, "three_people"),
        (COUNTED, replace(APPROVER, person=DUTY), 1, None),
        (COUNTED, APPROVER, 1, "quorum"),
    ],
)
def test_a_click_is_refused_by_the_rule_it_breaks(
    request_: Request, who: Standing, terms: int, expected: str | None
) -> None:
    assert rule(may_decide(request_, who, terms)) == expected
    changed_mind = None if expected == "quorum" else expected
    assert rule(may_deny(request_, who, terms)) == changed_mind


def test_the_loser_of_a_race_is_told_how_it_ended() -> None:
    late = may_decide(closed(Outcome.WITHDRAWN), APPROVER, 1)
    assert late is not None
    assert "withdrawn" in late.why


@pytest.mark.parametrize(
    ("policy", "request_", "requester", "subject", "expected"),
    [
        (POLICY, PENDING, REQUESTER, SUBJECT, None),
        (POLICY, EXTENSION, REQUESTER, SUBJECT, None),
        (POLICY, PENDING, BARRED, SUBJECT, "people.requesters"),
        (POLICY, PENDING, NEITHER, SUBJECT, "people.requesters"),
        (POLICY, PENDING, replace(REQUESTER, person=LEE), SUBJECT, "three_people"),
        (POLICY, PENDING, REQUESTER, replace(SUBJECT, enabled=False), "subject"),
        (
            POLICY,
            PENDING,
            REQUESTER,
            replace(SUBJECT, protected=(("protect.users", "is listed"),)),
            "protect.users",
        ),
        (replace(POLICY, longest=MINUTE, default=MINUTE), PENDING, REQUESTER, SUBJECT, "suspend.longest"),
    ],
)
def test_the_deciding_click_judges_everybody_again(
    *, policy: Policy, request_: Request, requester: Standing, subject: SubjectFacts, expected: str | None
) -> None:
    assert rule(may_complete(policy, request_, requester, subject)) == expected


# --- taking back, ending -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "who", "expected"),
    [
        (PENDING, REQUESTER, None),
        (PENDING, APPROVER, "people"),
        (PENDING, BARRED, "people"),
        (APPLYING, REQUESTER, "state"),
    ],
)
def test_only_its_requester_withdraws_what_is_undecided(
    request_: Request, who: Standing, expected: str | None
) -> None:
    assert rule(may_withdraw(request_, who)) == expected


@pytest.mark.parametrize(
    ("request_", "who", "expected"),
    [
        (ACTIVE, REQUESTER, None),
        (ACTIVE, APPROVER, None),
        (RESTORING, APPROVER, None),
        (ACTIVE, NEITHER, "people"),
        (ACTIVE, BARRED, "people"),
        (ACTIVE, NOBODY, "people"),
        (PENDING, APPROVER, "state"),
        (replace(EXTENSION, state=State.CLOSED, outcome=Outcome.DONE), APPROVER, "state"),
    ],
)
def test_any_requester_or_approver_ends_what_has_begun(
    request_: Request, who: Standing, expected: str | None
) -> None:
    assert rule(may_end(request_, who)) == expected


# --- facts ---------------------------------------------------------------------------------


ASKS = ChangesNothing(tuple(Hindrance(Source.CONDITIONAL_ACCESS, f"policy {n}") for n in range(4)))


@pytest.mark.parametrize(
    ("forecast", "anyway", "expected"),
    [
        (None, False, None),
        (WillWork(), False, None),
        (CannotTell(("Nobody answered.",)), False, None),
        (ASKS, False, "preflight"),
        (ASKS, True, None),
        (ChangesNothing((Hindrance(Source.FEDERATED_PROVIDER, "contoso.com"),)), False, "preflight"),
        (ChangesNothing((Hindrance(Source.SECURITY_DEFAULTS),)), False, "security_defaults"),
        (ChangesNothing((*ASKS.because, Hindrance(Source.SECURITY_DEFAULTS))), True, "security_defaults"),
    ],
)
def test_what_would_change_nothing_has_to_be_wanted_and_security_defaults_forbid_it(
    forecast: Forecast | None, *, anyway: bool, expected: str | None
) -> None:
    assert rule(may_ask(POLICY, replace(ASKING, forecast=forecast, anyway=anyway))) == expected


@pytest.mark.parametrize(
    ("because", "says"),
    [
        (ASKS.because, "“policy 0” (Conditional Access), “policy 1” (Conditional Access), “policy 2”"),
        (ASKS.because, "(Conditional Access) and 1 more asks for MFA all the same."),
        (
            (Hindrance(Source.FEDERATED_PROVIDER, "contoso.com"),),
            "the federated provider of contoso.com asks",
        ),
        ((Hindrance(Source.PER_USER, "enforced"),), "per-user MFA, which is enforced, asks"),
    ],
)
def test_what_asks_all_the_same_is_named(because: tuple[Hindrance, ...], says: str) -> None:
    refused = wanted_anyway(ChangesNothing(because), anyway=False)
    assert refused is not None
    assert says in refused.why


def test_there_is_nothing_to_suspend_where_mfa_is_off() -> None:
    refused = {value: rule(something_to_suspend(value)) for value in Protection}
    assert {value for value, by in refused.items() if by} == {Protection.DISABLED, Protection.EXCLUDED}


def test_facts_last_half_a_minute_and_the_oldest_counts() -> None:
    assert not stale(START + FACTS_LAST, START, START + MINUTE)
    assert stale(START + FACTS_LAST + SECOND, START + MINUTE, START)
    assert not stale(START)
