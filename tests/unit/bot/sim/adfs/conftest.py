import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TypeAlias

import httpx
import pytest

from bot.sim.adfs import Farm, Fault, SimulatedAdfs

Serve: TypeAlias = Callable[..., Awaitable[tuple[SimulatedAdfs, httpx.AsyncClient]]]


@pytest.fixture
def farm() -> Farm:
    return Farm(now=datetime(2026, 11, 23, 15, 40, tzinfo=UTC), base="https://fs.contoso.com")


@pytest.fixture
async def serve(farm: Farm) -> AsyncIterator[Serve]:
    """Serve a farm with faults, and a client that trusts it; both end with the test."""
    async with AsyncExitStack() as stack:

        async def start(*faults: Fault, of: Farm = farm) -> tuple[SimulatedAdfs, httpx.AsyncClient]:
            adfs = await stack.enter_async_context(SimulatedAdfs(of, *faults))
            trust = ssl.create_default_context(cafile=str(adfs.ca_file))
            client = httpx.AsyncClient(verify=trust, base_url=adfs.url, trust_env=False)
            return adfs, await stack.enter_async_context(client)

        yield start
