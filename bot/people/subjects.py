"""Whose MFA it is: finding them, what protects them, and what is shown of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from approvals.errors import Gone, Later
from approvals.model import ChatId, Person, PersonId
from approvals.ports import SubjectFacts
from bot.entra.client import GraphClient
from bot.entra.dossier import dossier
from bot.entra.lists import Unread
from bot.entra.methods import second_factors
from bot.entra.users import Users
from bot.people.accounts import chat_of
from bot.people.chat import Chat
from bot.people.rules import Rules


@dataclass(frozen=True, slots=True)
class Subjects:
    """Reads about the people whom requests are about."""

    graph: GraphClient
    chat: Chat
    rules: Rules

    async def by_key(self, key: str) -> Person:
        """Return the person with this object id."""
        return (await Users(self.graph).get(key)).person

    async def by_address(self, address: str) -> Person:
        """Return the one person who goes by *address*."""
        return (await Users(self.graph).find(address)).person

    async def by_chat(self, chat: ChatId) -> Person:
        """Return whom the table binds to the account, else who goes by its confirmed address."""
        account = await self.chat.account(chat)
        if account.stranger or account.team != self.rules.home:
            raise Gone("the account belongs to another workspace", "write the person's address")
        bound = self.rules.table.get(chat)
        if bound is not None:
            return replace(await self.by_key(bound), chat=chat)
        if not (account.email and account.email_confirmed):
            raise Gone("Slack shows no confirmed address of this account", "write the person's address")
        return replace(await self.by_address(account.email), chat=chat)

    async def facts(self, who: PersonId, at: datetime) -> SubjectFacts:
        """Return what a decision about *who* rests on.

        A part that may be readable in a moment raises ``Later``; one that stays unreadable is named.
        """
        found = await dossier(self.graph, who, self.rules.protect)
        for unread in found.shield.unread:
            if isinstance(unread.error, Later):
                raise unread.error
        chat = await chat_of(self.chat, self.rules, found.user)
        return SubjectFacts(
            person=replace(found.user.person, chat=chat),
            guest=found.user.guest,
            enabled=found.user.enabled,
            roles=found.shield.roles,
            protected=found.shield.protected,
            unreadable=tuple(map(str, found.shield.unread)),
            second_factors=None if isinstance(found.methods, Unread) else second_factors(found.methods),
            at=at,
        )
