"""What `relatch check` asks of the workspace: the app's own standing, the channel, and the user groups.

Each read raises ``Later``, ``Never`` (with what to do) or ``Gone``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from approvals.errors import Later
from approvals.model import ChatId
from bot.slack.foreign import at, flag, text
from bot.slack.web import Web, answered, responded


@dataclass(frozen=True, slots=True)
class Installed:
    """The app in its workspace; ``scopes`` are what its token allows, ``None`` where Slack does not say."""

    name: str
    workspace: str
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel (Slack docs, "conversations.info"); ``shared`` says with whom, and is empty otherwise."""

    name: str
    private: bool
    shared: str
    archived: bool
    member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group (Slack docs, "usergroups.list")."""

    handle: str
    disabled: bool
    members: frozenset[ChatId]
    edited_by: ChatId
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class SlackWorkspace:
    """Reads about the workspace itself."""

    web: Web

    async def installed(self) -> Installed:
        """Say who the app is, where, and what its token allows (``auth.test``)."""
        response = await responded(self.web.client.auth_test())
        body, headers = getattr(response, "data", None), getattr(response, "headers", None)
        return Installed(text(body, "user"), text(body, "team"), _scopes(headers))

    async def channel(self, channel: str) -> Channel:
        """Look at *channel*."""
        found = at(await answered(self.web.client.conversations_info(channel=channel)), "channel")
        if not isinstance(found, Mapping):
            raise Later("Slack's answer names no channel")
        return Channel(
            name=text(found, "name"),
            private=flag(found, "is_private"),
            shared=_shared(found),
            archived=flag(found, "is_archived"),
            member=flag(found, "is_member"),
        )

    async def groups(self) -> dict[str, UserGroup]:
        """Return every user group by its id, disabled ones too."""
        call = self.web.client.usergroups_list(include_disabled=True, include_users=True)
        listed = at(await answered(call), "usergroups")
        if not isinstance(listed, list):
            raise Later("Slack does not list the user groups")
        return {text(one, "id"): _group(one) for one in listed}


def _scopes(headers: object) -> frozenset[str] | None:
    """Read ``X-OAuth-Scopes``, whatever the letters of its name are."""
    pairs = headers.items() if isinstance(headers, Mapping) else ()
    said = [value for name, value in pairs if str(name).lower() == "x-oauth-scopes"]
    return frozenset(filter(None, map(str.strip, said[0].split(",")))) if said else None


def _shared(channel: object) -> str:
    if flag(channel, "is_ext_shared") or flag(channel, "is_pending_ext_shared"):
        return "another organisation"
    if flag(channel, "is_org_shared"):
        return "other workspaces of the organisation"
    return "another workspace" if flag(channel, "is_shared") else ""


def _group(found: object) -> UserGroup:
    users, edited = at(found, "users"), at(found, "date_update")
    return UserGroup(
        handle=text(found, "handle"),
        disabled=bool(at(found, "date_delete")),
        members=frozenset(ChatId(one) for one in users if isinstance(one, str))
        if isinstance(users, list)
        else frozenset(),
        edited_by=ChatId(text(found, "updated_by")),
        edited_at=datetime.fromtimestamp(edited, UTC) if isinstance(edited, int) and edited > 0 else None,
    )
