"""A process of the product, as far as one test can hold several: it starts, stops, or dies."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar
from weakref import WeakSet

from bot.config import Configuration
from bot.lifecycle import Addresses, Serving, serving
from tests.scenario.clock import Clock

Result = TypeVar("Result")
Coro = Generator[Any, None, Result] | Coroutine[Any, Any, Result]

_RUNNING: ContextVar[Process] = ContextVar("running")


class Process:
    """The product, with everything it sets going marked as its own."""

    def __init__(self, configuration: Configuration, clock: Clock) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._served = serving(configuration, clock)
        self._context = copy_context()
        self._context.run(_RUNNING.set, self)
        self._serving: Serving | None = None

    @property
    def serving(self) -> Serving:
        assert self._serving is not None, "the process is not up"
        return self._serving

    async def start(self) -> None:
        """Put back what is due; commands are not taken yet."""
        self._serving = await self._inside(self._served.__aenter__())

    async def open(self) -> Addresses:
        """Take commands."""
        return await self._inside(self.serving.open_for_business())

    async def settled(self) -> None:
        await self._inside(self.serving.settled())

    async def stop(self) -> None:
        """Come to an orderly end."""
        self._serving = None
        await self._inside(self._served.__aexit__(None, None, None))

    async def die(self) -> None:
        """Stop dead, wherever it is; what is left of it is what the kernel would clear away."""
        mine = [task for task in self.tasks if not task.done()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await self.stop()

    async def _inside(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await asyncio.create_task(work, context=self._context)


@contextmanager
def marked_tasks() -> Iterator[None]:
    """Let every task be known to the process that started it, while the context lasts."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_task)
    yield
    loop.set_task_factory(None)


def _task(
    loop: asyncio.AbstractEventLoop, work: Coro[Result], context: Context | None = None
) -> asyncio.Task[Result]:
    task = asyncio.Task(work, loop=loop, context=context)
    owner = (context or copy_context()).get(_RUNNING)
    if owner is not None:
        owner.tasks.add(task)
    return task
