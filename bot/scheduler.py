"""The alarm clock: APScheduler rings ``Runner.tick`` when work falls due.

The rows are the timers. APScheduler keeps one job in memory and is moved to when the next
row falls due; its own job stores lose jobs (see docs/decisions.md). A ring that comes too
early costs one query, a ring that never comes is made up for within thirty seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

JOB: Final = "tick"


class AlarmClock:
    """Rings at the times that what it rings asks for, and at once after ``wake``."""

    def __init__(self) -> None:
        self._tick: Callable[[], Awaitable[timedelta]] | None = None
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._one_ring = asyncio.Lock()
        self._again = False

    def start(self, tick: Callable[[], Awaitable[timedelta]]) -> None:
        """Ring *tick* at once, and from then on; it returns how long it is until more falls due."""
        self._tick = tick
        self._scheduler.add_job(
            self._ring,
            "interval",
            seconds=30,
            id=JOB,
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
        )
        self._scheduler.start()

    def wake(self) -> None:
        """Ring now: something was ordered, or a place has become free."""
        if self._one_ring.locked():
            self._again = True
        elif self._scheduler.running:
            self._scheduler.modify_job(JOB, next_run_time=datetime.now(UTC))

    async def stop(self) -> None:
        """Ring no more, and let a ring that is under way come to its end."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        # APScheduler's own shutdown would cancel it, in the middle of a transaction.
        async with self._one_ring:
            self._scheduler.shutdown(wait=False)

    async def _ring(self) -> None:
        if self._tick is None:
            return
        async with self._one_ring:
            wait = await self._until_quiet(self._tick)
        if self._scheduler.running:
            self._scheduler.modify_job(JOB, next_run_time=datetime.now(UTC) + wait)

    async def _until_quiet(self, tick: Callable[[], Awaitable[timedelta]]) -> timedelta:
        while True:
            self._again = False
            wait = await tick()
            if not self._again:
                return wait
