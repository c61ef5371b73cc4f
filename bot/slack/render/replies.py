"""Answers to one person, visible to nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from slack_sdk.models.blocks import Block, ButtonElement

from approvals.model import Extend, IssuePass, Request, State, Suspend, label
from approvals.service import Asked, Counted, Moved, PassNotShown, Refused, Revealed
from bot.slack.render.blocks import Message, button, flow, message, paragraphs, section, short, small
from bot.slack.render.cards import body, effect, standing, title
from bot.slack.render.changes import being_made, guided, remarks
from bot.slack.render.checks import checked
from bot.slack.render.diagnoses import diagnosed
from bot.slack.render.domains import domain, domains
from bot.slack.render.mailboxes import mailbox
from bot.slack.render.passes import approved, not_shown
from bot.slack.render.rules import HouseRules
from bot.slack.render.runbooks import runbook
from bot.slack.render.status import sign_ins, status
from bot.slack.render.text import VOICE, code, counted, listed, mention, moment, plain, sentence, whole
from commands.model import (
    Button,
    Diagnosed,
    DomainChecked,
    DomainShown,
    DomainsShown,
    Doubtful,
    EnableAsked,
    Failed,
    Guided,
    HelpShown,
    LookingUp,
    MailboxShown,
    Misused,
    NotFound,
    NothingToDo,
    Off,
    PassOffered,
    RequestShown,
    RequestsShown,
    RestoreOffered,
    RunbookShown,
    SignInsShown,
    StatusShown,
)
from commands.wording import forecast

Sayable = (
    Misused
    | LookingUp
    | NotFound
    | StatusShown
    | RequestsShown
    | RequestShown
    | HelpShown
    | DomainsShown
    | DomainShown
    | DomainChecked
    | RunbookShown
    | MailboxShown
    | Diagnosed
    | NothingToDo
    | EnableAsked
    | RestoreOffered
    | Guided
    | Off
    | Failed
    | Asked
    | Counted
    | Doubtful
    | Moved
    | PassOffered
    | PassNotShown
    | Refused
    | Revealed
    | SignInsShown
)
"""Every reply but a form and a pass, which are shown and not said."""

Shown = StatusShown | SignInsShown | RequestsShown | RequestShown | HelpShown
AboutDomains = DomainsShown | DomainShown | DomainChecked | RunbookShown
AboutMailboxes = MailboxShown | Diagnosed
Short = Misused | LookingUp | NotFound | NothingToDo | Off | Failed
Offering = EnableAsked | RestoreOffered | Guided | Doubtful | PassOffered
Done = Asked | Counted | Moved | PassNotShown | Refused | Revealed
APPROVERS = 20
BUTTON_VALUE = 2_000


def answer(reply: Sayable, rules: HouseRules, now: datetime) -> Message:
    """Return *reply* in words."""
    match reply:
        case StatusShown() | SignInsShown() | RequestsShown() | RequestShown() | HelpShown():
            return _shown(reply, rules, now)
        case Asked() | Counted() | Moved() | PassNotShown() | Refused() | Revealed():
            return short(_done(reply, rules, now))
        case DomainsShown() | DomainShown() | DomainChecked() | RunbookShown():
            return _about_domains(reply)
        case MailboxShown() | Diagnosed():
            return _about_mailboxes(reply)
        case EnableAsked() | RestoreOffered() | Guided() | Doubtful() | PassOffered():
            return _offering(reply, rules)
        case Misused() | LookingUp() | NotFound() | NothingToDo() | Off() | Failed():
            return _short(reply)
        case never:
            assert_never(never)


def _short(reply: Short) -> Message:
    match reply:
        case Misused():
            return _misused(reply)
        case LookingUp(who=who):
            return short(f"Looking up {plain(who, 200)}…")
        case NotFound(what=what, hint=hint):
            return short(f"Not found: {plain(what, 200)}. {sentence(hint)}".rstrip())
        case NothingToDo(why=why, hint=hint):
            return short(f"{sentence(why)} {sentence(hint)}".rstrip())
        case Off(what=what, table=table):
            off = f"{code(what, 100)} is off: the policy has no {code(f'[{table}]', 100)}."
            return short(f"{off} Whoever runs Relatch can add that table and restart it.")
        case Failed():
            return _failed(reply)
        case never:
            assert_never(never)


def _offering(reply: Offering, rules: HouseRules) -> Message:
    match reply:
        case EnableAsked(asked=asked):
            text = (
                f"{_asked(asked, rules)}\nPhone (the directory's mobile number), default method and MFA can "
                f"be asked for as one request instead; {asked.request.label} is then withdrawn."
            )
            return short(text, button(Button.ALL_THREE, "Ask for all three", asked.request.label))
        case RestoreOffered(live=live):
            text = (
                f"Not sent, nothing changed. MFA of {plain(live.subject.name)} is off for {live.label}. "
                "Its end puts MFA back as it was; nobody has to approve that."
            )
            return short(text, button(Button.RESTORE_NOW, "Restore now", live.label, style="primary"))
        case Guided(person=person, method=method):
            return short(guided(person, method))
        case Doubtful():
            return _doubtful(reply)
        case PassOffered():
            return _pass_offered(reply, rules)
        case never:
            assert_never(never)


def _about_domains(reply: AboutDomains) -> Message:
    match reply:
        case DomainsShown():
            return domains(reply)
        case DomainShown():
            return domain(reply)
        case DomainChecked(check=check):
            return checked(check)
        case RunbookShown(runbook=shown, command=command):
            return runbook(shown, command)
        case never:
            assert_never(never)


def _about_mailboxes(reply: AboutMailboxes) -> Message:
    match reply:
        case MailboxShown(view=view):
            return mailbox(view)
        case Diagnosed(diagnosis=diagnosis, about=about):
            return diagnosed(diagnosis, about)
        case never:
            assert_never(never)


def _done(reply: Done, rules: HouseRules, now: datetime) -> str:
    match reply:
        case Asked():
            return _asked(reply, rules)
        case Counted(request=request, missing=missing):
            needed = "1 more is needed" if missing == 1 else f"{missing} more are needed"
            return f"{request.label}: your approval counts; {needed}."
        case Moved(request=request):
            return _moved(request, rules, now)
        case PassNotShown():
            return not_shown(reply)
        case Refused():
            return _refused(reply)
        case Revealed():
            return _revealed(reply)
        case never:
            assert_never(never)


def _shown(reply: Shown, rules: HouseRules, now: datetime) -> Message:
    match reply:
        case StatusShown():
            return status(reply, rules, now)
        case SignInsShown():
            return sign_ins(reply)
        case RequestsShown():
            return _list(reply, rules)
        case RequestShown(request=request, at=at):
            return message(f"{title(request)} · {standing(request, rules, at)}", body(request, rules, at))
        case HelpShown(command=command, entries=entries):
            rows = [f"{code(usage, 300)} {sentence(summary, 300)}" for usage, summary in entries]
            heading = f"*{plain(command)}*"
            return message(f"{plain(command)}: what can be typed", paragraphs("help", flow([heading, *rows])))
        case never:
            assert_never(never)


def _list(reply: RequestsShown, rules: HouseRules) -> Message:
    heading = f"*{sentence(reply.heading, 200)}*"
    rows = [_row(request, rules, reply.at) for request in reply.requests] or ["None."]
    first = ", ".join(request.label for request in reply.requests[:20]) or "none"
    blocks = paragraphs("list", flow([heading, *rows], more=reply.more))
    return message(f"{sentence(reply.heading, 200)}: {first}", blocks)


def _row(request: Request, rules: HouseRules, now: datetime) -> str:
    """Return one request in a line."""
    asked = f"{mention(request.requester)} {moment(request.created_at)}"
    return f"• {title(request)} · {standing(request, rules, now)} · {asked}"


def _misused(reply: Misused) -> Message:
    why = sentence(reply.why)
    if not reply.suggestion:
        return short(f"{why}\nUsage: {code(reply.usage, 500)}" if reply.usage else why)
    text = f"{why}\nDid you mean {code(reply.suggestion)}?"
    if len(reply.suggestion) > BUTTON_VALUE:
        return short(text)
    return short(text, button(Button.USE_THAT, "Use that", reply.suggestion))


def _failed(reply: Failed) -> Message:
    text = " ".join(filter(None, map(whole, (reply.why, reply.changed, reply.what_to_do))))
    blocks: list[Block] = [section("said", text), small("trace", f"Log id {plain(reply.correlation)}")]
    return message(text, blocks)


def _asked(reply: Asked, rules: HouseRules) -> str:
    request, number = reply.request, len(reply.approvers)
    who = listed(map(mention, reply.approvers), APPROVERS)
    can = (
        f"{counted(number, 'approver')} can decide: {who}." if number else "Nobody can decide it at present."
    )
    needed = f" {request.needed} approvals are needed." if request.needed > 1 else ""
    sent = f"{request.label} sent to {_channel(rules)}."
    lines = [f"{sent} {can}{needed} It lapses {moment(request.lapses_at)}."]
    if foreseen := request.briefing.forecast:
        lines.append(forecast(foreseen, VOICE, plain(request.subject.name)))
    if not isinstance(request.action, Suspend | Extend):
        lines += [*filter(None, [remarks(request)]), effect(request, rules)]
    return "\n".join(filter(None, lines))


def _doubtful(reply: Doubtful) -> Message:
    """Say what asks all the same; the button holds the whole command, to be asked for anyway."""
    return short(_refused(reply.unconfirmed.refused), *_anyway(reply))


def _anyway(reply: Doubtful) -> list[ButtonElement]:
    fits = len(reply.command) <= BUTTON_VALUE
    return [button(Button.ASK_ANYWAY, "Ask anyway", reply.command)] if fits else []


def _pass_offered(reply: PassOffered, rules: HouseRules) -> Message:
    """Add to an answer that an access pass would do; the button holds the whole command that asks for it."""
    offer = (
        "A *Temporary Access Pass* would do instead: it signs the person in past the second factor, and MFA "
        "stays on."
    )
    buttons: list[ButtonElement] = []
    match reply.instead_of:
        case Asked(request=request) as asked:
            said = _asked(asked, rules)
            offer = f"{offer} Withdraw {request.label} if you ask for one."
        case Doubtful(unconfirmed=unconfirmed) as doubtful:
            said, buttons = _refused(unconfirmed.refused), _anyway(doubtful)
        case Refused() as refused:
            said = _refused(refused)
        case never:
            assert_never(never)
    if len(reply.command) <= BUTTON_VALUE:
        buttons.append(button(Button.PASS_INSTEAD, "Ask for a pass", reply.command))
    return short(f"{said}\n{offer}", *buttons)


def _channel(rules: HouseRules) -> str:
    """Return the approvals channel as a link; its id is from the policy, which is checked at start."""
    return f"<#{plain(rules.channel)}>"


def _moved(request: Request, rules: HouseRules, now: datetime) -> str:
    name = plain(request.subject.name)
    match request.state:
        case State.APPLYING:
            return f"{request.label} is *being applied*: {_applying(request)}"
        case State.RESTORING:
            a_pass = isinstance(request.action, IssuePass)
            back = f"the pass for {name} is removed" if a_pass else f"MFA for {name} is put back"
            return f"{request.label} is *being restored*: {back} and checked by a read."
        case State.PENDING | State.ACTIVE | State.CLOSED:
            return f"{request.label} for {name}: {standing(request, rules, now)}"
        case never:
            assert_never(never)


def _applying(request: Request) -> str:
    if isinstance(request.action, IssuePass):
        return approved(request)
    if isinstance(request.action, Suspend | Extend):
        return f"Entra is asked to turn MFA off for {plain(request.subject.name)}."
    return being_made(request.action, request.subject.name)


def _revealed(reply: Revealed) -> str:
    about = f"{reply.request.label}: the number for {plain(reply.request.subject.name)} is"
    return f"{about} {code(reply.number.written)}. Only you see this, and that you looked is on record."


def _refused(reply: Refused) -> str:
    rule = f" ({code(reply.rule, 100)})" if reply.rule else ""
    said = " ".join(filter(None, (_stop(whole(reply.why), rule), whole(reply.what_to_do))))
    trace = f"{reply.at:%Y-%m-%d %H:%M} UTC"
    about = f"{label(reply.request)} · " if reply.request is not None else ""
    return f"Not done, nothing changed. {said} {about}{trace}"


def _stop(why: str, rule: str) -> str:
    """Put the rule's key before the full stop of why it refused."""
    return f"{why.removesuffix('.')}{rule}."
