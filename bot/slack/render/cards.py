"""The card of a request: what is asked, by whom, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from slack_sdk.models.blocks import Block

from approvals.model import (
    Approval,
    ChangesNothing,
    EnableMfa,
    Extend,
    IssuePass,
    Lever,
    Outcome,
    Protection,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    Suspend,
    label,
)
from bot.slack.render.blocks import Message, actions, button, confirmed, message, section, small
from bot.slack.render.changes import brings_about, heading, remarks, warning
from bot.slack.render.passes import grants, uses
from bot.slack.render.passes import heading as pass_heading
from bot.slack.render.passes import warning as pass_warning
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import (
    VOICE,
    by,
    counted,
    exact,
    handle,
    listed,
    mention,
    moment,
    plain,
    quoted,
    sentence,
    spell,
)
from commands.model import Button
from commands.wording import forecast

ROLES = 6
APPROVALS = 10
DUTY = 20
NOTE = 400
PUT_BACK = {Outcome.RESTORED, Outcome.RESTORED_BY_SOMEONE_ELSE}


def card(request: Request, rules: HouseRules, now: datetime) -> Message:
    """Return the card in the approvals channel as *request* stands at *now*."""
    headline = f"{title(request)} · {standing(request, rules, now)}"
    text = f"{headline}\nAsked by {mention(request.requester)}"
    return message(text, [*body(request, rules, now), *_decide(request)])


def body(request: Request, rules: HouseRules, now: datetime) -> list[Block]:
    """Return everything about *request* that is not a button."""
    blocks: list[Block] = [
        section("what", f"*{title(request)}* · {standing(request, rules, now)}\n{_whom(request)}"),
        section("why", f"{_asked(request)}\n{quoted(request.reason)}"),
        section("now", effect(request, rules)),
    ]
    blocks += _forecast(request)
    blocks += [section("remarks", found)] if (found := remarks(request)) else []
    blocks += [small("facts", _briefing(request))] if not isinstance(request.action, Extend) else []
    blocks += [small("history", history)] if (history := _history(request)) else []
    if request.state is State.PENDING:
        blocks.append(small("lapses", f"Lapses {moment(request.lapses_at)}"))
    return blocks


def title(request: Request) -> str:
    """Return what is asked, in a line: ``R-31 · Suspend MFA for Lee Jansen, 1 hour``."""
    match request.action:
        case Suspend(lasts=lasts):
            return f"{request.label} · Suspend MFA for {plain(request.subject.name)}, {spell(lasts)}"
        case Extend(of=of, by=more):
            return f"{request.label} extends {label(of)} by {spell(more)}"
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp() as change:
            return f"{request.label} · {heading(change, request.subject.name)}"
        case IssuePass() as issue:
            return f"{request.label} · {pass_heading(issue, request.subject.name)}"
        case never:
            assert_never(never)


def standing(request: Request, rules: HouseRules, now: datetime) -> str:
    """Return the state in the words that people see, with what belongs beside it."""
    match request.state:
        case State.PENDING:
            return "*waiting for approval*"
        case State.APPLYING:
            return "*being applied*"
        case State.ACTIVE:
            return f"*active until {moment(request.ends_at)}*" if request.ends_at else "*active*"
        case State.RESTORING:
            return f"*being restored*{_overdue(request, rules, now)}"
        case State.CLOSED:
            return _ended(request, rules)
        case never:
            assert_never(never)


def effect(request: Request, rules: HouseRules) -> str:
    """Return what an approval brings about, and what is at the end."""
    match request.action:
        case Suspend(lever=lever, lasts=lasts):
            before = request.prior or request.briefing.protection
            change = f"Now: {before} → {lever.lowered}, back to *{before}* after {spell(lasts)}."
            return " ".join(filter(None, (change, *_delay(lever), at_the_end(request, rules))))
        case Extend(of=of, by=more):
            return f"MFA stays off {spell(more)} longer; {label(of)} then ends as it would have."
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp() as change:
            return brings_about(request, change)
        case IssuePass() as issue:
            return grants(request, issue)
        case never:
            assert_never(never)


def _delay(lever: Lever) -> tuple[str, ...]:
    """Return what is to be known of how fast a lever works (Entra, continuous access evaluation)."""
    match lever:
        case Lever.PER_USER:
            return ()
        case Lever.EXCLUSION_GROUP:
            return ("Apps may see the group only after up to a day; signing in anew helps.",)
        case never:
            assert_never(never)


def at_the_end(request: Request, rules: HouseRules) -> str:
    """Return what else happens at the end, or nothing."""
    whom = plain(request.subject.name)
    match request.action:
        case Suspend(lever=lever) if lever.signs_out:
            return f"At the end {whom} is signed out everywhere, which takes some minutes."
        case _ if rules.revoke_sessions:
            return f"At the end {whom} is signed out everywhere."
        case _:
            return ""


def lateness(request: Request, end: datetime | None, restored: datetime, rules: HouseRules) -> str:
    """Return how long after *end* MFA came back and why, if it is worth a word."""
    if end is None or restored - end <= rules.overdue:
        return ""
    because = f": {sentence(request.note, NOTE).rstrip('.')}" if request.note else ""
    return f", {spell(restored - end)} late{because}"


def result(prior: Protection | None, found: Protection | None) -> str:
    """Return what was found at the end, and whether it is stronger than what was there before."""
    if found is None:
        return ""
    if prior is not None and found is not prior and found.at_least(prior):
        return f" to *{found}* (stronger than *{prior}* before)"
    return f" to *{found}*"


def _overdue(request: Request, rules: HouseRules, now: datetime) -> str:
    if request.ends_at is None:
        return ""
    since = request.ends_at + rules.overdue
    return f" · :warning: *overdue* since {moment(since)}" if since <= now else ""


def _ended(request: Request, rules: HouseRules) -> str:
    outcome = f"*{request.outcome or 'closed'}*"
    if request.closed_at is None:
        return outcome
    found = result(request.prior, request.restored_to)
    match request.outcome:
        case Outcome.RESTORED:
            late = lateness(request, request.ends_at, request.closed_at, rules)
            return f"{outcome} {exact(request.closed_at)}{found}, checked{late}"
        case Outcome.RESTORED_BY_SOMEONE_ELSE:
            return f"{outcome} {exact(request.closed_at)}{found}, checked"
        case Outcome.DENIED | Outcome.WITHDRAWN | Outcome.CLOSED_AS_IS if request.closed_by:
            return f"{outcome} by {by(request.closed_by)} {moment(request.closed_at)}"
        case _:
            return f"{outcome} {moment(request.closed_at)}"


def _note(request: Request) -> str:
    """Return the last word on it: somebody's reason, or what an outside service answered."""
    if not request.note or request.outcome in PUT_BACK:
        return ""
    if request.outcome in {Outcome.DENIED, Outcome.CLOSED_AS_IS}:
        return quoted(request.note, NOTE)
    return sentence(request.note, NOTE)


def _whom(request: Request) -> str:
    who = request.subject
    match request.action:
        case Extend():
            return f"{plain(who.name)} · {plain(who.upn, 200)}"
        case Suspend() | SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp() | IssuePass():
            return plain(who.upn, 200)
        case never:
            assert_never(never)


def _asked(request: Request) -> str:
    ticket = f" · {plain(request.ticket)}" if request.ticket else ""
    return f"Asked by {mention(request.requester)}{ticket}"


def _briefing(request: Request) -> str:
    told = request.briefing
    roles = listed((plain(role) for role in told.roles), ROLES) or "none"
    return " · ".join(
        [
            f"Roles: {roles}",
            _factors(told.second_factors),
            f"last 24 h: {_requests(told.requests_last_day)}",
            f"{counted(told.suspensions_last_90_days, 'suspension')} in 90 days",
        ]
    )


def _forecast(request: Request) -> list[Block]:
    """Say whether it will help, as it was when it was asked for."""
    found = request.briefing.forecast
    if found is None:
        return []
    told = forecast(found, VOICE, plain(request.subject.name))
    if not isinstance(found, ChangesNothing):
        return [section("forecast", told)]
    warned = f":warning: {told} {mention(request.requester)} was told so and asked anyway."
    return [section("forecast", warned)]


def _factors(number: int | None) -> str:
    if number is None:
        return "second factors could not be read"
    return counted(number, "second factor") if number else "*no second factor registered*"


def _requests(number: int) -> str:
    return f"{counted(number, 'other request')}" if number else "no other request"


def _history(request: Request) -> str:
    """Return who let it happen and who ended it."""
    parts = []
    if request.needed > 1 and request.state is State.PENDING:
        parts.append(f"{len(request.approvals)} of {request.needed} approvals")
    if request.approvals:
        parts.append(f"approved by {listed(map(_approval, request.approvals), APPROVALS)}")
    if request.confirmed_at:
        parts.append(_since(request, request.confirmed_at))
    if request.unconfirmed and request.lowers:
        parts.append("Entra did not confirm the change; it counts as made")
    if note := _note(request):
        parts.append(note)
    return " · ".join(parts)


def _since(request: Request, at: datetime) -> str:
    """Return since when there is something to be taken back."""
    if not isinstance(request.action, IssuePass):
        return f"MFA off since {exact(at)}"
    return "not shown" if request.unconfirmed else f"shown {exact(at)}, {uses(request.action)}"


def _approval(approval: Approval) -> str:
    return f"{mention(approval.by)} {moment(approval.at)}"


def _decide(request: Request) -> list[Block]:
    if request.state is not State.PENDING:
        return []
    value = f"{request.label}:{request.terms}"
    yes = button(Button.APPROVE, "Approve", value, style="primary")
    asked = confirmed(yes, f"Approve {request.label}?", _warning(request))
    deciding = [asked, button(Button.DENY, "Deny", value, style="danger")]
    if isinstance(request.action, SetPhone | SetUp):
        deciding.append(button(Button.SHOW_NUMBER, "Show number", value))
    return actions("decide", *deciding)


def _warning(request: Request) -> str:
    """Return what Slack asks before an approval, within its 300 characters."""
    whom = f"{plain(request.subject.name, 60)} ({plain(request.subject.upn, 100)})"
    match request.action:
        case Suspend(lasts=lasts):
            return f"Turns MFA off for {whom}, {spell(lasts)}."
        case Extend(by=more):
            return f"Keeps MFA off for {whom}, {spell(more)} longer."
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp() as change:
            return warning(change, whom)
        case IssuePass() as issue:
            return pass_warning(issue, whom)
        case never:
            assert_never(never)


def duty(rules: HouseRules) -> str:
    """Return a mention of everybody on duty; empty when nobody is named."""
    return " ".join(filter(None, (handle(who) for who in rules.escalate[:DUTY])))
