"""The two ports about people, over the chat and Entra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from approvals.model import Caller, Forecast, Means, Person, PersonId
from approvals.ports import Standing, SubjectFacts
from bot.entra.client import GraphClient
from bot.entra.elsewhere import Surroundings
from bot.entra.users import Users
from bot.people.chat import Chat
from bot.people.ranks import Ranks
from bot.people.rules import Rules
from bot.people.statuses import Statuses
from bot.people.subjects import Subjects
from commands.person_model import PersonStatus, SignInsSeen
from commands.ports import ByAddress, ByChat, ById, Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``approvals.ports.Directory`` and ``commands.ports.People``.

    Raises ``Later``, ``Never``, or ``Gone`` for nobody. Facts are as old as the start of their reading.
    """

    graph: GraphClient
    chat: Chat
    rules: Rules
    surroundings: Surroundings
    now: Callable[[], datetime]

    @property
    def _ranks(self) -> Ranks:
        return Ranks(Users(self.graph), self.chat, self.rules)

    @property
    def _subjects(self) -> Subjects:
        return Subjects(self.graph, self.chat, self.rules)

    @property
    def _statuses(self) -> Statuses:
        return Statuses(self.graph, self.rules.protect, self.surroundings)

    async def standing(self, caller: Caller) -> Standing:
        """Look up who *caller* is and what they may do, now."""
        return await self._ranks.standing(caller, self.now())

    async def approvers(self) -> tuple[Person, ...]:
        """Return everybody in good standing who may decide, now."""
        return await self._ranks.approvers()

    async def subject(self, who: PersonId) -> SubjectFacts:
        """Look up *who* and everything that protects them; ``Gone`` when there is no such account."""
        return await self._subjects.facts(who, self.now())

    async def find(self, who: Who) -> Person:
        """Return the one person meant; ``Gone`` for nobody, ``Never`` for more than one."""
        match who:
            case ById(id=key):
                return await self._subjects.by_key(key)
            case ByAddress(address=address):
                return await self._subjects.by_address(address)
            case ByChat(chat=chat):
                return await self._subjects.by_chat(chat)
            case never:
                assert_never(never)

    async def status(self, who: Person) -> PersonStatus:
        """Return what the directory says about their MFA, now."""
        return await self._statuses.status(who)

    async def sign_ins(self, who: PersonId) -> SignInsSeen:
        """Return the last sign-ins of *who*, and what protects them."""
        return await self._statuses.sign_ins(who)

    async def forecast(self, who: Person, by: Means) -> Forecast:
        """Say whether lowering *who* *by* a lever would change anything; never raises, and ends in time."""
        return await self.surroundings.forecast(who.id, who.upn, by)
