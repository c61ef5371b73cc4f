"""A gate that lets one call at a time through, whichever the test says, with what becomes of it.

Whatever order Hypothesis chooses is the order in which things happen: between two turns every
task stands at the gate, so a run can be repeated exactly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.world.faults import Call, Fate, Proceed


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A call that stands at the gate."""

    call: Call
    turn: asyncio.Future[Fate]
    task: asyncio.Task[object] | None


class Turns:
    """The gate. ``arrive`` sees every call as it is made, before it is let through."""

    def __init__(self, arrive: Callable[[Call], None]) -> None:
        self.calm = False
        self.waiting: list[Waiting] = []
        self._arrive = arrive
        self._hanging: Waiting | None = None
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """Note that a task has come to its end."""
        self._moved.set()

    async def __call__(self, call: Call) -> Fate:
        self._arrive(call)
        if self.calm:
            return Proceed()
        waiting = Waiting(call, asyncio.get_running_loop().create_future(), asyncio.current_task())
        self.waiting.append(waiting)
        self.moved()
        try:
            return await waiting.turn
        finally:
            if waiting in self.waiting:
                self.waiting.remove(waiting)

    @contextmanager
    def holding(self, hanging: Waiting) -> Iterator[None]:
        """Keep one call from its turn for a while; after that it is carried out."""
        self.waiting.remove(hanging)
        self._hanging = hanging
        try:
            yield
        finally:
            self._hanging = None
            if not hanging.turn.done():
                hanging.turn.set_result(Proceed())

    async def let(self, which: int, decide: Callable[[Call], Fate]) -> None:
        """Let one call through and wait until nothing moves any more."""
        waiting = self.waiting.pop(which % len(self.waiting))
        waiting.turn.set_result(decide(waiting.call))
        await self.still()

    async def still(self) -> None:
        """Wait until every task stands at the gate or is done."""
        async with asyncio.timeout(30):
            while True:
                self._moved.clear()
                hanging = {self._hanging.task} if self._hanging else set()
                standing = {waiting.task for waiting in self.waiting} | hanging | {asyncio.current_task()}
                if asyncio.all_tasks() <= standing:
                    return
                await self._moved.wait()
