"""Names of people, groups and channels in Slack and Entra, known by their shape."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

from bot.config.faults import shown, unfit

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,30}")
_SLACK_USER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
_SLACK_GROUP: Final = re.compile(r"S[A-Z0-9]{2,30}")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_REGION: Final = re.compile(r"[A-Z]{2}")
# The signs that Entra allows in a user principal name (Entra docs, "Prepare for directory synchronization").
_UPN: Final = re.compile(r"[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")

_FINDING: Final = "(Slack shows it in the profile's or group's menu: Copy ID)"


@dataclass(frozen=True, slots=True)
class SlackUser:
    """One account in the workspace: ``U…`` or ``W…``."""

    id: str


@dataclass(frozen=True, slots=True)
class SlackGroup:
    """The members of a Slack user group: ``S…``."""

    id: str


@dataclass(frozen=True, slots=True)
class EntraGroup:
    """The members of an Entra group, by its object id."""

    id: str


Mentionable: TypeAlias = SlackUser | SlackGroup
Principal: TypeAlias = SlackUser | SlackGroup | EntraGroup


def guid(text: object) -> str:
    """Read an object id; written in lower case, so that two of them can be compared."""
    if isinstance(text, str) and _GUID.fullmatch(text):
        return text.lower()
    raise unfit("an object id, such as 11111111-2222-3333-4444-555555555555", shown(text))


def tenant(text: str) -> str:
    """Read a tenant: its id, or a domain of it."""
    if _GUID.fullmatch(text) or _DOMAIN.fullmatch(text):
        return text.lower()
    raise unfit("the tenant's id or one of its domains", "neither")


def client(text: str) -> str:
    """Read the application id; what is found instead may be a secret, and is not quoted."""
    if _GUID.fullmatch(text):
        return text.lower()
    raise unfit("the application (client) id, a GUID", "no GUID")


def principal(text: object) -> Principal:
    """Read who may do something: a Slack user, a Slack user group, or an Entra group."""
    if isinstance(text, str) and _GUID.fullmatch(text):
        return EntraGroup(text.lower())
    if found := _in_slack(text):
        return found
    raise unfit(
        f"a Slack user group (S…), a Slack user (U… or W…) or an Entra group's object id {_FINDING}",
        shown(text),
    )


def mentionable(text: object) -> Mentionable:
    """Read who may be mentioned in a message; an Entra group cannot."""
    if found := _in_slack(text):
        return found
    raise unfit(f"a Slack user group (S…) or a Slack user (U… or W…) {_FINDING}", shown(text))


def _in_slack(text: object) -> Mentionable | None:
    if not isinstance(text, str):
        return None
    if _SLACK_GROUP.fullmatch(text):
        return SlackGroup(text)
    return SlackUser(text) if _SLACK_USER.fullmatch(text) else None


def in_directory(text: object) -> str:
    """Read a person of the directory: a user principal name, or an object id."""
    if isinstance(text, str) and _GUID.fullmatch(text):
        return text.lower()
    if isinstance(text, str) and _UPN.fullmatch(text):
        return text
    raise unfit("a user principal name, such as hanna@contoso.com, or an object id", shown(text))


def _shaped(shape: re.Pattern[str], expected: str) -> Callable[[object], str]:
    def read(text: object) -> str:
        if isinstance(text, str) and shape.fullmatch(text):
            return text
        raise unfit(expected, shown(text))

    return read


_channel = _shaped(_CHANNEL, "a channel's id (C…), which stands at the end of its details in Slack")
_slack_user = _shaped(_SLACK_USER, f"a Slack user (U… or W…) {_FINDING}")
_region = _shaped(_REGION, "a country in two capital letters, such as NL")

Guid: TypeAlias = Annotated[str, BeforeValidator(guid)]
TenantId: TypeAlias = Annotated[str, BeforeValidator(tenant)]
ClientId: TypeAlias = Annotated[str, BeforeValidator(client)]
ChannelId: TypeAlias = Annotated[str, BeforeValidator(_channel)]
SlackUserId: TypeAlias = Annotated[str, BeforeValidator(_slack_user)]
DirectoryPerson: TypeAlias = Annotated[str, BeforeValidator(in_directory)]
Region: TypeAlias = Annotated[str, BeforeValidator(_region)]
ReadPrincipal: TypeAlias = Annotated[Principal, BeforeValidator(principal)]
ReadMentionable: TypeAlias = Annotated[Mentionable, BeforeValidator(mentionable)]
