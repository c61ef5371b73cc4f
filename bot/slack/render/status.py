"""The answer to ``/mfa status``: always the same facts in the same order."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from slack_sdk.models.blocks import Block

from approvals.model import Protection
from bot.slack.render.blocks import Message, flow, message, paragraphs, section
from bot.slack.render.cards import standing, title
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import day, listed, mention, plain, sentence
from commands.model import Method, PersonStatus, StatusShown, Unreadable, Use, Withheld

ROLES = 15
METHOD = 70
METHODS_BUDGET = 8_000
"""Of a message's characters; roles, rules and the live suspension take the rest."""

EXPLAINED = {
    Protection.DISABLED: "Entra asks for no second factor because of this setting; other rules still may.",
    Protection.ENABLED: (
        "Asked to register at the next sign-in; legacy apps still work with the password alone. "
        "Entra makes it enforced by itself after registration."
    ),
    Protection.ENFORCED: "A second factor is asked for at sign-in; legacy apps need an app password.",
}
HEADINGS = {
    Use.SECOND_FACTOR: "Second factors",
    Use.PASSWORD_RESET: "Password reset only",
    Use.FIRST_FACTOR: "First factor",
    Use.UNKNOWN: "Kinds unknown to Relatch (may be second factors)",
}


def status(shown: StatusShown, rules: HouseRules, now: datetime) -> Message:
    """Return everything that is known; of a protected person no methods, whatever *shown* holds."""
    told = shown.status
    top = [section("who", _who(told)), section("state", f"*MFA* {_protection(told.protection)}")]
    blocks: list[Block] = [*top, *paragraphs("methods", _methods(told)), section("roles", _roles(told))]
    live = ""
    if shown.live is not None:
        live = f"{title(shown.live)} · {standing(shown.live, rules, now)}"
        blocks.append(section("live", f"*Live suspension* {live}\nAsked by {mention(shown.live.requester)}"))
    return message("\n".join(filter(None, (_who(told), f"MFA {_protection(told.protection)}", live))), blocks)


def unreadable(fact: Unreadable) -> str:
    """Return why a fact is missing and what would make it readable."""
    return f":grey_question: could not be read: {sentence(fact.why)} {sentence(fact.what_to_do)}".rstrip()


def _who(told: PersonStatus) -> str:
    kind = "guest" if told.guest else "member"
    account = "enabled" if told.enabled else "*disabled*"
    origin = "synchronised from AD" if told.synchronised else "cloud only"
    return f"*{plain(told.person.name)}* · {plain(told.person.upn, 200)} · {kind}, {account}, {origin}"


def _protection(found: Protection | Unreadable) -> str:
    match found:
        case Unreadable():
            return unreadable(found)
        case Protection():
            return f"{found} (per-user). {EXPLAINED[found]}"
        case never:
            assert_never(never)


def _methods(told: PersonStatus) -> list[str]:
    if told.protected:
        return ["*Second factors* not shown: this person is protected"]
    match told.methods:
        case Withheld(why=why):
            return [f"*Second factors* not shown: {sentence(why)}"]
        case Unreadable():
            return [f"*Second factors* {unreadable(told.methods)}"]
        case methods:
            return [text for use in Use for text in _registered(use, methods)]


def _registered(use: Use, every: tuple[Method, ...]) -> list[str]:
    """Return the paragraphs of one use, in its share of the message."""
    methods = [method for method in every if method.use is use]
    if not methods:
        return ["*Second factors* none registered"] if use is Use.SECOND_FACTOR else []
    share = METHODS_BUDGET * len(methods) // len(every)
    rows = [f"*{HEADINGS[use]}*", *map(_method, methods)]
    return flow(rows, joint="\n• " if len(methods) > 1 else " ", budget=share)


def _method(method: Method) -> str:
    detail = f" {plain(method.detail, METHOD)}" if method.detail else ""
    since = f" (since {day(method.since)})" if method.since else ""
    return f"{plain(method.name, METHOD)}{detail}{since}"


def _roles(told: PersonStatus) -> str:
    match told.roles:
        case Unreadable():
            held = unreadable(told.roles)
        case roles:
            held = listed((plain(role) for role in roles), ROLES) or "none"
    if not told.protected:
        return f"*Roles* {held}"
    return f"*Roles* {held}\n*Protected* {listed((sentence(why, 150) for why in told.protected), 8)}"
