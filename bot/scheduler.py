"""The alarm clock: APScheduler rings ``Runner.tick`` when work falls due.

The rows are the timers. APScheduler keeps one job in memory and is moved to when the next
row falls due; its own job stores lose jobs (see docs/decisions.md). The job only strikes a
bell, and one task answers it: rings never overlap, and what strikes during a ring is
answered by another one. A ring that comes too early costs one look.

APScheduler goes by the wall clock, which may be set back. So silence is bounded too, to
thirty seconds on a clock that never jumps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.observability import logger

JOB: Final = "tick"
SILENCE: Final = timedelta(seconds=30)
"""No longer than this between two rings, whatever the wall clock does and whoever forgot to wake."""
AFTER_A_FAULT: Final = timedelta(seconds=1)
FAILED: Final = "alarm.failed"

Tick = Callable[[], Awaitable[timedelta]]
"""Does what is due; returns how long it is until more falls due."""

log = logger(__name__)


class AlarmClock:
    """Rings at the times that what it rings asks for, and at once after ``wake``."""

    def __init__(self, silence: timedelta = SILENCE) -> None:
        self._silence = silence
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._bell = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self, tick: Tick) -> None:
        """Ring *tick* at once, and from then on; one that raises is logged and rung again."""
        self._scheduler.start()
        self._answering = asyncio.create_task(self._answer(tick), name="alarm clock")

    def wake(self) -> None:
        """Ring now: something was ordered, or a place has become free."""
        self._bell.set()

    async def stop(self) -> None:
        """Ring no more, and let a ring that is under way come to its end."""
        if self._answering is None or self._stopped:
            return
        self._stopped = True
        # First, because a shutdown would cancel a stroke that is about to fall, and log that as an error.
        self._scheduler.pause()
        self._bell.set()
        await asyncio.wait({self._answering})
        self._scheduler.shutdown(wait=False)

    async def _answer(self, tick: Tick) -> None:
        while not self._stopped:
            self._bell.clear()
            # Counted from before the ring: a database that kept it waiting makes the next one
            # early, never late.
            begun = datetime.now(UTC)
            self._set(begun + min(await _rung(tick), self._silence))
            await self._struck()

    def _set(self, at: datetime) -> None:
        # Not an interval: after a clock was set forward by decades, APScheduler lists every ring missed.
        self._scheduler.add_job(
            self._strike, "date", run_date=at, id=JOB, replace_existing=True, misfire_grace_time=None
        )

    async def _struck(self) -> None:
        try:
            async with asyncio.timeout(self._silence.total_seconds()):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _strike(self) -> None:
        # A coroutine, because APScheduler runs a plain function in a thread.
        self._bell.set()


async def _rung(tick: Tick) -> timedelta:
    try:
        return await tick()
    except Exception:
        log.exception(FAILED)
        return AFTER_A_FAULT
