from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bot.federation import Network
from bot.federation.guard import Checked
from bot.sim.adfs import Farm, Fault, SimulatedAdfs
from bot.sim.tenant import Domain, SimulatedTenant, story
from tests.tenants import graph_of
from tests.unit.bot.federation.sites import (
    CONTOSO,
    PUBLIC_V4,
    PUBLIC_V6,
    SERVICE,
    Found,
    Site,
    trust_of,
)


@pytest.fixture
async def found() -> AsyncIterator[Found]:
    """Found a site; its farm has the given faults since Entra was told of it."""
    async with AsyncExitStack() as stack:

        async def start(*faults: Fault, farm: Farm | None = None, domain: Domain | None = None) -> Site:
            adfs = await stack.enter_async_context(SimulatedAdfs(farm or Farm(base=SERVICE), *faults))
            tenant = await stack.enter_async_context(SimulatedTenant(story()))
            contoso = domain or Domain(id=CONTOSO, authentication="Federated", default=True)
            tenant.state.add(replace(contoso, federation=contoso.federation or adfs.federation()))
            graph = await stack.enter_async_context(graph_of(tenant))

            def route(address: Checked, port: int) -> tuple[str, int]:
                assert (address, port) in {(PUBLIC_V4, 443), (PUBLIC_V6, 443)}
                return "127.0.0.1", adfs.port

            network = Network(public=trust_of(adfs), route=route)
            return Site(tenant, adfs, graph, network, {"fs.contoso.com": (PUBLIC_V4, PUBLIC_V6)})

        yield start
