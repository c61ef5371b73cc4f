"""The ports of the core, each call through a gate that may stop, lose, delay or date it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Final, TypeVar

from approvals.agenda import Work
from approvals.errors import Gone, Later
from approvals.model import (
    PER_USER,
    Caller,
    Change,
    ChatId,
    EnableMfa,
    Forecast,
    Means,
    MessageRef,
    Notice,
    Person,
    PersonId,
    PhoneNumber,
    Protection,
    Request,
    SetDefaultMethod,
    SetPhone,
)
from approvals.ports import Seen, Standing, Store, SubjectFacts, Transaction, Whereabouts
from tests.world.chat import Chat, Post
from tests.world.faults import Call, Delay, Fate, Gate, LoseAnswer, Refuse, Stale
from tests.world.people import Staff
from tests.world.tenant import Tenant

Answer = TypeVar("Answer")
IN_TRANSACTION: ContextVar[bool] = ContextVar("in_transaction", default=False)
CHANNEL = "C0APPROVALS"


class Port:
    """The way from one process to one of its neighbours."""

    name = ""

    def __init__(self, process: str, gate: Gate, trespasses: list[str]) -> None:
        self._process: Final = process
        self._gate: Final = gate
        self._trespasses: Final = trespasses

    async def _fate(self, call: str, correlation: str = "") -> Fate:
        if IN_TRANSACTION.get():
            self._trespasses.append(f"{self.name}.{call}")
        fate = await self._gate(Call(self._process, self.name, call, correlation))
        if isinstance(fate, Refuse):
            raise fate.error
        return fate

    async def _do(self, call: str, act: Callable[[], Answer]) -> Answer:
        fate = await self._fate(call)
        answer = act()
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")
        return answer


class WorldDirectory(Port):
    """Facts about people, as they are when the call is carried out."""

    name = "directory"

    def __init__(
        self, process: str, gate: Gate, trespasses: list[str], *, staff: Staff, tenant: Tenant
    ) -> None:
        super().__init__(process, gate, trespasses)
        self._staff = staff
        self._tenant = tenant

    async def standing(self, caller: Caller) -> Standing:
        return await self._do("standing", lambda: self._staff.standing(caller))

    async def subject(self, who: PersonId) -> SubjectFacts:
        await self._fate("subject")
        if self._tenant.whereabouts(who) is not Whereabouts.PRESENT:
            raise Gone("no such account")
        return self._staff.subject(who)

    async def approvers(self) -> tuple[Person, ...]:
        return await self._do("approvers", self._staff.approvers)

    async def forecast(self, who: Person, by: Means) -> Forecast:
        assert by == self._tenant.means
        return await self._do("forecast", lambda: self._staff[who].forecast)


class WorldTarget(Port):
    """The lever; notes what each task last read, so that lowering what is stronger shows."""

    name = "target"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], tenant: Tenant) -> None:
        super().__init__(process, gate, trespasses)
        self._tenant = tenant
        self._last_read: dict[tuple[str, PersonId], Protection] = {}

    async def read(self, subject: PersonId, by: Means) -> Protection:
        fate = await self._fate("read")
        self._there(subject)
        if by == PER_USER != self._tenant.means:
            return Protection.ENFORCED  # read for other wishes; nobody moves it in a world of groups
        self._the_lever(by)
        moment = self._tenant.clock.now() - (fate.by if isinstance(fate, Stale) else timedelta())
        found = self._tenant.value_at(subject, moment)
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")
        self._last_read[_task(), subject] = found
        return found

    async def lower(self, subject: PersonId, by: Means, correlation: str) -> None:
        self._the_lever(by)
        await self._write("lower", subject, by.lever.lowered, correlation)

    async def put_back(self, subject: PersonId, by: Means, prior: Protection, correlation: str) -> None:
        self._the_lever(by)
        seen = self._last_read.get((_task(), subject), prior)
        if not prior.at_least(seen):
            self._trespasses.append(f"{prior} was written over {seen}")
        await self._write("put_back", subject, prior, correlation)

    async def revoke_sessions(self, subject: PersonId, correlation: str) -> None:
        assert correlation
        fate = await self._fate("revoke_sessions")
        self._there(subject)
        self._tenant.revoked.append(subject)
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")

    async def whereabouts(self, subject: PersonId) -> Whereabouts:
        return await self._do("whereabouts", lambda: self._tenant.whereabouts(subject))

    async def _write(self, call: str, subject: PersonId, value: Protection, correlation: str) -> None:
        fate = await self._fate(call, correlation)
        if isinstance(fate, Delay):
            self._tenant.write_late(subject, value, correlation, fate.by)
            raise Later("no answer in time")
        self._there(subject)
        self._tenant.write(subject, value, correlation)
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")

    def _the_lever(self, by: Means) -> None:
        """Nothing is ever read or written by another lever than the request's."""
        if by != self._tenant.means:
            self._trespasses.append(f"{by} was moved instead of {self._tenant.means}")

    def _there(self, subject: PersonId) -> None:
        if self._tenant.whereabouts(subject) is not Whereabouts.PRESENT:
            raise Gone("no such account")


class WorldRegistrar(Port):
    """Phones, default methods and MFA; a write over something stronger is a trespass."""

    name = "registrar"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], tenant: Tenant) -> None:
        super().__init__(process, gate, trespasses)
        self._tenant = tenant

    async def look(self, subject: PersonId, change: Change, number: PhoneNumber | None) -> Seen:
        fate = await self._fate("look")
        self._there(subject)
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")
        match change:
            case SetPhone(place=place):
                assert number is not None
                found = self._tenant.phones.get((subject, place), "")
                return Seen(found == number.written, f"{place} {PhoneNumber(found)}")
            case SetDefaultMethod(method=method):
                return Seen(self._tenant.defaults.get(subject) is method, f"default {method}")
            case EnableMfa(to=to):
                moment = self._tenant.clock.now() - (fate.by if isinstance(fate, Stale) else timedelta())
                state = self._tenant.value_at(subject, moment)
                return Seen(state.at_least(to), f"per-user MFA {state}")

    async def make(
        self, subject: PersonId, change: Change, number: PhoneNumber | None, correlation: str
    ) -> None:
        fate = await self._fate("make", correlation)
        if isinstance(fate, Delay) and isinstance(change, EnableMfa):
            self._tenant.write_late(subject, change.to, correlation, fate.by)
            raise Later("no answer in time")
        self._there(subject)
        match change:
            case SetPhone(place=place):
                assert number is not None
                self._tenant.phones[subject, place] = number.written
            case SetDefaultMethod(method=method):
                self._tenant.defaults[subject] = method
            case EnableMfa(to=to):
                self._tenant.write(subject, to, correlation)
        if isinstance(fate, LoseAnswer | Delay):
            raise Later("no answer in time")

    def _there(self, subject: PersonId) -> None:
        if self._tenant.whereabouts(subject) is not Whereabouts.PRESENT:
            raise Gone("no such account")


class WorldTell(Port):
    """The chat; a message in ``Chat.gone`` can no longer be edited or answered."""

    name = "tell"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], chat: Chat) -> None:
        super().__init__(process, gate, trespasses)
        self._chat = chat

    async def card(self, request: Request, at: MessageRef | None) -> MessageRef:
        return await self._post("card", request, at=at)

    async def line(self, request: Request, notice: Notice, thread: MessageRef) -> None:
        await self._post("line", request, notice, at=thread)

    async def page(self, request: Request, notice: Notice, thread: MessageRef | None) -> None:
        await self._post("page", request, notice, at=thread)

    async def direct(self, request: Request, notice: Notice, to: ChatId) -> MessageRef:
        return await self._post("direct", request, notice, to=to)

    async def settle(self, request: Request, notice: Notice, at: MessageRef) -> None:
        await self._post("settle", request, notice, at=at)

    async def alarm(self, request: Request, why: str) -> None:
        await self._do("alarm", lambda: self._chat.alarms.append((request.id, why)))

    async def guide(self, to: ChatId) -> None:
        await self._do("guide", lambda: self._chat.guided.append(to))

    async def head(self, seq: int, digest: str) -> None:
        await self._do("head", lambda: self._chat.heads.append((seq, digest)))

    async def _post(
        self,
        role: str,
        request: Request,
        notice: Notice | None = None,
        *,
        at: MessageRef | None = None,
        to: ChatId | None = None,
    ) -> MessageRef:
        fate = await self._fate(role)
        if at in self._chat.gone:
            raise Gone("message_not_found")
        ref = at or self._chat.fresh(to or CHANNEL)
        self._chat.posts.append(Post(self._chat.clock.now(), role, ref, request, notice, to))
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")
        return ref


class Watch:
    """What the log and the metrics were told."""

    def __init__(self) -> None:
        self.restores: list[tuple[Request, timedelta]] = []
        self.failures: list[tuple[Work, Exception]] = []
        self.from_memory: list[Request] = []
        self.taken_over: list[Work] = []

    def claimed(self, work: Work) -> None:
        if work.taken_over:
            self.taken_over.append(work)

    def restored(self, request: Request, late: timedelta) -> None:
        self.restores.append((request, late))

    def put_back_from_memory(self, request: Request) -> None:
        self.from_memory.append(request)

    def failed(self, work: Work, error: Exception) -> None:
        self.failures.append((work, error))


class WorldStore(Port):
    """The real store; a transaction fails before it begins, or its commit is not answered."""

    name = "store"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], store: Store) -> None:
        super().__init__(process, gate, trespasses)
        self._store = store

    @asynccontextmanager
    async def transaction(self, *, writes: bool = True) -> AsyncGenerator[Transaction]:
        fate = await self._fate("transaction")
        token = IN_TRANSACTION.set(True)
        try:
            async with self._store.transaction(writes=writes) as tx:
                yield tx
        finally:
            IN_TRANSACTION.reset(token)
        if isinstance(fate, LoseAnswer):
            raise Later("the commit was not answered")

    async def scrub(self) -> None:
        await self._fate("scrub")
        await self._store.scrub()


def _task() -> str:
    task = asyncio.current_task()
    return task.get_name() if task else ""
