"""What a command opens: the database, and for some the tenant beside it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from bot import wiring
from bot.config import StoreSettings, TenantSettings, load_with_policy
from bot.observability import logging_to
from bot.sql.schema import fitting
from bot.wiring import Base, Storage


@asynccontextmanager
async def storage(settings: StoreSettings) -> AsyncGenerator[Storage]:
    """Open the database; ``WrongSchema`` unless it is current. Nothing is created for a mistyped address."""
    async with AsyncExitStack() as stack:
        # What a command has to say it prints; of the rest, an operator wants to see the warnings.
        style, secrets = settings.logs.format, settings.secrets()
        stack.enter_context(logging_to(style=style, level="WARNING", secrets=secrets))
        opened = await wiring.storage(stack, settings)
        await fitting(opened.database)
        yield opened


@asynccontextmanager
async def tenant() -> AsyncGenerator[Base]:
    """Open database and Entra, as environment and policy have them."""
    settings, policy = load_with_policy(TenantSettings)
    async with storage(settings) as opened, AsyncExitStack() as stack:
        yield await wiring.base(stack, settings, policy, opened)
