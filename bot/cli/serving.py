"""``relatch serve`` and ``relatch migrate``."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack

from bot import wiring
from bot.config import StoreSettings, load, load_settings
from bot.exit_codes import DONE
from bot.lifecycle import serving
from bot.observability import logging_to
from bot.sql.schema import REVISIONS, migrate
from bot.stopping import told_to_stop, unless_told


async def serve() -> int:
    """Run the bot until it is told to stop (SIGTERM, Ctrl-C).

    Secrets and hosts come from the environment, the rules from the policy file (RELATCH_POLICY).
    """
    configuration = load()
    logs = configuration.settings.logs
    secrets = configuration.settings.secrets()
    with logging_to(style=logs.format, level=logs.level, secrets=secrets), told_to_stop() as told:
        async with serving(configuration) as running:
            await unless_told(told, running.open_for_business())
            await told.wait()
    return DONE


async def migrate_() -> int:
    """Bring the database (DATABASE_URL) to the current schema; several at once are safe."""
    settings = load_settings(StoreSettings)
    async with AsyncExitStack() as stack:
        await migrate((await wiring.storage(stack, settings)).database)
    sys.stdout.write(f"the database has schema {REVISIONS[-1]}\n")
    return DONE
