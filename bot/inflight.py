"""Work that goes on after its delivery was acknowledged: counted, held, drained, never lost.

A task that nobody holds may be garbage collected while it runs (Python docs, ``asyncio.create_task``),
and its exception is then reported by nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta

import structlog

FAILED = "inflight.failed"
CUT_OFF = "inflight.cut_off"

log = structlog.stdlib.get_logger(__name__)


class Draining(Exception):
    """No new work is taken: the process is about to stop."""


class InFlight:
    """The tasks of one process."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], str] = {}
        self._open = True

    @property
    def count(self) -> int:
        """Return how many are running."""
        return len(self._running)

    def spawn(self, work: Coroutine[object, object, None], *, correlation: str) -> None:
        """Run *work* beside the caller; raise ``Draining`` when none is taken any more."""
        if not self._open:
            work.close()
            raise Draining
        task = asyncio.create_task(work)
        self._running[task] = correlation
        task.add_done_callback(self._ended)

    async def idle(self) -> None:
        """Wait until nothing runs."""
        while self._running:
            await asyncio.wait(set(self._running))

    def close(self) -> None:
        """Take no more."""
        self._open = False

    async def drain(self, timeout: timedelta) -> int:  # noqa: ASYNC109 - waiting is bounded, not cancelled
        """Take no more and wait for what runs; cancel what is left after *timeout* and return how many."""
        self.close()
        if not self._running:
            return 0
        _, late = await asyncio.wait(set(self._running), timeout=timeout.total_seconds())
        for task in late:
            log.error(CUT_OFF, correlation=self._running[task])
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _ended(self, task: asyncio.Task[None]) -> None:
        correlation = self._running.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error(FAILED, correlation=correlation, exc_info=error)
