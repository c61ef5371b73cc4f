"""The core between stand-ins at its ports, on the real store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event

from approvals.agenda import LEASE, Kind, Work
from approvals.desk import Desk, Down, Essentials
from approvals.model import IssuePass, OneShot, Person, PhoneNumber, Request, RequestId
from approvals.policy import Policy
from approvals.record import Line
from approvals.runner import Lane, Runner, performing, putting_back
from approvals.service import (
    Ask,
    AskChange,
    Asked,
    AskForMore,
    Click,
    Moved,
    PassNotShown,
    PassShown,
    Refused,
    Service,
)
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from tests.world.chat import Chat
from tests.world.clock import WorldClock
from tests.world.faults import Gate, Script
from tests.world.passes import PassBook, WorldPasses, WorldScreen
from tests.world.people import HANNA, LEE, OMAR, POLICY, Staff, caller
from tests.world.ports import Watch, WorldDirectory, WorldRegistrar, WorldStore, WorldTarget, WorldTell
from tests.world.requests import PASS
from tests.world.rows import Rows
from tests.world.tenant import Tenant

ONE_LANE = (Lane(tuple(Kind), 16),)
"""All kinds in one lane: a claim a tick instead of eight."""
AGENDA = "select kind, request_id from work order by kind, request_id"
Wake = Callable[[], None]


def _asleep() -> None:
    """Wake nobody: the tests call ``tick`` themselves."""


def quick(file: Path) -> Database:
    """Open the database of *file*; nobody reads these data after a power cut."""
    database = Database(f"sqlite+aiosqlite:///{file}")

    @event.listens_for(database.engine.sync_engine, "connect")
    def prepare(raw: Any, _record: object) -> None:  # noqa: ANN401  # whatever the driver's is
        raw.execute("pragma synchronous = off").close()

    return database


@dataclass(frozen=True, slots=True)
class Process:
    """One process of Relatch: everything that a crash takes with it."""

    desk: Desk
    service: Service
    runner: Runner
    target: WorldTarget
    screen: WorldScreen


class World:
    """People, a tenant, a chat, a clock and a database that outlive every process."""

    def __init__(self, database: Database, gate: Gate | None = None) -> None:
        self.database = database
        self.clock = WorldClock()
        self.staff = Staff(self.clock)
        self.tenant = Tenant(self.clock)
        self.passes = PassBook(self.tenant)
        self.chat = Chat(self.clock)
        self.watch = Watch()
        self.script = Script()
        self.trespasses: list[str] = []
        self.store = SqlStore(database, worker="world", clock=self.clock.now)
        self._gate: Gate = gate or self.script
        self._correlations = count(1)

    def process(
        self,
        name: str = "one",
        policy: Policy = POLICY,
        *,
        down: Down | None = None,
        wake: Wake = _asleep,
        database: Database | None = None,
    ) -> Process:
        """Start a process, with a *database* connection of its own where it is given one."""
        at = (name, self._gate, self.trespasses)
        store = SqlStore(database or self.database, worker=name, clock=self.clock.now)
        target = WorldTarget(*at, self.tenant)
        essentials = Essentials(
            store=WorldStore(*at, store),
            target=target,
            passes=WorldPasses(*at, self.passes),
            clock=self.clock,
            observer=self.watch,
            policy=policy,
            correlation=lambda: f"c-{next(self._correlations)}",
            down=down,
        )
        directory = WorldDirectory(*at, staff=self.staff, tenant=self.tenant)
        desk = Desk.of(essentials, directory, WorldRegistrar(*at, self.tenant), WorldTell(*at, self.chat))
        performers = {**putting_back(desk), **performing(desk)}
        runner = Runner(desk, performers, wake, lanes=ONE_LANE)
        return Process(desk, Service(desk), runner, target, WorldScreen(*at, self.passes))

    async def get(self, request: RequestId) -> Request:
        async with self.store.transaction() as tx:
            return await tx.get(request)

    async def put(self, request: Request) -> None:
        """Write *request* as it is, past the machine."""
        async with self.store.transaction() as tx:
            await tx.save(request)

    async def claim(self, kind: Kind) -> Work:
        """Claim the one piece of work of *kind* that is due, for nobody in particular."""
        async with self.store.transaction() as tx:
            [work] = await tx.claim((kind,), 1, LEASE)
        return work

    async def claim_again(self, kind: Kind) -> Work:
        """Let every lease end, and claim the one piece of work of *kind* once more."""
        self.clock.move(LEASE + timedelta(seconds=1))
        return await self.claim(kind)

    async def take_over(self) -> None:
        """Let every lease end, and another process do what is due."""
        self.clock.move(LEASE + timedelta(seconds=1))
        await self.process("other").runner.run_due()

    async def ordered(self, request: RequestId | None, kind: Kind) -> Work | None:
        async with self.store.transaction() as tx:
            return await tx.ordered(request, kind)

    async def record(self) -> list[Line]:
        return [line async for line in self.store.lines()]

    def agenda(self) -> list[tuple[str, int | None]]:
        """Return the kind and the request of all work that is left."""
        with Rows(self.database.engine.url) as rows:
            return [(kind, request) for kind, request in rows(AGENDA)]

    async def live(self, process: Process, by: timedelta = timedelta()) -> None:
        """Let time pass, doing everything when it falls due."""
        end = self.clock.now() + by
        while True:
            await process.runner.run_due()
            async with self.store.transaction() as tx:
                due = await tx.next_due(tuple(Kind))
            if due is None or due > end:
                break
            self.clock.move_to(due)
        self.clock.move_to(end)
        await process.runner.run_due()


@dataclass(frozen=True, slots=True)
class Helpdesk:
    """The usual: Hanna asks for Lee, Omar decides."""

    world: World
    process: Process

    async def ask(
        self,
        who: Person = HANNA,
        subject: Person = LEE,
        lasts: timedelta | None = None,
        ticket: str = "INC-7",
    ) -> Request:
        ask = Ask(caller=caller(who), subject=subject.id, lasts=lasts, reason="phone broken", ticket=ticket)
        asked = await self.process.service.submit(ask)
        assert isinstance(asked, Asked), asked
        return asked.request

    async def ask_for_more(self, of: Request, by: timedelta, who: Person = HANNA) -> Request:
        ask = AskForMore(caller=caller(who), of=of.id, by=by, reason="takes longer")
        asked = await self.process.service.extend(ask)
        assert isinstance(asked, Asked), asked
        return asked.request

    async def ask_change(
        self,
        action: OneShot | IssuePass,
        number: PhoneNumber | None = None,
        who: Person = HANNA,
        subject: Person = LEE,
    ) -> Request:
        ask = AskChange(
            caller=caller(who), subject=subject.id, action=action, reason="new phone", number=number
        )
        asked = await self.process.service.ask_change(ask)
        assert isinstance(asked, Asked), asked
        return asked.request

    async def changing(
        self, action: OneShot, number: PhoneNumber | None = None, subject: Person = LEE
    ) -> Request:
        """Return a change that was approved a moment ago."""
        return await self.approve(await self.ask_change(action, number, subject=subject))

    async def offered(self, action: IssuePass = PASS, subject: Person = LEE) -> Request:
        """Return a pass that was approved a moment ago, and nobody has seen."""
        return await self.approve(await self.ask_change(action, subject=subject))

    async def show(self, request: Request, who: Person = HANNA) -> PassShown | PassNotShown | Refused:
        return await self.process.service.show_pass(caller(who), request.id, self.process.screen)

    async def shown(self, action: IssuePass = PASS, subject: Person = LEE) -> Request:
        """Return a pass that its requester has seen."""
        shown = await self.show(await self.offered(action, subject))
        assert isinstance(shown, PassShown), shown
        return shown.request

    async def approve(self, request: Request, who: Person = OMAR) -> Request:
        approved = await self.process.service.approve(Click(caller(who), request.id, request.terms))
        assert isinstance(approved, Moved), approved
        return approved.request

    async def applying(self, subject: Person = LEE, lasts: timedelta | None = None) -> Request:
        """Return a request that was approved a moment ago."""
        return await self.approve(await self.ask(subject=subject, lasts=lasts))

    async def active(self, subject: Person = LEE, lasts: timedelta | None = None) -> Request:
        """Return a suspension that Entra has confirmed."""
        request = await self.applying(subject, lasts)
        await self.process.runner.run_due()
        return await self.world.get(request.id)
