"""Processes of ``relatch serve`` that are killed (``kill -9``) at a chosen moment, and started again.

A moment is a request that has reached the tenant or the workspace, before it takes effect or
after, with its answer still to come; or a commit that was seen in the log. What had arrived
when the process died takes effect all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, assert_never

from sqlalchemy import and_, not_, or_, update
from sqlmodel import col, select

from approvals.agenda import Kind
from approvals.model import State
from bot.sim.tenant import AFTER, BEFORE, Fault
from bot.sim.tenant import Hold as HoldRequest
from bot.sim.workspace import Hold, HoldAnswer
from bot.slack.listener import UNCERTAIN
from bot.sql.tables import RequestRow, WorkRow
from tests.command_line import PATIENCE, Bot
from tests.faults.place import Place, until
from tests.world.rows import Rows

NEVER_CAME: Final = 8.0
"""Seconds after which a process is killed although its moment has not come."""
VERIFIED: Final = timedelta(minutes=16)
"""By then every restore has been looked at once more."""


_CLOSED: Final = col(RequestRow.state) == State.CLOSED
_HEAD: Final = col(WorkRow.kind) == Kind.HEAD
_LATER: Final = col(WorkRow.kind).in_([Kind.VERIFY, Kind.REFUSALS])
"""Work that waits for its time long after all else is done."""


@dataclass(frozen=True, slots=True)
class AtTenant:
    """When the *nth* request arrives that fits."""

    nth: int
    after: bool
    method: str = ""

    def __str__(self) -> str:
        return f"{'after' if self.after else 'at'} request {self.nth} {self.method or 'of any kind'} to Entra"


@dataclass(frozen=True, slots=True)
class AtWorkspace:
    """When the *nth* call of Slack's Web API arrives."""

    nth: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'at'} call {self.nth} of Slack"


@dataclass(frozen=True, slots=True)
class AtCommit:
    """When the *nth* line of the record is logged."""

    nth: int

    def __str__(self) -> str:
        return f"after line {self.nth} of the record"


Moment = AtTenant | AtWorkspace | AtCommit


def moments(seed: int, number: int) -> list[Moment]:
    """Return moments of every kind; the two changes of MFA are the ones that matter most."""
    by = Random(seed)  # noqa: S311  # to be repeated, not to be unknown

    def one() -> Moment:
        after = by.random() < 0.5
        match by.randrange(5):
            case 0:
                return AtTenant(by.randint(1, 60), after)
            case 1 | 2:
                return AtTenant(by.randint(1, 4), after, method="PATCH")
            case 3:
                return AtWorkspace(by.randint(1, 30), after)
            case _:
                return AtCommit(by.randint(1, 12))

    return [one() for _ in range(number)]


class Ambush:
    """Waits for a moment in some processes, and holds up what happens in it."""

    def __init__(self, place: Place, moment: Moment, bots: list[Bot]) -> None:
        self._place = place
        self.victim: Bot | None = None
        """Which process it came in, where that is known."""
        self._gate = asyncio.Event()
        self._lift: Callable[[], None] = lambda: None
        self._struck = asyncio.create_task(self._wait(moment, bots))

    async def struck(self) -> bool:
        """Return whether the moment has come, as soon as it has."""
        with suppress(TimeoutError):
            async with asyncio.timeout(NEVER_CAME):
                self.victim = await self._struck
                return True
        return False

    def release(self) -> None:
        """Let what was held up take its course; it has reached its goal already."""
        self._struck.cancel()
        self._gate.set()
        self._lift()

    async def _wait(self, moment: Moment, bots: list[Bot]) -> Bot | None:
        match moment:
            case AtTenant(nth, after, method):
                held = HoldRequest(self._gate, AFTER if after else BEFORE)
                armed = self._place.tenant.faults.add(Fault(held, method=method, nth=nth))
                self._lift = lambda: self._place.tenant.faults.remove(armed)
                await armed.hit.wait()
            case AtWorkspace(nth, after):
                await self._call(nth, HoldAnswer(self._gate) if after else Hold(self._gate))
            case AtCommit(nth):
                return await self._line(nth, bots)
            case never:
                assert_never(never)
        return None

    async def _call(self, nth: int, held: Hold | HoldAnswer) -> None:
        numbers = count(1)
        fault = self._place.workspace.fault(".*", held, where=lambda _: next(numbers) == nth)
        self._lift = fault.lift
        await self._place.workspace.until(lambda: fault.taken, timeout=2 * NEVER_CAME)

    async def _line(self, nth: int, bots: list[Bot]) -> Bot:
        with Rows(self._place.database.engine.url) as rows:
            [(seq,)] = rows("select seq from record_head")
        watching = {asyncio.create_task(bot.logged("record.line", seq=seq + nth)): bot for bot in bots}
        try:
            done, _ = await asyncio.wait(watching, return_when=asyncio.FIRST_COMPLETED)
            return watching[done.pop()]
        finally:
            for task in watching:
                task.cancel()


class Replicas:
    """So many processes on one database, of which some die and are replaced."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.living: list[Bot] = []
        self.dead: list[Bot] = []
        self._by = Random(seed)  # noqa: S311  # to be repeated, not to be unknown

    async def open(self, number: int) -> None:
        self.living += await asyncio.gather(*(self.place.opens() for _ in range(number)))

    async def lead_to_one(self) -> None:
        """Let people reach one process, any of them, from now on."""
        if self.living:
            await self.place.leads_to(self._by.choice(self.living))

    async def lose_some(self, moment: Moment, during: Callable[[], object]) -> bool:
        """Let people begin something; at *moment* kill one process or all, and start as many again.

        Returns whether the moment came.
        """
        ambush = Ambush(self.place, moment, [*self.living])
        await asyncio.sleep(0)  # it is in place before anything begins
        during()
        came = await ambush.struck()
        some = (
            [ambush.victim]
            if ambush.victim
            else self._by.choice([self.living[:], self.living[:1], self.living[-1:]])
        )
        for bot in some:
            await self.kill(bot)
        ambush.release()
        await self.a_minute_passes(some)
        await self.open(len(some))
        return came

    async def kill(self, bot: Bot) -> None:
        """Kill a process where it is; what it has leased stays leased for the rest of a minute."""
        self.living.remove(bot)
        self.dead.append(bot)
        await bot.kill()

    async def a_minute_passes(self, bots: list[Bot]) -> None:
        """Let the leases of the dead end, and no others."""
        async with self.place.database.session() as session:
            for bot in bots:
                theirs = update(WorkRow).where(col(WorkRow.leased_by).contains(f":{bot.pid}:"))
                await session.exec(theirs.values(lease_until=datetime.now(UTC)))

    async def stop(self) -> None:
        """Let every process come to its end in order."""
        assert await asyncio.gather(*(bot.stop() for bot in self.living)) == [0] * len(self.living)
        self.dead += self.living
        self.living = []

    async def finish(self, patience: float = PATIENCE) -> None:
        """Let everything come to its end: what is due, and the look a quarter of an hour after it."""
        while True:
            await until(self._nothing_due, patience)
            await self.stop()
            if not await self._something_later():
                return
            await self._a_quarter_of_an_hour_passes()
            await self.open(1)

    async def _a_quarter_of_an_hour_passes(self) -> None:
        async with self.place.database.session() as session:
            ago = datetime.now(UTC) - VERIFIED
            await session.exec(update(RequestRow).where(_CLOSED).values(closed_at=ago))
            await session.exec(update(WorkRow).where(_LATER).values(due_at=ago))

    def complaints(self) -> list[str]:
        """Return what the dead have said that points to a defect."""
        noise = [line for bot in self.dead for line in bot.noise]
        return noise + [str(line) for bot in self.dead for line in bot.lines if _defect(line)]

    async def _nothing_due(self) -> bool:
        """Return whether nothing is left to be done, but for what is always left for later."""
        async with self.place.database.session(writes=False) as session:
            later = or_(_HEAD, and_(_LATER, col(WorkRow.due_at) > datetime.now(UTC)))
            return (await session.exec(select(WorkRow.id).where(not_(later)).limit(1))).first() is None

    async def _something_later(self) -> bool:
        async with self.place.database.session(writes=False) as session:
            return (await session.exec(select(WorkRow.id).where(_LATER).limit(1))).first() is not None


def _defect(line: dict[str, Any]) -> bool:
    """Tell an error that is nobody's fault but ours; a commit that is not answered is the database's."""
    return line["level"] in {"error", "critical"} and line["event"] != UNCERTAIN
