"""Who is who in Slack. Nothing is kept: a decision looks again.

Each read raises ``Later``, ``Never`` (with what to do) or ``Gone`` for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from approvals.errors import Later
from approvals.model import ChatId
from bot.slack.foreign import at, text
from bot.slack.web import Web, answered


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace the app is installed in, and the app's own account there."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as ``users.info`` shows it (Slack docs, "User object").

    A flag that Slack leaves out counts against the account where it would bar it: of deactivated
    people, for one, it does not say whether they are guests.
    """

    chat: ChatId
    team: str
    name: str
    deleted: bool
    guest: bool
    bot: bool
    stranger: bool
    email: str
    email_confirmed: bool


@dataclass(frozen=True, slots=True)
class SlackPeople:
    """Reads about people and user groups."""

    web: Web

    async def home(self) -> Home:
        """Say where the token belongs (``auth.test``)."""
        found = await answered(self.web.client.auth_test())
        home = Home(text(found, "team_id"), text(found, "user_id"), text(found, "bot_id"))
        if not (home.team and home.user):
            raise Later("Slack does not say whose token this is")
        return home

    async def account(self, chat: ChatId) -> Account:
        """Look up *chat*."""
        found = await answered(self.web.client.users_info(user=chat))
        return _account(at(found, "user"))

    async def by_email(self, address: str) -> Account:
        """Look up who has *address*; ``Gone`` for nobody in this workspace."""
        found = await answered(self.web.client.users_lookupByEmail(email=address))
        return _account(at(found, "user"))

    async def members(self, usergroup: str) -> frozenset[ChatId]:
        """Return who is in *usergroup* now; ``Gone`` for one that is disabled or not there."""
        found = await answered(self.web.client.usergroups_users_list(usergroup=usergroup))
        users = at(found, "users")
        if not isinstance(users, list):
            raise Later("Slack does not say who is in the user group")
        return frozenset(ChatId(user) for user in users if isinstance(user, str))


def _account(user: object) -> Account:
    """Read a user object; ``Later`` when it names nobody."""
    chat, team = text(user, "id"), text(user, "team_id")
    if not (chat and team):
        raise Later("Slack's answer names no account")
    return Account(
        chat=ChatId(chat),
        team=team,
        name=text(user, "profile", "real_name") or text(user, "real_name") or text(user, "name"),
        deleted=_unless_denied(user, "deleted"),
        guest=_unless_denied(user, "is_restricted") or _unless_denied(user, "is_ultra_restricted"),
        bot=_unless_denied(user, "is_bot"),
        stranger=at(user, "is_stranger") is True,
        email=text(user, "profile", "email"),
        email_confirmed=at(user, "is_email_confirmed") is True,
    )


def _unless_denied(user: object, flag: str) -> bool:
    """Return whether *flag* holds; one that is not there does."""
    return at(user, flag) is not False
