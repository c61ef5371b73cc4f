"""Who may ask and decide, and for how long. Pure, over facts that were gathered before.

Each rule is a function that answers ``None`` or a ``Refusal``; the first that refuses is
the answer. What is not allowed is refused, and a fact that could not be read refuses too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from approvals.model import LOWERED, Extend, Lever, Protection, Request, State, Suspend
from approvals.ports import Standing, SubjectFacts

HARD_CEILING = timedelta(hours=24)
"""No policy can allow a longer suspension."""
FACTS_LAST = timedelta(seconds=30)
"""A decision rests on facts no older than this."""
LONGEST_REASON = 1000
LONGEST_TICKET = 64
"""Characters that the policy's pattern is matched against: a longer text is no ticket number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: its key in the policy where it has one, why, and what to do next."""

    rule: str
    why: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` requests in any span of ``within``."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take."""

    pending: timedelta
    remind: timedelta
    warn: timedelta
    overdue: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The reviewed rules for suspensions; one value for the life of a process."""

    lever: Lever
    default: timedelta
    shortest: timedelta
    longest: timedelta
    approvals: int
    timing: Timing
    per_person: Limit
    ticket: re.Pattern[str] | None = None
    revoke_sessions: bool = True
    group: str = field(default="")

    def __post_init__(self) -> None:
        if not timedelta() < self.shortest <= self.default <= self.longest <= HARD_CEILING:
            raise ValueError("0 < shortest <= default <= longest <= 24h does not hold")
        if self.approvals < 1:
            raise ValueError("at least one approval is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The facts on which a wish for a suspension is judged.

    ``live`` is the label of the subject's live suspension, if there is one.
    """

    requester: Standing
    subject: SubjectFacts
    protection: Protection
    lasts: timedelta
    ticket: str
    reason: str
    asked_lately: int
    live: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolonging:
    """The facts on which a wish for more time is judged; ``live`` is what it would extend."""

    requester: Standing
    subject: SubjectFacts
    live: Request
    by: timedelta
    reason: str
    asked_lately: int


def may_ask(policy: Policy, facts: Asking) -> Refusal | None:
    """Judge a wish for a suspension."""
    return _first(
        _in_good_standing(facts.requester),
        _is_requester(facts.requester),
        _not_about_oneself(facts.requester, facts.subject),
        subject_may_be_suspended(facts.subject),
        _has_reason(facts.reason),
        _has_ticket(policy, facts.ticket),
        _lasts_long_enough(policy, facts.lasts),
        _short_enough(policy, facts.lasts),
        _within_limit(policy, facts.asked_lately),
        one_at_a_time(facts.live, facts.subject) if facts.live else None,
        something_to_suspend(facts.protection),
    )


def may_prolong(policy: Policy, facts: Prolonging) -> Refusal | None:
    """Judge a wish for more time."""
    return _first(
        _in_good_standing(facts.requester),
        _is_requester(facts.requester),
        _not_about_oneself(facts.requester, facts.subject),
        subject_may_be_suspended(facts.subject),
        _has_reason(facts.reason),
        still_active(facts.live),
        _longer(facts.by),
        _short_enough(policy, _whole_length(facts.live, facts.by)),
        _within_limit(policy, facts.asked_lately),
    )


def may_decide(request: Request, approver: Standing, terms: int) -> Refusal | None:
    """Judge one click on a card, before the other facts of a quorum are looked at."""
    return _first(
        _in_good_standing(approver),
        _third_person(request, approver),
        _is_approver(approver),
        _undecided(request),
        _same_terms(request, terms),
        _not_yet_approved(request, approver),
    )


def may_deny(request: Request, approver: Standing, terms: int) -> Refusal | None:
    """Judge a no: as a yes, but somebody who approved before may think again."""
    return _first(
        _in_good_standing(approver),
        _third_person(request, approver),
        _is_approver(approver),
        _undecided(request),
        _same_terms(request, terms),
    )


def may_prolong_to(policy: Policy, live: Request, by: timedelta, now: datetime) -> Refusal | None:
    """Judge an extension in the click that approves it: the end must still lie ahead."""
    over = live.ends_at is not None and now >= live.ends_at
    ended = Refusal("state", f"{live.label} is already being restored.", "Ask for a new suspension.")
    return _first(
        still_active(live),
        ended if over else None,
        _short_enough(policy, _whole_length(live, by)),
    )


def may_complete(
    policy: Policy, request: Request, requester: Standing, subject: SubjectFacts
) -> Refusal | None:
    """Judge the people again in the click that completes the quorum."""
    lasts = request.action.lasts if isinstance(request.action, Suspend) else policy.shortest
    return _first(
        _requester_still_stands(requester),
        _not_about_oneself(requester, subject),
        subject_may_be_suspended(subject),
        _short_enough(policy, lasts),
    )


def may_withdraw(request: Request, who: Standing) -> Refusal | None:
    """Judge who takes a request back: its requester, while it is undecided."""
    return _first(_in_good_standing(who), _is_own(request, who), _undecided(request))


def may_end(request: Request, who: Standing) -> Refusal | None:
    """Judge who ends a suspension early: any requester or approver, even of others' requests."""
    return _first(may_read(who), _is_suspension(request), _begun(request))


def may_read(who: Standing) -> Refusal | None:
    """Judge who may see requests and people: requesters and approvers in good standing."""
    return _first(_in_good_standing(who), _is_either(who))


def still_standing(approver: Standing) -> Refusal | None:
    """Judge whether an earlier approval still counts."""
    return _first(_in_good_standing(approver), _is_approver(approver))


def may_request(who: Standing) -> Refusal | None:
    """Judge who may use the commands of requesters."""
    return _first(_in_good_standing(who), _is_requester(who))


def may_approve(who: Standing) -> Refusal | None:
    """Judge who may use the commands of approvers."""
    return _first(_in_good_standing(who), _is_approver(who))


def subject_may_be_suspended(subject: SubjectFacts) -> Refusal | None:
    """Judge the subject: a member whose account is in use and whom nothing protects."""
    name = subject.person.name
    if subject.unreadable:
        unread = "; ".join(subject.unreadable)
        return Refusal(
            "protect",
            f"Whether {name} is protected could not be read in full: {unread}.",
            "Try again; if it stays so, the app registration lacks a permission.",
        )
    if subject.protected:
        rule, why = subject.protected[0]
        return Refusal(rule, f"{name} {why}; such people are protected.", "Ask identity operations.")
    if subject.guest:
        return Refusal(
            "subject",
            f"{name} is a guest: their own organisation answers for their MFA.",
            "Send them to their own helpdesk.",
        )
    if not subject.enabled:
        return Refusal(
            "subject",
            f"The account of {name} is disabled: nobody can sign in with it.",
            "Have the account enabled first.",
        )
    return None


def something_to_suspend(protection: Protection) -> Refusal | None:
    """Judge the prior state: one that is lowered already leaves nothing to suspend."""
    if protection is not LOWERED:
        return None
    return Refusal(
        "suspend",
        f"Per-user MFA is {LOWERED} already: there is nothing to suspend.",
        "If MFA is still asked for, something else requires it.",
    )


def one_at_a_time(live: str, subject: SubjectFacts) -> Refusal:
    """Refuse because *live*, a request's label, is live for this subject."""
    return Refusal(
        "one_at_a_time",
        f"{live} is live for {subject.person.name} already.",
        "Extend it, restore it, or wait until it is closed.",
    )


def bound_to_nobody() -> Refusal:
    """Refuse an account that stands for nobody in the directory."""
    return Refusal("people", "Your account is bound to nobody.", "Ask the owner of Relatch's policy.")


def stale(now: datetime, *looked_up: datetime) -> bool:
    """Return whether any of the facts is too old to decide on."""
    return any(now - at > FACTS_LAST for at in looked_up)


def still_active(live: Request) -> Refusal | None:
    """Judge what would be extended: a suspension that is active."""
    if live.state is State.ACTIVE:
        return None
    return Refusal(
        "state", f"{live.label} is not active, so it cannot be extended.", "Ask for a new suspension."
    )


def _first(*verdicts: Refusal | None) -> Refusal | None:
    return next((verdict for verdict in verdicts if verdict), None)


def _in_good_standing(who: Standing) -> Refusal | None:
    if who.barred:
        return Refusal("people", who.barred, "Ask the owner of Relatch's policy.")
    return bound_to_nobody() if who.person is None else None


def _is_requester(who: Standing) -> Refusal | None:
    if who.requester:
        return None
    return Refusal("people.requesters", "You are not among the requesters.", "Ask the helpdesk.")


def _is_either(who: Standing) -> Refusal | None:
    if who.requester or who.approver:
        return None
    return Refusal(
        "people",
        "You are neither among the requesters nor among the approvers.",
        "Ask the owner of Relatch's policy.",
    )


def _requester_still_stands(who: Standing) -> Refusal | None:
    if may_request(who) is None:
        return None
    return Refusal(
        "people.requesters",
        "The requester may no longer ask: the account or its membership has changed.",
        "Deny it; somebody else can ask anew.",
    )


def _is_approver(who: Standing) -> Refusal | None:
    if who.approver:
        return None
    return Refusal("people.approvers", "You are not among the approvers.", "Leave it to an approver.")


def _not_about_oneself(requester: Standing, subject: SubjectFacts) -> Refusal | None:
    if requester.person is None or requester.person.id != subject.person.id:
        return None
    return Refusal("three_people", "Nobody asks for their own MFA.", "Let a colleague ask for you.")


def _has_reason(reason: str) -> Refusal | None:
    if not reason.strip():
        return Refusal("reason", "A reason is missing.", "Add “because …”.")
    if len(reason) > LONGEST_REASON:
        return Refusal("reason", f"The reason is longer than {LONGEST_REASON} characters.", "Shorten it.")
    return None


def _has_ticket(policy: Policy, ticket: str) -> Refusal | None:
    if policy.ticket is None or (len(ticket) <= LONGEST_TICKET and policy.ticket.fullmatch(ticket)):
        return None
    why = f"“{ticket[:40]}” is no ticket number of yours." if ticket else "A ticket number is missing."
    return Refusal("suspend.ticket", why, f"Add “ticket …”, of the form {policy.ticket.pattern}.")


def _lasts_long_enough(policy: Policy, lasts: timedelta) -> Refusal | None:
    if lasts >= policy.shortest:
        return None
    return Refusal("suspend.shortest", "That is too short.", f"Ask for {_words(policy.shortest)} or more.")


def _longer(by: timedelta) -> Refusal | None:
    if by > timedelta():
        return None
    return Refusal("suspend.shortest", "That adds no time.", "Say by how much, for example 30m.")


def _short_enough(policy: Policy, lasts: timedelta) -> Refusal | None:
    if lasts <= min(policy.longest, HARD_CEILING):
        return None
    return Refusal(
        "suspend.longest",
        "That is too long; extensions count towards the longest time allowed.",
        f"{_words(policy.longest)} in all is the most.",
    )


def _within_limit(policy: Policy, asked_lately: int) -> Refusal | None:
    if asked_lately < policy.per_person.count:
        return None
    return Refusal(
        "suspend.per_person",
        f"You have asked {asked_lately} times within {_words(policy.per_person.within)}.",
        "Let a colleague look at it, or wait.",
    )


def _whole_length(live: Request, by: timedelta) -> timedelta:
    if live.ends_at is None or live.confirmed_at is None:
        return HARD_CEILING * 2
    return live.ends_at - live.confirmed_at + by


def _undecided(request: Request) -> Refusal | None:
    if request.state is State.PENDING:
        return None
    stands = request.outcome or request.state
    return Refusal("state", f"{request.label} is decided already: {stands}.", "Nothing is left to do.")


def _same_terms(request: Request, terms: int) -> Refusal | None:
    if request.terms == terms:
        return None
    return Refusal("terms", "The card you saw is out of date.", "Look at the card again.")


def _third_person(request: Request, approver: Standing) -> Refusal | None:
    who = approver.person.id if approver.person else None
    if who == request.requester.id:
        return Refusal("three_people", "You asked for this.", "Someone else has to decide.")
    if who == request.subject.id:
        return Refusal("three_people", "It is about your own account.", "Someone else has to decide.")
    return None


def _not_yet_approved(request: Request, approver: Standing) -> Refusal | None:
    if approver.person is None or approver.person.id not in _ids(request):
        return None
    return Refusal("quorum", "Your approval counts already.", "It needs another approver's.")


def _ids(request: Request) -> Iterable[str]:
    return [approval.by.id for approval in request.approvals]


def _is_own(request: Request, who: Standing) -> Refusal | None:
    if who.person is not None and who.person.id == request.requester.id:
        return None
    return Refusal("people", "Only its requester can withdraw it.", "An approver can deny it.")


def _is_suspension(request: Request) -> Refusal | None:
    if not isinstance(request.action, Extend):
        return None
    return Refusal("state", f"{request.label} is an extension.", "Restore the request that it extends.")


def _begun(request: Request) -> Refusal | None:
    if request.state is not State.PENDING:
        return None
    return Refusal("state", f"{request.label} is undecided: nothing is lowered.", "Withdraw or deny it.")


def _words(length: timedelta) -> str:
    """Return a length in words, ``1 h 30 min``."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
