"""What the queue itself costs: items that do nothing, beside APScheduler's SQLAlchemy store; and claims.

All of it runs in this process, put together by the product's own wiring, one after the other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import URL

from approvals.agenda import OVER, Do, Kind, Over, Work
from approvals.ports import Store
from approvals.runner import Lane, Perform, Runner
from bot import wiring
from bot.config import load
from bot.scheduler import AlarmClock
from bot.sql.schema import prepared
from tests.bench.figures import Finding, Spread, spread
from tests.bench.world import world

ITEMS = 10_000
WIDE = Lane((Kind.REMIND,), ITEMS)
"""APScheduler knows no bound."""
SHARE = 0.1
PATIENCE = 600.0

HERD = 300
RUNNERS = 3
RESTORES = Lane((Kind.RESTORE,), 8)
RESTORE_TAKES = 0.3
"""Seconds: two reads and a write, of 100 ms each."""
CLAIMED_IN = 1.0

_RAN: list[float] = []
"""When each of APScheduler's jobs ran: its store keeps the name of a function, which knows nothing else."""


async def no_ops(folder: Path, database: str) -> list[Finding]:
    """Work off many items that do nothing, then as many of APScheduler's jobs."""
    async with world(folder, database) as around:
        ours = await _ours(around.environment)
        theirs = await _theirs(load(around.environment).settings.database.url)
    share = ours.p99 / theirs.p99
    return [
        Finding(
            what=f"{ITEMS} items that do nothing, all due, beside APScheduler's SQLAlchemy store",
            goal=f"p99 of the lateness at most {SHARE} of APScheduler's",
            measured=f"{share:.3f}: {ours} against {theirs}",
            ratio=share / SHARE,
        )
    ]


async def claims(folder: Path, name: str, database: str) -> list[Finding]:
    """Let three runners claim what falls due at once; each claim is timed, what it waits for included."""
    taken: list[float] = []
    left = [HERD]

    async def restore(_: Work) -> Over:
        await asyncio.sleep(RESTORE_TAKES)
        left[0] -= 1
        return OVER

    async with world(folder, database) as around, AsyncExitStack() as stack:
        works = [
            await stack.enter_async_context(_works(around.environment, RESTORES, restore))
            for _ in range(RUNNERS)
        ]
        await _order(works[0].store, RESTORES.kinds[0], HERD)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(one.runs(lambda: left[0] > 0, taken) for one in works))
    found = spread(taken)
    return [
        Finding(
            what=f"A claim, {HERD} restores due and {RUNNERS} processes that claim them, {name}",
            goal=f"p99 under {CLAIMED_IN:g} s",
            measured=str(found),
            ratio=found.p99 / CLAIMED_IN,
        )
    ]


async def _ours(environment: Mapping[str, str]) -> Spread:
    ran: list[float] = []

    async def nothing(_: Work) -> Over:
        ran.append(time.perf_counter())
        return OVER

    async with _works(environment, WIDE, nothing) as works:
        await _order(works.store, WIDE.kinds[0], ITEMS)
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            await works.runs(lambda: len(ran) < ITEMS, [])
    return spread([one - began for one in ran])


async def _theirs(url: URL) -> Spread:
    scheduler = AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=url)}, job_defaults={"misfire_grace_time": None}
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC)
    for number in range(ITEMS):
        scheduler.add_job(_runs, "date", run_date=due, id=str(number))
    began = time.perf_counter()
    scheduler.resume()
    async with asyncio.timeout(PATIENCE):
        while len(_RAN) < ITEMS:  # noqa: ASYNC110 - APScheduler tells nobody
            await asyncio.sleep(0.1)
    scheduler.shutdown()
    return spread([one - began for one in _RAN])


async def _runs() -> None:
    _RAN.append(time.perf_counter())


class _Works:
    """A runner and the alarm clock that rings it."""

    def __init__(self, store: Store, runner: Runner, alarm: AlarmClock) -> None:
        self.store = store
        self._runner = runner
        self._alarm = alarm

    async def runs(self, goes_on: Callable[[], bool], taken: list[float]) -> None:
        """Ring as long as it *goes_on*, and note how long each ring has *taken*."""

        async def tick() -> timedelta:
            began = time.perf_counter()
            wait = await self._runner.tick()
            taken.append(time.perf_counter() - began)
            return wait

        self._alarm.start(tick)
        while goes_on():  # noqa: ASYNC110 - what is counted rings no bell
            await asyncio.sleep(0.01)
        await self._alarm.stop()
        await self._runner.drain(PATIENCE)


@asynccontextmanager
async def _works(environment: Mapping[str, str], lane: Lane, perform: Perform) -> AsyncGenerator[_Works]:
    configuration = load(environment)
    async with AsyncExitStack() as stack:
        alarm = AlarmClock()
        storage = await wiring.storage(stack, configuration.settings, alarm.wake)
        await prepared(storage.database)
        base = await wiring.base(stack, configuration.settings, configuration.policy, storage)
        runner = Runner(base.essentials, {lane.kinds[0]: perform}, alarm.wake, lanes=[lane])
        yield _Works(storage.store, runner, alarm)


async def _order(store: Store, kind: Kind, number: int) -> None:
    async with store.transaction() as tx:
        await tx.order(None, *(Do(kind=kind, due_at=tx.now, about=str(one)) for one in range(number)))
