"""Access passes as they are in the tenant, with all of their past, and the screens that show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from approvals.errors import Gone, Later
from approvals.model import AccessPass, IssuePass, PersonId, Request, RequestId, StandingPass
from approvals.ports import Whereabouts
from tests.world.faults import Delay, Gate, LoseAnswer, Stale
from tests.world.ports import Port
from tests.world.tenant import Tenant


@dataclass(frozen=True, slots=True)
class WorldPass:
    """A pass that was made; ``correlation`` is empty for one that is not ours."""

    id: str
    secret: str
    made_at: datetime
    lasts: timedelta
    correlation: str = ""

    def usable(self, now: datetime) -> bool:
        return now < self.made_at + self.lasts


@dataclass(slots=True)
class PassBook:
    """Everybody's pass: a person has one at most, and a new one replaces it.

    ``seen`` is what ever was on a screen, ``unusable`` is why Entra lets nobody in with those that are made,
    ``dated`` whether it says when they were.
    """

    tenant: Tenant
    unusable: str = ""
    dated: bool = True
    made: list[WorldPass] = field(default_factory=list)
    seen: list[tuple[RequestId, str]] = field(default_factory=list)
    _log: list[tuple[datetime, PersonId, WorldPass | None]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def of(self, subject: PersonId, moment: datetime | None = None) -> WorldPass | None:
        """Return the pass that is there, or was at *moment*."""
        moment = moment or self.tenant.clock.now()
        seen = [one for at, whose, one in self._log if whose == subject and at <= moment]
        return seen[-1] if seen else None

    @property
    def holders(self) -> set[PersonId]:
        """Return everybody who ever had one."""
        return {whose for _, whose, _ in self._log}

    def make(
        self, subject: PersonId, lasts: timedelta, correlation: str = "", *, late: timedelta = timedelta()
    ) -> WorldPass:
        at = self.tenant.clock.now() + late
        number = next(self._numbers)
        one = WorldPass(f"pass-{number}", f"hush-{number}-hush", at, lasts, correlation)
        self.made.append(one)
        self._note(at, subject, one)
        return one

    def remove(self, subject: PersonId, one: str, *, late: timedelta = timedelta()) -> None:
        there = self.of(subject)
        if there is not None and there.id == one:
            self._note(self.tenant.clock.now() + late, subject, None)

    def _note(self, at: datetime, subject: PersonId, one: WorldPass | None) -> None:
        self._log = sorted([*self._log, (at, subject, one)], key=lambda entry: entry[0])


class WorldPasses(Port):
    """Where passes are made and removed."""

    name = "passes"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], book: PassBook) -> None:
        super().__init__(process, gate, trespasses)
        self._book = book

    async def issue(self, subject: PersonId, asked: IssuePass, correlation: str) -> AccessPass:
        fate = await self._fate("issue", correlation)
        self._there(subject)
        late = fate.by if isinstance(fate, Delay) else timedelta()
        made = self._book.make(subject, asked.lasts, correlation, late=late)
        if isinstance(fate, LoseAnswer | Delay):
            raise Later("no answer in time")
        return AccessPass(made.id, made.secret, self._book.unusable)

    async def list(self, subject: PersonId) -> tuple[StandingPass, ...]:
        fate = await self._fate("list")
        self._there(subject)
        moment = self._book.tenant.clock.now() - (fate.by if isinstance(fate, Stale) else timedelta())
        found = self._book.of(subject, moment)
        if isinstance(fate, LoseAnswer):
            raise Later("no answer in time")
        if found is None:
            return ()
        return (StandingPass(found.id, found.made_at if self._book.dated else None),)

    async def remove(self, subject: PersonId, one: str, correlation: str) -> None:
        fate = await self._fate("remove", correlation)
        self._there(subject)
        self._book.remove(subject, one, late=fate.by if isinstance(fate, Delay) else timedelta())
        if isinstance(fate, LoseAnswer | Delay):
            raise Later("no answer in time")

    def _there(self, subject: PersonId) -> None:
        if self._book.tenant.whereabouts(subject) is not Whereabouts.PRESENT:
            raise Gone("no such account")


class WorldScreen(Port):
    """The screen of whoever presses."""

    name = "screen"

    def __init__(self, process: str, gate: Gate, trespasses: list[str], book: PassBook) -> None:
        super().__init__(process, gate, trespasses)
        self.seen = book.seen

    async def open(self, request: RequestId) -> None:
        await self._do("open", lambda: request)

    async def show(self, request: Request, issued: AccessPass) -> None:
        await self._do("show", lambda: self.seen.append((request.id, issued.secret)))
