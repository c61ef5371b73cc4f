"""The answer to ``/mfa status``: always the same facts in the same order."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from slack_sdk.models.blocks import Block

from approvals.model import ChangesNothing, Protection
from bot.slack.render.blocks import (
    Message,
    actions,
    button,
    flow,
    message,
    paragraphs,
    section,
    short,
)
from bot.slack.render.cards import standing, title
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import VOICE, day, exact, listed, mention, plain, sentence
from commands.federation_model import Unread
from commands.model import Button, SignInsShown, StatusShown
from commands.person_model import Method, PersonStatus, Unreadable, Use, Withheld
from commands.picture import Elsewhere, foreseen
from commands.wording import also, asking, missing, preferred, registered, signed_in

ROLES = 15
METHOD = 70
METHODS_BUDGET = 7_000
"""Of a message's characters; roles, rules and the live suspension take the rest."""

ALSO_BUDGET = 2_500

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
    blocks: list[Block] = [*top, *paragraphs("methods", _methods(told)), *_picture(told, now)]
    blocks.append(section("roles", _roles(told)))
    live = ""
    if shown.live is not None:
        live = f"{title(shown.live)} · {standing(shown.live, rules, now)}"
        blocks.append(section("live", f"*Live suspension* {live}\nAsked by {mention(shown.live.requester)}"))
    blocks += _more(told)
    return message("\n".join(filter(None, (_who(told), f"MFA {_protection(told.protection)}", live))), blocks)


def sign_ins(shown: SignInsShown) -> Message:
    """Return the last sign-ins, the newest first; of a protected person none, whatever *shown* holds."""
    seen = shown.seen
    heading = f"*Last sign-ins* of {plain(seen.person.name)}"
    match seen.sign_ins:
        case _ if seen.protected:
            return short(f"{heading} not shown: this person is protected.")
        case Withheld(why=why):
            return short(f"{heading} not shown: {sentence(why)}")
        case Unread():
            unread = missing("could not be read", seen.sign_ins, VOICE)
            return short(f"{heading}: :grey_question: {unread}")
        case ():
            return short(f"{heading}: none in the log.")
        case lines:
            rows = [f"• {exact(one.at)} · {signed_in(one, VOICE)}" for one in lines]
            return message(heading, paragraphs("sign-ins", flow([heading, *rows])))


def _picture(told: PersonStatus, now: datetime) -> list[Block]:
    """Return the default method, the report, and what else asks; nothing of protected people."""
    found = told.picture
    if told.protected or isinstance(found, Withheld):
        return []
    first, *rest = also(found.elsewhere, VOICE)
    facts = flow([f"*Also requires MFA* {first}", *rest], joint=" · ", budget=ALSO_BUDGET)
    return [
        section("default", f"*Default* {preferred(found.preference, VOICE)}"),
        section("registered", f"*Registered* {registered(found.registration, VOICE, now)}"),
        *paragraphs("also", facts),
        *_warning(told, found.elsewhere),
    ]


def _warning(told: PersonStatus, elsewhere: Elsewhere) -> list[Block]:
    """Say so where a suspension would be of no use."""
    match foreseen(elsewhere, elsewhere.by):
        case ChangesNothing(because=because) if told.protection is not Protection.DISABLED:
            still = f"A suspension would change nothing here: {asking(because, VOICE)} still asks."
            return [section("forecast", f":warning: {still}")]
        case _:
            return []


def _more(told: PersonStatus) -> list[Block]:
    if told.protected or isinstance(told.picture, Withheld):
        return []
    return actions("more", button(Button.SIGN_INS, "Last sign-ins", told.person.id))


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
