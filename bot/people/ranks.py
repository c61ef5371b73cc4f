"""Who may ask and who may decide. Whatever cannot be read raises, and the core refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from approvals.errors import Gone, Never
from approvals.model import Caller, ChatId, Person, PersonId
from approvals.ports import Standing
from bot.entra.users import User, Users
from bot.people.accounts import by_address
from bot.people.binding import OTHER_WORKSPACE, UNKNOWN, Bound, bar, bind
from bot.people.chat import Account, Chat
from bot.people.rules import MatchBy, Principals, Rules

AT_ONCE: Final = 5
"""Accounts looked up in the chat at the same time."""
NO_ACCOUNT: Final = "You have no Slack account here."
_CORRECT: Final = "correct [people] in the policy"

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody whom the policy names; ``barred`` says why they may do nothing, and is empty otherwise."""

    chat: ChatId | None
    person: Person | None
    barred: str


@dataclass(frozen=True, slots=True)
class Ranks:
    """The people of ``[people]``, looked up anew at each question."""

    users: Users
    chat: Chat
    rules: Rules

    async def standing(self, caller: Caller, at: datetime) -> Standing:
        """Say who *caller* is and what they may do."""
        bound = await self._bound(caller)
        if bound.person is None or bound.barred:
            barred = bound.barred or UNKNOWN
            return Standing(caller.chat, bound.person, requester=False, approver=False, barred=barred, at=at)
        person = replace(bound.person, chat=caller.chat)
        requester, approver = await self._may(person.id, caller.chat)
        return Standing(caller.chat, person, requester=requester, approver=approver, barred="", at=at)

    async def _bound(self, caller: Caller) -> Bound:
        if caller.workspace != self.rules.home:
            return Bound(None, OTHER_WORKSPACE)
        try:
            account = await self.chat.account(caller.chat)
        except Gone:
            return Bound(None, UNKNOWN)
        barred = bar(self.rules, account)
        if barred:
            return Bound(None, barred)
        [bound] = await bind(self.users, self.rules, [account])
        return bound

    async def _may(self, who: PersonId, chat: ChatId) -> tuple[bool, bool]:
        """Return whether they may ask, and whether they may decide; what is settled is not asked."""
        sides = (self.rules.requesters, self.rules.approvers)
        unsettled = [side for side in sides if chat not in side.users]
        usergroups = sorted({one for side in unsettled for one in side.usergroups})
        groups = {one for side in unsettled for one in side.groups}
        held = set(await self.users.groups_of(who, groups))
        rosters = await _each(self._members, usergroups)
        held |= {one for one, roster in zip(usergroups, rosters, strict=True) if chat in roster}
        requester, approver = (
            chat in side.users or bool(held & (side.usergroups | side.groups)) for side in sides
        )
        return requester, approver

    async def approvers(self) -> tuple[Person, ...]:
        """Return everybody in good standing who may decide, by name."""
        listed = await self.roll(self.rules.approvers)
        found = {
            one.person.id: replace(one.person, chat=one.chat)
            for one in listed
            if one.person and one.chat and not one.barred
        }
        return tuple(sorted(found.values(), key=lambda one: (one.name.casefold(), one.id)))

    async def roll(self, side: Principals) -> tuple[Listed, ...]:
        """Return everybody whom *side* names, by account, and what bars them."""
        rosters = await _each(self._members, sorted(side.usergroups))
        direct = side.users.union(*rosters)
        through = {one.id: one for held in await _each(self._within, sorted(side.groups)) for one in held}
        found = await _each(self._chat_of, list(through.values()))
        chats = sorted({*direct, *filter(None, found)})
        accounts = dict(zip(chats, await _each(self._usable, chats), strict=True))
        usable = [one for one in accounts.values() if not isinstance(one, str)]
        bound = dict(
            zip((one.chat for one in usable), await bind(self.users, self.rules, usable), strict=True)
        )
        listed = (_listed(chat, account, bound.get(chat)) for chat, account in accounts.items())
        absent = [one for one, chat in zip(through.values(), found, strict=True) if chat is None]
        return (
            # Through a group in Entra only that group's own members: an address may lead to another account.
            *(one for one in listed if one.chat in direct or (one.person and one.person.id in through)),
            *(Listed(None, one.person, NO_ACCOUNT) for one in absent),
        )

    async def _members(self, usergroup: str) -> AbstractSet[ChatId]:
        try:
            return await self.chat.members(usergroup)
        except Gone as error:
            raise Never(f"user group {usergroup} of the policy: {error.why}", _CORRECT) from None

    async def _within(self, group: str) -> Iterable[User]:
        try:
            return await self.users.within(group)
        except Gone as error:
            raise Never(f"group {group} of the policy: {error.why}", _CORRECT) from None

    async def _chat_of(self, user: User) -> ChatId | None:
        match self.rules.match_by:
            case MatchBy.TABLE:
                return self.rules.bound_to(user)
            case MatchBy.EMAIL:
                return await by_address(self.chat, self.rules, user)

    async def _usable(self, chat: ChatId) -> Account | str:
        """Return the account, or what bars it."""
        try:
            account = await self.chat.account(chat)
        except Gone:
            return UNKNOWN
        return bar(self.rules, account) or account


def _listed(chat: ChatId, account: Account | str, bound: Bound | None) -> Listed:
    if isinstance(account, str) or bound is None:
        return Listed(chat, None, str(account))
    return Listed(chat, bound.person, bound.barred)


async def _each(ask: Callable[[Item], Awaitable[Result]], items: Iterable[Item]) -> list[Result]:
    """Ask about each of *items*, a few at a time; the answers are in their order."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> Result:
        async with turn:
            return await ask(item)

    return await asyncio.gather(*map(one, items))
