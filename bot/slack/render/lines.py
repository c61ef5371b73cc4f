"""News as it is told: a line in the card's thread, a direct message, a call for the people on duty."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from approvals.model import ChatId, IssuePass, Lever, News, Notice, Request, Suspend
from bot.slack.render.blocks import Message, button, short
from bot.slack.render.cards import duty
from bot.slack.render.changes import STEPS
from bot.slack.render.facts import Fact, told
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import code, mention, plain, sentence
from commands.model import Button


def line(request: Request, notice: Notice, rules: HouseRules) -> Message:
    """Return a line of the card's thread."""
    return short(_named(request, notice, rules))


def page(request: Request, notice: Notice, rules: HouseRules) -> Message:
    """Return a call for the people on duty, with what to do by hand."""
    called = f"{duty(rules)} {_named(request, notice, rules)}".lstrip()
    return short(f"{called}\n{_by_hand(request, rules)}" if request.lowers or request.pass_is_out else called)


def direct(request: Request, notice: Notice, to: ChatId, rules: HouseRules) -> Message:
    """Return a direct message to the subject, or else to the requester, with what can be pressed."""
    if to == request.subject.chat:
        return short(_to_subject(request, notice, rules))
    return short(_named(request, notice, rules), *_buttons(request, notice.news))


def settled(request: Request, notice: Notice, rules: HouseRules) -> Message:
    """Return the requester's message again, with nothing left to press."""
    return short(_named(request, notice, rules))


def guide() -> Message:
    """Return how an authenticator app is set up, for the one who is to do it."""
    asked = "Your helpdesk asks you to set up an app that confirms your sign-ins. Nothing was changed yet."
    return short(f"{asked}\n{STEPS}")


def alarm(request: Request, why: str, rules: HouseRules) -> Message:
    """Return what the people on duty are told when the channel takes no messages."""
    place = f"<#{rules.channel}>"
    return short(
        f"{request.label}: {place} takes no messages of mine ({sentence(why)}). "
        "Requests cannot be decided there; what is due is restored all the same. "
        "Invite me to the channel, or correct `people.channel`."
    )


def head(seq: int, digest: str) -> Message:
    """Return the record's head, as it is published every day."""
    return short(f"Record: line {seq}, head {code(digest, 64)}")


def _named(request: Request, notice: Notice, rules: HouseRules) -> str:
    fact = Fact(request, notice, rules, whose=f"for {plain(request.subject.name)}")
    return f"{request.label}: {told(fact)}"


def _to_subject(request: Request, notice: Notice, rules: HouseRules) -> str:
    text = told(Fact(request, notice, rules, whose="on your account"))
    if notice.news not in {News.ACTIVE, News.PROLONGED, News.DONE, News.SHOWN}:
        return f"{request.label}: {text}"
    ticket = f" ({plain(request.ticket)})" if request.ticket else ""
    asked = f"Asked for by {mention(request.requester)}{ticket}."
    ask = duty(rules) or "your helpdesk"
    ending = "" if notice.news in {News.DONE, News.SHOWN} else _signed_out(request, rules)
    return f"{request.label}: {_yours(notice)}{text} {asked} {ending}If you did not ask for this, tell {ask}."


def _yours(notice: Notice) -> str:
    """Say whose account it is about, where the news itself does not."""
    return "On your account: " if notice.news is News.DONE else ""


def _signed_out(request: Request, rules: HouseRules) -> str:
    by_lever = isinstance(request.action, Suspend) and request.action.lever.signs_out
    return "At the end you are signed out everywhere. " if by_lever or rules.revoke_sessions else ""


def _buttons(request: Request, news: News) -> list[ButtonElement]:
    if news is News.GRANTED:
        return [button(Button.SHOW_PASS, "Show the pass", request.label, style="primary")]
    if news is News.SHOWN:
        return [button(Button.RESTORE_NOW, "Take it back", request.label)]
    if news not in {News.ACTIVE, News.PROLONGED, News.WARNING}:
        return []
    return [
        button(Button.EXTEND, "Extend", request.label),
        button(Button.RESTORE_NOW, "Restore now", request.label, style="primary"),
    ]


def _by_hand(request: Request, rules: HouseRules) -> str:
    command = code(f"relatch restore {request.label} --wait 60s")
    prior = f" to *{request.prior}*" if request.prior else ""
    address = sentence(rules.runbook.replace("|", "%7C"), 500)
    runbook = f" Runbook: <{address}>" if address else ""
    whom = plain(request.subject.upn, 200)
    match request.action:
        case Suspend(lever=Lever.EXCLUSION_GROUP, group=group):
            portal = f"take {whom} out of the group {code(group)}"
        case IssuePass():
            portal = f"delete the Temporary Access Pass among the authentication methods of {whom}"
        case _:
            portal = f"set per-user MFA of {whom}{prior}"
    return f"By hand: {command}, or {portal} in the Entra admin center.{runbook}"
