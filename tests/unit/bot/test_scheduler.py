"""The alarm clock: rung when asked, whenever woken, and at the latest after a bounded silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest
from apscheduler.schedulers import base
from structlog.testing import capture_logs

from bot import scheduler
from bot.scheduler import FAILED, AlarmClock

NEVER = timedelta(hours=1)
SOON = timedelta(milliseconds=30)
PATIENCE = 20.0


class Rung:
    """Counts rings and answers each with the next of *waits*, the last of them from then on."""

    def __init__(self, *waits: timedelta) -> None:
        self._waits = list(waits or (NEVER,))
        self._heard = asyncio.Condition()
        self.at: list[float] = []
        self.meanwhile: Callable[[int], Awaitable[None]] | None = None

    async def __call__(self) -> timedelta:
        self.at.append(asyncio.get_running_loop().time())
        async with self._heard:
            self._heard.notify_all()
        if self.meanwhile is not None:
            await self.meanwhile(len(self.at))
        return self._waits.pop(0) if len(self._waits) > 1 else self._waits[0]

    async def times(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE), self._heard:
            await self._heard.wait_for(lambda: len(self.at) >= number)


@asynccontextmanager
async def ringing(tick: Rung, silence: timedelta = NEVER) -> AsyncIterator[AlarmClock]:
    alarm = AlarmClock(silence)
    alarm.start(tick)
    yield alarm
    await alarm.stop()


async def settled() -> None:
    """Let everything that can run without time passing run."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_it_rings_at_once_when_it_is_started() -> None:
    tick = Rung()
    async with ringing(tick):
        await tick.times(1)


async def test_it_rings_at_the_time_asked_for_and_not_before() -> None:
    tick = Rung(SOON, NEVER)
    async with ringing(tick):
        await tick.times(2)
        assert tick.at[1] - tick.at[0] >= SOON.total_seconds() - 0.005


async def test_what_is_asked_for_last_counts() -> None:
    tick = Rung(NEVER, SOON, NEVER)
    async with ringing(tick) as alarm:
        await tick.times(1)
        alarm.wake()
        await tick.times(3)


async def test_it_stays_silent_as_long_as_nothing_falls_due() -> None:
    tick = Rung(NEVER)
    async with ringing(tick):
        await tick.times(1)
        await settled()
        assert len(tick.at) == 1


async def test_a_time_that_has_passed_already_rings_at_once_and_every_time() -> None:
    tick = Rung(*[timedelta(), -SOON, timedelta(microseconds=1)] * 30, NEVER)
    async with ringing(tick):
        await tick.times(91)


async def test_it_rings_when_it_is_woken() -> None:
    tick = Rung()
    async with ringing(tick) as alarm:
        for rings in range(1, 50):
            await tick.times(rings)
            await settled()
            alarm.wake()
        await tick.times(50)


async def test_woken_often_between_two_rings_it_rings_once() -> None:
    tick = Rung()
    async with ringing(tick) as alarm:
        await tick.times(1)
        await settled()
        for _ in range(5):
            alarm.wake()
        await tick.times(2)
        await settled()
        assert len(tick.at) == 2


@pytest.mark.parametrize("steps", range(6))
async def test_a_waking_is_not_lost_however_it_meets_the_end_of_a_ring(steps: int) -> None:
    tick = Rung()
    async with ringing(tick) as alarm:
        for rings in range(1, 30):
            await tick.times(rings)
            for _ in range(steps):
                await asyncio.sleep(0)
            alarm.wake()
            await tick.times(rings + 1)


async def test_woken_during_a_ring_it_rings_again_after_it() -> None:
    tick, gate = Rung(), asyncio.Event()

    async def held(ring: int) -> None:
        if ring == 1:
            await gate.wait()

    tick.meanwhile = held
    async with ringing(tick) as alarm:
        await tick.times(1)
        alarm.wake()
        await settled()
        assert len(tick.at) == 1, "two rings at a time"
        gate.set()
        await tick.times(2)


async def test_woken_before_it_is_started_it_rings_once_it_is() -> None:
    tick, alarm = Rung(), AlarmClock()
    alarm.wake()
    await settled()
    assert not tick.at
    alarm.start(tick)
    await tick.times(1)
    await alarm.stop()


async def test_after_a_stop_it_neither_rings_nor_can_be_woken() -> None:
    tick = Rung(timedelta())
    async with ringing(tick) as alarm:
        await tick.times(2)
    rings = len(tick.at)
    await settled()
    alarm.wake()
    await settled()
    assert len(tick.at) == rings
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_stop_waits_for_the_ring_that_is_under_way() -> None:
    tick, gate, ended = Rung(), asyncio.Event(), asyncio.Event()

    async def held(_: int) -> None:
        await gate.wait()
        ended.set()

    tick.meanwhile = held
    alarm = AlarmClock()
    alarm.start(tick)
    await tick.times(1)
    stopping = asyncio.create_task(alarm.stop())
    await settled()
    assert not stopping.done()
    gate.set()
    await stopping
    assert ended.is_set()
    assert len(tick.at) == 1


async def test_a_stop_that_is_given_up_leaves_the_ring_alone() -> None:
    tick, gate, ended = Rung(), asyncio.Event(), asyncio.Event()

    async def held(_: int) -> None:
        await gate.wait()
        ended.set()

    tick.meanwhile = held
    alarm = AlarmClock()
    alarm.start(tick)
    await tick.times(1)
    stopping = asyncio.create_task(alarm.stop())
    await settled()
    stopping.cancel()
    await settled()
    gate.set()
    async with asyncio.timeout(PATIENCE):
        await ended.wait()


async def test_stopping_twice_or_without_a_start_is_no_error() -> None:
    alarm = AlarmClock()
    await alarm.stop()
    alarm.start(Rung())
    await alarm.stop()
    await alarm.stop()


async def test_a_tick_that_raises_is_logged_and_rung_again() -> None:
    tick = Rung()

    async def fail(ring: int) -> None:
        if ring == 1:
            raise LookupError("no such lane")

    tick.meanwhile = fail
    with capture_logs() as logs:
        async with ringing(tick) as alarm:
            await tick.times(1)
            await settled()
            alarm.wake()
            await tick.times(2)
    assert [line["event"] for line in logs] == [FAILED]


async def test_a_tick_that_raises_is_rung_again_without_being_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.scheduler.AFTER_A_FAULT", SOON)
    tick = Rung()

    async def fail(ring: int) -> None:
        if ring <= 2:
            raise LookupError("no such lane")

    tick.meanwhile = fail
    with capture_logs() as logs:
        async with ringing(tick):
            await tick.times(3)
    assert [line["event"] for line in logs] == [FAILED, FAILED]


async def test_it_rings_after_the_longest_silence_whatever_was_asked_for() -> None:
    tick = Rung(timedelta.max)
    async with ringing(tick, silence=SOON):
        await tick.times(4)


class Back(datetime):
    """A wall clock that was set back by an hour."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - timedelta(hours=1)


async def test_a_wall_clock_that_is_set_back_delays_it_by_the_longest_silence_at_the_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silence = SOON * 4
    tick = Rung(SOON)
    async with ringing(tick, silence):
        await tick.times(1)
        await settled()
        for reader in (base, scheduler):
            monkeypatch.setattr(reader, "datetime", Back)
        await tick.times(3)
    assert tick.at[1] - tick.at[0] >= silence.total_seconds() - 0.005, (
        "the alarm did not go by the wall clock"
    )


class Ahead(datetime):
    """A wall clock that was set forward by a century."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(days=36500)


async def test_a_wall_clock_that_is_set_forward_by_decades_costs_one_ring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tick = Rung(SOON, NEVER)
    async with ringing(tick):
        await tick.times(1)
        for reader in (base, scheduler):
            monkeypatch.setattr(reader, "datetime", Ahead)
        await tick.times(2)
        await settled()
        assert len(tick.at) == 2
