"""Where everything that is typed or pressed arrives, and which command answers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import assert_never

from approvals.errors import PortError, UnknownRequest
from approvals.model import Caller, Person, RequestId
from approvals.ports import Clock, Screen
from approvals.service import Refusal, Refused
from commands import changing, domain, mailbox, overview, suspension
from commands import help as help_
from commands import status as status_
from commands.access_pass import PassCounter
from commands.changing import Bench, Habits
from commands.decide import Decisions
from commands.desk import Desk, Errand, failed
from commands.domain import Counter
from commands.mailbox import PostRoom
from commands.model import Invocation, Misused, Off, Press, Reply, Submission
from commands.parse import Help, Parsed, attempted, parse
from commands.ports import Approvals, Domains, Mailboxes, People, Registrations
from commands.table import COMMANDS, SPECS, Feature, Spec, available, lookup
from commands.wishes import (
    ChangeWish,
    CheckDomain,
    Default,
    Diagnose,
    Disable,
    Enable,
    Federate,
    History,
    ListDomains,
    ListRequests,
    Pass,
    Phone,
    Prolong,
    Restore,
    Show,
    ShowDomain,
    ShowMailbox,
    Status,
    SuspensionWish,
    Unfederate,
    Wish,
    Withdraw,
)

__all__ = ["COMMANDS", "SPECS", "Reads", "Registry", "Spec", "lookup", "registry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What is read; without *domains* the policy has no ``[federation]``.

    *habits* say which changes are on; without *registrations* none is.
    """

    mailboxes: Mailboxes
    domains: Domains | None = None
    registrations: Registrations | None = None
    habits: Habits = field(default_factory=Habits)


TURNED_OFF = Refusal("feature", "The policy has no table for this.", "Ask the owner of the policy.")
_FEATURES = {Enable: Feature.ENABLE, Phone: Feature.PHONE, Default: Feature.DEFAULT_METHOD}


def registry(approvals: Approvals, people: People, clock: Clock, reads: Reads) -> Registry:
    """Return everything that can be typed and pressed, bound to what it needs."""
    return Registry(Desk(approvals, people, clock), reads)


class Registry:
    """Answers invocations, presses and submissions.

    ``run``, ``press`` and ``submit`` turn ``PortError`` into ``Failed``; anything else that is
    raised is a defect, and the caller's to report.
    """

    def __init__(self, desk: Desk, reads: Reads) -> None:
        self._desk = desk
        self._domains = reads.domains
        self._bench = Bench(desk, reads.registrations, reads.habits) if reads.registrations else None
        self._features = reads.habits.features if reads.registrations else frozenset[Feature]()
        self._passes = self._pass_counter(reads)
        would_do = self._passes.would_do if self._passes else None
        self._post_room = PostRoom(desk, reads.mailboxes, would_do)
        if reads.domains is not None:
            self._features |= {Feature.FEDERATION}
        self._decisions = Decisions(desk, self.run, self._set_all_up)

    async def run(self, call: Invocation) -> AsyncIterator[Reply]:
        """Answer what was typed: each reply takes the place of the one before."""
        try:
            async for reply in self._answers(call):
                yield reply
        except PortError as error:
            yield failed(error, call.correlation)

    async def press(self, press: Press, screen: Screen) -> Reply:
        """Answer a pressed button; *screen* is the presser's, for what nobody else may see."""
        return await self._decisions.press(press, screen)

    async def submit(self, submission: Submission) -> Reply:
        """Carry out a form that was sent."""
        return await self._decisions.submit(submission)

    async def _answers(self, call: Invocation) -> AsyncIterator[Reply]:
        found = parse(call.command, call.text)
        match found:
            case Help() | Misused() if off := self._off(call.command):
                yield off
            case Help(command=command):
                yield help_.shown(command, self._features)
            case Misused():
                yield await self._desk.misread(call.caller, attempted(call.command, call.text), found)
            case Parsed():
                async for reply in self._admitted(call, found):
                    yield reply
            case never:
                assert_never(never)

    def _off(self, command: str) -> Off | None:
        """Say so when all of *command* belongs to a feature that is off."""
        rows = [spec for spec in SPECS if spec.command == command]
        if not rows or rows[0].feature is None or available(command, self._features):
            return None
        return Off(command, rows[0].feature)

    async def _admitted(self, call: Invocation, found: Parsed) -> AsyncIterator[Reply]:
        """Ask who is calling before anything is looked up for them."""
        to = found.spec.name
        standing = await self._desk.approvals.admit(call.caller, found.spec.who, to=to)
        if isinstance(standing, Refused):
            yield standing
            return
        try:
            async for reply in self._granted(Errand(call.caller, standing, to, call.anyway), found.wish):
                yield reply
        except UnknownRequest:
            yield await self._desk.no_such_request(call.caller, to)

    def _pass_counter(self, reads: Reads) -> PassCounter | None:
        if reads.registrations is None or Feature.PASS not in self._features:
            return None
        return PassCounter(self._desk, reads.registrations, reads.habits.longest_pass)

    async def _pass_would_do(self, person: Person) -> bool:
        return self._passes is not None and await self._passes.would_do(person)

    def _asked_for(self, errand: Errand, wish: SuspensionWish | ChangeWish | Pass) -> AsyncIterator[Reply]:
        match wish:
            case Enable() | Phone() | Default():
                if self._bench is None or _FEATURES[type(wish)] not in self._features:
                    return self._turned_off(errand, _FEATURES[type(wish)])
                return changing.answer(self._bench, errand, wish)
            case Pass():
                return (
                    self._passes.ask(errand, wish) if self._passes else self._turned_off(errand, Feature.PASS)
                )
            case _:
                return suspension.answer(self._desk, errand, wish, self._pass_would_do)

    async def _turned_off(self, errand: Errand, feature: Feature) -> AsyncIterator[Reply]:
        """Refuse, on record, what is off."""
        await self._desk.approvals.refuse(errand.caller, errand.to, TURNED_OFF)
        yield Off(errand.to, feature)

    async def _set_all_up(self, caller: Caller, instead_of: RequestId) -> Reply:
        if self._bench is None:
            return await self._desk.approvals.refuse(caller, "/mfa enable", TURNED_OFF)
        return await changing.set_all_up(self._bench, caller, instead_of)

    def _granted(self, errand: Errand, wish: Wish) -> AsyncIterator[Reply]:
        match wish:
            case Status():
                return status_.status(self._desk, errand, wish)
            case Disable() | Restore() | Prolong() | Withdraw() | Enable() | Phone() | Default() | Pass():
                return self._asked_for(errand, wish)
            case ListRequests() | Show() | History():
                return overview.answer(self._desk, errand, wish)
            case ListDomains() | ShowDomain() | CheckDomain() | Federate() | Unfederate():
                if self._domains is None:
                    return _said(Off(errand.to, Feature.FEDERATION))
                return domain.answer(Counter(self._desk, self._domains), errand, wish)
            case ShowMailbox() | Diagnose():
                return mailbox.answer(self._post_room, errand, wish)
            case never:
                assert_never(never)


async def _said(reply: Reply) -> AsyncIterator[Reply]:
    yield reply
