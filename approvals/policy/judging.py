"""Who may do what: each judgement is a row of rules, and the first that refuses speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.model import (
    ActionKind,
    Forecast,
    IssuePass,
    OneShot,
    Protection,
    Request,
    SetDefaultMethod,
    Suspend,
    kind_of,
)
from approvals.policy.rules import (
    begun,
    can_be_shown,
    can_end,
    has_reason,
    has_ticket,
    in_good_standing,
    is_approver,
    is_either,
    is_on,
    is_own,
    is_requester,
    is_shown_to,
    lasts_long_enough,
    longer,
    no_security_defaults,
    not_about_oneself,
    not_yet_approved,
    one_at_a_time,
    requester_still_stands,
    same_terms,
    short_enough,
    short_enough_pass,
    something_to_enable,
    something_to_suspend,
    still_active,
    subject_may_be_suspended,
    third_person,
    undecided,
    wanted_anyway,
    whole_length,
    within_limit,
)
from approvals.policy.values import (
    Policy,
    Refusal,
)
from approvals.ports import Standing, SubjectFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The facts on which a wish for a suspension is judged.

    ``live`` is the label of the subject's live suspension, if there is one. ``anyway``: the requester
    wants it although it would change nothing.
    """

    requester: Standing
    subject: SubjectFacts
    protection: Protection
    lasts: timedelta
    ticket: str
    reason: str
    asked_lately: int
    live: str
    forecast: Forecast | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolonging:
    """The facts on which a wish for more time is judged; ``live`` is what it would extend."""

    requester: Standing
    subject: SubjectFacts
    live: Request
    by: timedelta
    reason: str
    asked_lately: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """The facts on which a wish for a change is judged.

    ``live`` is the label of a live request that sets some of the same, if there is one.
    """

    requester: Standing
    subject: SubjectFacts
    protection: Protection
    action: OneShot | IssuePass
    reason: str
    asked_lately: int
    live: str


def may_ask(policy: Policy, facts: Asking) -> Refusal | None:
    """Judge a wish for a suspension."""
    return _first(
        in_good_standing(facts.requester),
        is_requester(facts.requester),
        not_about_oneself(facts.requester, facts.subject),
        subject_may_be_suspended(facts.subject),
        has_reason(facts.reason),
        has_ticket(policy, facts.ticket),
        lasts_long_enough(policy, facts.lasts),
        short_enough(policy, facts.lasts),
        within_limit(policy, facts.asked_lately),
        one_at_a_time(facts.live, facts.subject) if facts.live else None,
        something_to_suspend(facts.protection),
        no_security_defaults(facts.forecast),
        wanted_anyway(facts.forecast, anyway=facts.anyway),
    )


def may_consider(
    policy: Policy, kind: ActionKind, requester: Standing, subject: SubjectFacts
) -> Refusal | None:
    """Judge whether *requester* may ask for a change of this kind at all, before more is looked up."""
    return _first(
        in_good_standing(requester),
        is_requester(requester),
        is_on(policy, kind),
        not_about_oneself(requester, subject),
        subject_may_be_suspended(subject),
    )


def may_change(policy: Policy, facts: Changing) -> Refusal | None:
    """Judge a wish for a change. A default method may be asked for without a reason."""
    unexplained = isinstance(facts.action, SetDefaultMethod) and not facts.reason
    return _first(
        may_consider(policy, kind_of(facts.action), facts.requester, facts.subject),
        None if unexplained else has_reason(facts.reason),
        within_limit(policy, facts.asked_lately),
        one_at_a_time(facts.live, facts.subject) if facts.live else None,
        something_to_enable(facts.action, facts.protection),
        short_enough_pass(policy, facts.action),
    )


def may_prolong(policy: Policy, facts: Prolonging) -> Refusal | None:
    """Judge a wish for more time."""
    return _first(
        in_good_standing(facts.requester),
        is_requester(facts.requester),
        not_about_oneself(facts.requester, facts.subject),
        subject_may_be_suspended(facts.subject),
        has_reason(facts.reason),
        still_active(facts.live),
        longer(facts.by),
        short_enough(policy, whole_length(facts.live, facts.by)),
        within_limit(policy, facts.asked_lately),
    )


def may_decide(request: Request, approver: Standing, terms: int) -> Refusal | None:
    """Judge one click on a card, before the other facts of a quorum are looked at."""
    return _first(
        in_good_standing(approver),
        third_person(request, approver),
        is_approver(approver),
        undecided(request),
        same_terms(request, terms),
        not_yet_approved(request, approver),
    )


def may_deny(request: Request, approver: Standing, terms: int) -> Refusal | None:
    """Judge a no: as a yes, but somebody who approved before may think again."""
    return _first(
        in_good_standing(approver),
        third_person(request, approver),
        is_approver(approver),
        undecided(request),
        same_terms(request, terms),
    )


def may_prolong_to(policy: Policy, live: Request, by: timedelta, now: datetime) -> Refusal | None:
    """Judge an extension in the click that approves it: the end must still lie ahead."""
    over = live.ends_at is not None and now >= live.ends_at
    ended = Refusal("state", f"{live.label} is already being restored.", "Ask for a new suspension.")
    return _first(
        still_active(live),
        ended if over else None,
        short_enough(policy, whole_length(live, by)),
    )


def may_complete(
    policy: Policy, request: Request, requester: Standing, subject: SubjectFacts
) -> Refusal | None:
    """Judge the people again in the click that completes the quorum."""
    action = request.action
    return _first(
        requester_still_stands(requester),
        not_about_oneself(requester, subject),
        subject_may_be_suspended(subject),
        is_on(policy, request.kind),
        short_enough(policy, action.lasts) if isinstance(action, Suspend) else None,
        short_enough_pass(policy, action) if isinstance(action, IssuePass) else None,
    )


def may_see_pass(request: Request, who: Standing, now: datetime) -> Refusal | None:
    """Judge who is shown an approved pass: its requester, once, while they may ask at all."""
    return _first(
        in_good_standing(who),
        is_shown_to(request, who),
        is_requester(who),
        can_be_shown(request, now),
    )


def may_see_number(request: Request, who: Standing) -> Refusal | None:
    """Judge who is shown the number that waits for approval: those who may decide, and nobody else."""
    return _first(in_good_standing(who), third_person(request, who), is_approver(who), undecided(request))


def may_withdraw(request: Request, who: Standing) -> Refusal | None:
    """Judge who takes a request back: its requester, while it is undecided."""
    return _first(in_good_standing(who), is_own(request, who), undecided(request))


def may_end(request: Request, who: Standing) -> Refusal | None:
    """Judge who ends a suspension or a pass early: any requester or approver, even of others' requests."""
    return _first(may_read(who), can_end(request), begun(request))


def may_read(who: Standing) -> Refusal | None:
    """Judge who may see requests and people: requesters and approvers in good standing."""
    return _first(in_good_standing(who), is_either(who))


def still_standing(approver: Standing) -> Refusal | None:
    """Judge whether an earlier approval still counts."""
    return _first(in_good_standing(approver), is_approver(approver))


def may_request(who: Standing) -> Refusal | None:
    """Judge who may use the commands of requesters."""
    return _first(in_good_standing(who), is_requester(who))


def may_approve(who: Standing) -> Refusal | None:
    """Judge who may use the commands of approvers."""
    return _first(in_good_standing(who), is_approver(who))


def _first(*verdicts: Refusal | None) -> Refusal | None:
    return next((verdict for verdict in verdicts if verdict), None)
