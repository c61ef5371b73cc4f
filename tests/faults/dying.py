"""One process that dies between two of its calls, and the one that comes after it.

Calls go through one at a time, in the order in which they were made. So there is nothing
between the answer to one call and the next call but computing, and "after call 7, its answer
lost" is the same moment as "before call 8". A process that dies before each of its calls,
and once more when it has made them all, has died everywhere that anybody else can notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from approvals.agenda import Kind
from approvals.errors import RelatchError
from approvals.model import Request
from approvals.policy import Policy
from bot.sql.engine import Database
from tests.world.faults import Call, Fate, Proceed
from tests.world.people import POLICY
from tests.world.promises import Promises
from tests.world.turns import Turns, Waiting
from tests.world.world import Helpdesk, Process, World

UNHARMED: Final = 10_000
"""More calls than any scenario makes."""
SAID: Final = timedelta(seconds=10)
"""By then everybody has been told of what happened."""
EVER: Final = timedelta(days=2)
"""By then an heir has nothing left to do."""
PROCEED: Final = Proceed()
KEPT: Final = (
    "select id, version from request order by id",
    "select * from work order by id",
    "select * from message order by request_id, role",
    "select * from refusal order by actor, rule",
    "select * from number_to_set order by request_id",
    "select seq from record_head",
)
"""Everything in the database that a process comes to know of."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call that was let through, and the task that made it: ``act``, ``tick`` or a kind of work."""

    task: str
    call: Call

    def __str__(self) -> str:
        return f"{self.task} calls {self.call.port}.{self.call.name}"


@dataclass(frozen=True, slots=True)
class Life:
    """What a process did until it died.

    ``traces`` are what an heir would find: before the first step, and after each. ``answered`` says
    whether whoever acted had been answered by then.
    """

    steps: list[Step]
    traces: list[str]
    answered: bool

    def deaths(self, scenario: Scenario) -> list[int]:
        """Return after how many calls to die: where an heir finds something else than a call earlier."""
        return [
            calls
            for calls, step in enumerate(self.steps, 1)
            if self.traces[calls] != self.traces[calls - 1]
            and (not scenario.dies_in or step.task in scenario.dies_in)
        ]


class Stage:
    """A world, the process that is to die in it, and ``request``: the one that it is about."""

    request: Request

    def __init__(self, database: Database, policy: Policy) -> None:
        self.turns = Turns(self._arrive)
        self.world = World(database, self.turns)
        self.world.tenant.means = policy.means
        self.promises = Promises(self.world)
        self.storm = False
        self._policy = policy
        self.process = self._born("one")

    @property
    def helpdesk(self) -> Helpdesk:
        return Helpdesk(self.world, self.process)

    async def lives(self, scenario: Scenario, calls: int) -> Life:
        """Let *scenario* begin, and the process make up to so many *calls* in it; then let it die."""
        given = self._begin(scenario.given(self), "given")
        async for _ in self._turns(SAID):
            await self.turns.let(0, lambda _call: PROCEED)
        await given
        acting = self._begin(_tried(scenario.act(self)), "act")
        steps, traces = list[Step](), [self._trace()]
        async for waiting in self._turns(scenario.lasting):
            if len(steps) == calls:
                break
            await self.turns.let(0, lambda call: scenario.weather(self, call))
            steps.append(Step(_name(waiting.task), waiting.call))
            traces.append(self._trace())
        answered = acting.done()
        await self._dies(acting)
        return Life(steps, traces, answered)

    async def goes_on(self, scenario: Scenario, *, again: bool) -> None:
        """Start another process on the same database and let time pass until all is done.

        *again*: whoever was not answered tries once more.
        """
        self.turns.calm, self.storm = True, False
        await self.world.database.close()
        self.process = self._born("heir")
        scenario.meanwhile(self)
        if again:
            await _tried(scenario.act(self))
        await self.world.live(self.process, EVER)
        await self.promises.final()

    async def close(self) -> None:
        self.promises.close()
        await self.world.database.close()

    def _arrive(self, call: Call) -> None:
        self.promises.arrive(call)

    def _born(self, name: str) -> Process:
        return self.world.process(name, self._policy, wake=self.turns.moved)

    async def _turns(self, lasting: timedelta) -> AsyncGenerator[Waiting]:
        """Yield the call whose turn it is, again and again, until nothing more falls due in this time."""
        end = self.world.clock.now() + lasting
        await self.turns.still()
        while self.turns.waiting or await self._more(end):
            yield self.turns.waiting[0]

    async def _more(self, end: datetime) -> bool:
        """Let time pass until something is due, if that is no later than *end*, and look at it."""
        async with self.world.store.transaction(writes=False) as tx:
            due = await tx.next_due(tuple(Kind))
        if due is None or due > end:
            return False
        self.world.clock.move_to(due)
        self._begin(self.process.runner.tick(), "tick")
        await self.turns.still()
        return True

    async def _dies(self, acting: asyncio.Task[object]) -> None:
        left = [acting, *(waiting.task for waiting in self.turns.waiting if waiting.task)]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        assert not self.turns.waiting, "the dead went on calling"

    def _begin(self, doing: Coroutine[Any, Any, object], name: str) -> asyncio.Task[object]:
        task = asyncio.create_task(doing, name=name)
        task.add_done_callback(lambda _: self.turns.moved())
        return task

    def _trace(self) -> str:
        """Return all that would be left, should the process die now."""
        world = self.world
        return repr(
            [world.clock.now(), world.tenant, world.passes, world.chat, *map(self.promises.rows, KEPT)]
        )


Act = Callable[[Stage], Coroutine[Any, Any, object]]


async def nothing(_stage: Stage) -> None:
    """Do nothing: time passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How it has come so far (``given``, without a hitch), and what the process dies in.

    Somebody acts; then the process lives on and does what falls due, for as long as ``lasting``.
    Its calls meet the ``weather``; its heir's do not. ``meanwhile`` happens before the heir starts.
    With ``dies_in`` it dies in these tasks alone, where the others are those of another scenario.
    """

    name: str
    given: Act = nothing
    act: Act = nothing
    lasting: timedelta = timedelta()
    weather: Callable[[Stage, Call], Fate] = lambda _stage, _call: PROCEED
    meanwhile: Callable[[Stage], object] = lambda _stage: None
    policy: Policy = POLICY
    dies_in: tuple[str, ...] = ()


async def _tried(doing: Coroutine[Any, Any, object]) -> None:
    """Somebody who is answered by a fault tries no further."""
    try:
        await doing
    except RelatchError:
        return


def _name(task: asyncio.Task[object] | None) -> str:
    return task.get_name().partition(":")[0] if task else ""
