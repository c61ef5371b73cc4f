"""The alarm clock: APScheduler rings ``Runner.tick`` when work falls due.

The rows are the timers. APScheduler keeps one job in memory and is moved to when the next
row falls due; its own job stores lose jobs (see docs/decisions.md). A ring that comes too
early costs one query, a ring that never comes is made up for within thirty seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

JOB: Final = "tick"


class AlarmClock:
    """Rings *tick* at the times that *tick* itself asks for, and at once after ``wake``."""

    def __init__(self, tick: Callable[[], Awaitable[timedelta]]) -> None:
        self._tick = tick
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._ringing = False
        self._again = False

    def start(self) -> None:
        """Start, and ring at once. Needs the running event loop."""
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
        if self._ringing:
            self._again = True
        elif self._scheduler.running:
            self._scheduler.modify_job(JOB, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _ring(self) -> None:
        self._ringing = True
        try:
            wait = await self._until_quiet()
        finally:
            self._ringing = False
        if self._scheduler.running:
            self._scheduler.modify_job(JOB, next_run_time=datetime.now(UTC) + wait)

    async def _until_quiet(self) -> timedelta:
        while True:
            self._again = False
            wait = await self._tick()
            if not self._again:
                return wait
