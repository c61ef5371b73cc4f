"""Where Slack's dicts become what somebody typed, pressed or sent.

The shapes are those of Slack's docs, "Slash commands" and "Interaction payloads".

Nothing here raises: a delivery that is not understood is an :class:`UnreadableDelivery`. The workspace of
a click is the clicker's own; where the delivery names another one besides, both are put into the name,
which is then nobody's home, so that the core refuses and records it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from approvals.model import Caller, ChatId
from bot.slack.foreign import at, flag, text
from commands.model import Button, FormName, Invocation, Press, Submission


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command, and where its answers go."""

    call: Invocation
    response_url: str

    @property
    def caller(self) -> Caller:
        """Return who typed it."""
        return self.call.caller


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button; ``own`` is true on a message that only the presser sees, which may be replaced."""

    press: Press
    response_url: str
    trigger: str
    own: bool

    @property
    def caller(self) -> Caller:
        """Return who pressed it."""
        return self.press.caller


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent off; answers go to its sender directly."""

    submission: Submission

    @property
    def caller(self) -> Caller:
        """Return who sent it."""
        return self.submission.caller


@dataclass(frozen=True, slots=True)
class Happened:
    """An event: acknowledged, and nothing runs."""

    name: str


@dataclass(frozen=True, slots=True)
class UnreadableDelivery:
    """A signed delivery that is not understood; ``why`` quotes nothing of it."""

    why: str


Delivery = Typed | Pressed | Sent | Happened


def read(body: Mapping[str, object], correlation: str) -> Delivery | UnreadableDelivery:
    """Return what *body* means."""
    if "command" in body:
        return _typed(body, correlation)
    match text(body, "type"):
        case "block_actions":
            return _pressed(body, correlation)
        case "view_submission":
            return _sent(body, correlation)
        case "event_callback":
            name = text(body, "event", "type")
            return Happened(name) if name else UnreadableDelivery("an event without a type")
        case _:
            return UnreadableDelivery("neither a command, a press, a form nor an event")


def _typed(body: Mapping[str, object], correlation: str) -> Typed | UnreadableDelivery:
    command, who, home = text(body, "command"), text(body, "user_id"), text(body, "team_id")
    url = text(body, "response_url")
    if not (command and who and home):
        return UnreadableDelivery("a command without its name, user or workspace")
    if not may_answer(url):
        return UnreadableDelivery("a command without an address to answer to")
    call = Invocation(command, text(body, "text"), Caller(ChatId(who), home), correlation)
    return Typed(call, url)


def _pressed(body: Mapping[str, object], correlation: str) -> Pressed | UnreadableDelivery:
    match at(body, "actions"):
        case [Mapping() as action]:
            name, value = text(action, "action_id"), text(action, "value")
        case _:
            return UnreadableDelivery("a press without its one button")
    caller, url = _caller(body), text(body, "response_url")
    if name not in set(Button):
        return UnreadableDelivery("a press on an unknown button")
    if caller is None or not may_answer(url):
        return UnreadableDelivery("a press without its user or an address to answer to")
    press = Press(Button(name), value, caller, correlation)
    return Pressed(press, url, text(body, "trigger_id"), own=flag(body, "container", "is_ephemeral"))


def _sent(body: Mapping[str, object], correlation: str) -> Sent | UnreadableDelivery:
    name, caller = text(body, "view", "callback_id"), _caller(body)
    if name not in set(FormName) or caller is None:
        return UnreadableDelivery("an unknown form, or one without its user")
    about = text(body, "view", "private_metadata")
    return Sent(
        Submission(FormName(name), about, _values(at(body, "view", "state", "values")), caller, correlation)
    )


def _values(state: object) -> dict[str, str]:
    """Return what was filled in, by the input's name, which is its block's id."""
    if not isinstance(state, Mapping):
        return {}
    return {str(name): _value(answer) for name, answer in state.items()}


def _value(answer: object) -> str:
    match list(answer.values()) if isinstance(answer, Mapping) else []:
        case [filled]:
            return text(filled, "value")
        case _:
            return ""


def _caller(body: Mapping[str, object]) -> Caller | None:
    who, own, here = text(body, "user", "id"), text(body, "user", "team_id"), text(body, "team", "id")
    if not who:
        return None
    return Caller(ChatId(who), own if own and own == here else f"{own or 'unknown'} in {here or 'unknown'}")


def may_answer(url: str) -> bool:
    """Return whether an answer may go to *url*: https, or http to this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
