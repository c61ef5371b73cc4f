"""The rules one by one: each looks at one fact, and refuses in two sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from approvals.model import (
    ActionKind,
    ChangesNothing,
    EnableMfa,
    Forecast,
    Hindrance,
    IssuePass,
    Lever,
    OneShot,
    Protection,
    Request,
    Source,
    State,
    Suspend,
)
from approvals.policy.values import (
    FACTS_LAST,
    HARD_CEILING,
    LONGEST_REASON,
    LONGEST_TICKET,
    MOST_NAMED,
    PREFLIGHT,
    SECURITY_DEFAULTS,
    SET_UP_PARTS,
    TABLES,
    Policy,
    Refusal,
)
from approvals.ports import Standing, SubjectFacts


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
    if protection is not protection.lever.lowered:
        return None
    match protection.lever:
        case Lever.PER_USER:
            why = f"Per-user MFA is {protection} already: there is nothing to suspend."
        case Lever.EXCLUSION_GROUP:
            why = "The exclusion group holds them already: there is nothing to suspend."
        case never:
            assert_never(never)
    return Refusal("suspend", why, "If MFA is still asked for, something else requires it.")


def is_on(policy: Policy, kind: ActionKind) -> Refusal | None:
    """Refuse what the policy has no table for: an absent table is a feature that is off."""
    if policy.needed(kind) is not None:
        return None
    parts = SET_UP_PARTS if kind is ActionKind.SET_UP else (kind,)
    table = next(TABLES[part] for part in parts if policy.needed(part) is None)
    return Refusal(table, f"The policy has no table [{table}]: this is off.", "Ask the owner of the policy.")


def something_to_enable(action: OneShot | IssuePass, protection: Protection) -> Refusal | None:
    """Judge the state before MFA is turned on: one that protects as well leaves nothing to do."""
    if not isinstance(action, EnableMfa) or not protection.at_least(action.to):
        return None
    return Refusal(
        "enable",
        f"Per-user MFA is {protection} already.",
        "If MFA is not asked for, look at /mfa status: a trusted network or a remembered device may be why.",
    )


def short_enough_pass(policy: Policy, action: OneShot | IssuePass) -> Refusal | None:
    """Refuse a pass that is good for longer than the policy allows."""
    limits = policy.access_pass
    if not isinstance(action, IssuePass) or limits is None or action.lasts <= limits.longest:
        return None
    most = f"{_words(limits.longest)} is the most."
    return Refusal("pass.longest", "That is too long for an access pass.", most)


def can_be_shown(request: Request, now: datetime) -> Refusal | None:
    """Refuse to show what is no approved pass, was shown already, or is offered no longer."""
    if not isinstance(request.action, IssuePass):
        why = f"{request.label} is about no access pass."
        return Refusal("state", why, "Look at the card.")
    if request.confirmed_at is not None:
        why = f"The pass of {request.label} was made to be shown once, and that is over."
        return Refusal("one_showing", why, "Ask for another pass.")
    if request.state is not State.APPLYING:
        why = f"{request.label} is {request.outcome or request.state}: there is no pass to show."
        return Refusal("state", why, "Look at the card.")
    if request.ends_at is None or now >= request.ends_at:
        why = f"The pass of {request.label} was not shown in time."
        return Refusal("state", why, "Ask for another pass.")
    return None


def no_security_defaults(forecast: Forecast | None) -> Refusal | None:
    """Refuse what security defaults make pointless: they know no exception for anybody."""
    if not isinstance(forecast, ChangesNothing) or not forecast.for_everybody:
        return None
    return Refusal(
        SECURITY_DEFAULTS,
        "Security defaults are on: MFA is asked of everybody, and nobody can be left out.",
        "A suspension would change nothing; help with a new second factor instead.",
    )


def wanted_anyway(forecast: Forecast | None, *, anyway: bool) -> Refusal | None:
    """Refuse what would change nothing, unless the requester wants it all the same."""
    if anyway or not isinstance(forecast, ChangesNothing):
        return None
    asking = [_asking(one) for one in forecast.because]
    more = f" and {len(asking) - MOST_NAMED} more" if len(asking) > MOST_NAMED else ""
    return Refusal(
        PREFLIGHT,
        f"A suspension would change nothing in Outlook: {', '.join(asking[:MOST_NAMED])}{more} asks for MFA"
        " all the same.",
        "Ask anyway only if you know why it would help.",
    )


def _asking(hindrance: Hindrance) -> str:
    match hindrance.source:
        case Source.SECURITY_DEFAULTS:
            return "security defaults"
        case Source.CONDITIONAL_ACCESS:
            return f"“{hindrance.name}” (Conditional Access)"
        case Source.FEDERATED_PROVIDER:
            return f"the federated provider of {hindrance.name}"
        case Source.PER_USER:
            return f"per-user MFA, which is {hindrance.name},"
        case never:
            assert_never(never)


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
    if live.state is State.ACTIVE and isinstance(live.action, Suspend):
        return None
    stands = "not active" if isinstance(live.action, Suspend) else "no suspension"
    why = f"{live.label} is {stands}, so it cannot be extended."
    return Refusal("state", why, "Ask for a new suspension.")


def in_good_standing(who: Standing) -> Refusal | None:
    """Refuse accounts that may do nothing, and those that stand for nobody."""
    if who.barred:
        return Refusal("people", who.barred, "Ask the owner of Relatch's policy.")
    return bound_to_nobody() if who.person is None else None


def is_requester(who: Standing) -> Refusal | None:
    """Refuse whoever is no requester."""
    if who.requester:
        return None
    return Refusal("people.requesters", "You are not among the requesters.", "Ask the helpdesk.")


def is_either(who: Standing) -> Refusal | None:
    """Refuse whoever is neither requester nor approver."""
    if who.requester or who.approver:
        return None
    return Refusal(
        "people",
        "You are neither among the requesters nor among the approvers.",
        "Ask the owner of Relatch's policy.",
    )


def requester_still_stands(who: Standing) -> Refusal | None:
    """Refuse for a requester who could not ask any more."""
    if in_good_standing(who) is None and is_requester(who) is None:
        return None
    return Refusal(
        "people.requesters",
        "The requester may no longer ask: the account or its membership has changed.",
        "Deny it; somebody else can ask anew.",
    )


def is_approver(who: Standing) -> Refusal | None:
    """Refuse whoever is no approver."""
    if who.approver:
        return None
    return Refusal("people.approvers", "You are not among the approvers.", "Leave it to an approver.")


def not_about_oneself(requester: Standing, subject: SubjectFacts) -> Refusal | None:
    """Refuse a wish about one's own account."""
    if requester.person is None or requester.person.id != subject.person.id:
        return None
    return Refusal("three_people", "Nobody asks for their own MFA.", "Let a colleague ask for you.")


def has_reason(reason: str) -> Refusal | None:
    """Refuse a reason that is missing or too long to read."""
    if not reason.strip():
        return Refusal("reason", "A reason is missing.", "Add “because …”.")
    if len(reason) > LONGEST_REASON:
        return Refusal("reason", f"The reason is longer than {LONGEST_REASON} characters.", "Shorten it.")
    return None


def has_ticket(policy: Policy, ticket: str) -> Refusal | None:
    """Refuse what is no ticket number, where the policy asks for one."""
    if policy.ticket is None or (len(ticket) <= LONGEST_TICKET and policy.ticket.fullmatch(ticket)):
        return None
    why = f"“{ticket[:40]}” is no ticket number of yours." if ticket else "A ticket number is missing."
    return Refusal("suspend.ticket", why, f"Add “ticket …”, of the form {policy.ticket.pattern}.")


def lasts_long_enough(policy: Policy, lasts: timedelta) -> Refusal | None:
    """Refuse a suspension over before it helps."""
    if lasts >= policy.shortest:
        return None
    return Refusal("suspend.shortest", "That is too short.", f"Ask for {_words(policy.shortest)} or more.")


def longer(by: timedelta) -> Refusal | None:
    """Refuse an extension that adds nothing."""
    if by > timedelta():
        return None
    return Refusal("suspend.shortest", "That adds no time.", "Say by how much, for example 30m.")


def short_enough(policy: Policy, lasts: timedelta) -> Refusal | None:
    """Refuse what is longer in all than the policy, or the ceiling, allows."""
    if lasts <= min(policy.longest, HARD_CEILING):
        return None
    return Refusal(
        "suspend.longest",
        "That is too long; extensions count towards the longest time allowed.",
        f"{_words(policy.longest)} in all is the most.",
    )


def within_limit(policy: Policy, asked_lately: int) -> Refusal | None:
    """Refuse whoever has asked too often lately."""
    if asked_lately < policy.per_person.count:
        return None
    return Refusal(
        "suspend.per_person",
        f"You have asked {asked_lately} times within {_words(policy.per_person.within)}.",
        "Let a colleague look at it, or wait.",
    )


def whole_length(live: Request, by: timedelta) -> timedelta:
    """Return how long *live* would last in all; too long, where its begin or end is unknown."""
    if live.ends_at is None or live.confirmed_at is None:
        return HARD_CEILING * 2
    return live.ends_at - live.confirmed_at + by


def undecided(request: Request) -> Refusal | None:
    """Refuse what is decided already."""
    if request.state is State.PENDING:
        return None
    stands = request.outcome or request.state
    return Refusal("state", f"{request.label} is decided already: {stands}.", "Nothing is left to do.")


def same_terms(request: Request, terms: int) -> Refusal | None:
    """Refuse a click on terms that have changed since."""
    if request.terms == terms:
        return None
    return Refusal("terms", "The card you saw is out of date.", "Look at the card again.")


def third_person(request: Request, approver: Standing) -> Refusal | None:
    """Refuse the requester's and the subject's own decision."""
    who = approver.person.id if approver.person else None
    if who == request.requester.id:
        return Refusal("three_people", "You asked for this.", "Someone else has to decide.")
    if who == request.subject.id:
        return Refusal("three_people", "It is about your own account.", "Someone else has to decide.")
    return None


def not_yet_approved(request: Request, approver: Standing) -> Refusal | None:
    """Refuse a second approval by the same person."""
    if approver.person is None or approver.person.id not in _ids(request):
        return None
    return Refusal("quorum", "Your approval counts already.", "It needs another approver's.")


def _ids(request: Request) -> Iterable[str]:
    return [approval.by.id for approval in request.approvals]


def is_own(request: Request, who: Standing) -> Refusal | None:
    """Refuse whoever did not ask for it."""
    if _is_requester_of(request, who):
        return None
    return Refusal("people", "Only its requester can withdraw it.", "An approver can deny it.")


def is_shown_to(request: Request, who: Standing) -> Refusal | None:
    """Refuse to show a pass to anybody but its requester."""
    if _is_requester_of(request, who):
        return None
    return Refusal("people", "Only its requester sees the pass.", "Leave it to them.")


def _is_requester_of(request: Request, who: Standing) -> bool:
    return who.person is not None and who.person.id == request.requester.id


def can_end(request: Request) -> Refusal | None:
    """Refuse what nothing is taken back of: only suspensions and access passes end."""
    if isinstance(request.action, Suspend | IssuePass):
        return None
    if request.kind is ActionKind.EXTEND:
        return Refusal("state", f"{request.label} is an extension.", "Restore the request that it extends.")
    return Refusal("state", f"{request.label} is no suspension.", "There is nothing to restore.")


def begun(request: Request) -> Refusal | None:
    """Refuse what nobody has approved yet."""
    if request.state is not State.PENDING:
        return None
    return Refusal("state", f"{request.label} is undecided: nothing is lowered.", "Withdraw or deny it.")


def _words(length: timedelta) -> str:
    """Return a length in words, ``1 h 30 min``."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
