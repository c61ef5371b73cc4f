"""Being told to stop: SIGTERM and Ctrl-C end a command in order instead of in the middle."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

NOTICES = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """Set the event that is yielded when the process is told to stop, for as long as the context lasts.

    A second Ctrl-C ends the process at once; a second SIGTERM changes nothing, because supervisors
    may send it to a process and to its group.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        told.set()
        loop.remove_signal_handler(signal.SIGINT)

    for notice in NOTICES:
        loop.add_signal_handler(notice, stop)
    try:
        yield told
    finally:
        for notice in NOTICES:
            loop.remove_signal_handler(notice)


async def unless_told(told: asyncio.Event, work: Coroutine[object, object, object]) -> None:
    """Run *work*, cancelled when the process is told to stop; raise what it raises."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(told.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        working.result()
        return
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
