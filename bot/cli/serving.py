"""``relatch serve`` and ``relatch migrate``."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

from bot import wiring
from bot.config import StoreSettings, load, load_settings
from bot.exit_codes import DONE
from bot.lifecycle import serving
from bot.observability import logging_to
from bot.sql.schema import migrate


async def serve() -> int:
    """Run the bot until it is told to stop (SIGTERM, Ctrl-C)."""
    configuration = load()
    logs = configuration.settings.logs
    with logging_to(style=logs.format, level=logs.level, secrets=configuration.settings.secrets()):
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        async with serving(configuration) as running:
            opening = asyncio.create_task(running.open_for_business())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
                await stopping
            opening.cancel()
    return DONE


async def migrate_() -> int:
    """Bring the database to the current schema."""
    settings = load_settings(StoreSettings)
    async with AsyncExitStack() as stack:
        await migrate((await wiring.storage(stack, settings)).database)
    return DONE
