"""A process is told to stop once, and ends in order."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bot.stopping import told_to_stop, unless_told


@pytest.mark.parametrize("notice", [signal.SIGTERM, signal.SIGINT])
async def test_both_notices_are_heard(notice: signal.Signals) -> None:
    with told_to_stop() as told:
        os.kill(os.getpid(), notice)
        await told.wait()


async def test_a_second_sigterm_changes_nothing() -> None:
    with told_to_stop() as told:
        os.kill(os.getpid(), signal.SIGTERM)
        await told.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)


async def test_a_second_ctrl_c_is_pythons_own_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with told_to_stop() as told:
        os.kill(os.getpid(), signal.SIGINT)
        await told.wait()

        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


async def test_work_is_waited_for_and_its_error_raised() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise ValueError("it")

    with pytest.raises(ValueError, match="it"):
        await unless_told(asyncio.Event(), work())


async def test_work_is_cancelled_when_the_notice_comes_and_has_ended_then() -> None:
    told, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        told.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await unless_told(told, work())

    assert ended.is_set()
