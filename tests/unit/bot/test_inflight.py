from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.inflight import CUT_OFF, FAILED, Draining, InFlight

SOON = timedelta(seconds=5)


async def test_what_runs_is_counted_and_waited_for() -> None:
    inflight, gate, done = InFlight(), asyncio.Event(), []

    async def work() -> None:
        await gate.wait()
        done.append(1)

    inflight.spawn(work(), correlation="c-1")
    inflight.spawn(work(), correlation="c-2")
    assert inflight.count == 2
    gate.set()

    assert await inflight.drain(SOON) == 0
    assert (inflight.count, done) == (0, [1, 1])


async def test_nothing_is_taken_once_draining_has_begun() -> None:
    inflight = InFlight()
    assert await inflight.drain(SOON) == 0

    with pytest.raises(Draining):
        inflight.spawn(asyncio.sleep(0), correlation="c-1")
    assert inflight.count == 0


async def test_an_exception_is_logged_with_its_correlation() -> None:
    inflight = InFlight()

    async def work() -> None:
        raise RuntimeError("broken")

    with capture_logs() as logs:
        inflight.spawn(work(), correlation="c-1")
        await inflight.idle()

    [line] = logs
    assert (line["event"], line["correlation"], str(line["exc_info"])) == (FAILED, "c-1", "broken")


async def test_work_that_outlasts_the_draining_is_cut_off_and_named() -> None:
    inflight, ended = InFlight(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    with capture_logs() as logs:
        inflight.spawn(work(), correlation="c-1")
        await asyncio.sleep(0)
        assert await inflight.drain(timedelta(0)) == 1

    assert [(line["event"], line["correlation"]) for line in logs] == [(CUT_OFF, "c-1")]
    assert (inflight.count, ended) == (0, [1])


async def test_work_goes_on_when_nobody_else_holds_it() -> None:
    inflight, done = InFlight(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    inflight.spawn(work(), correlation="c-1")
    async with asyncio.timeout(5):
        await done.wait()
