"""A simulated tenant, and the product's client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.entra.client import GraphClient
from bot.sim.tenant import SimulatedTenant, story
from tests.tenants import graph_of


@pytest.fixture
async def tenant() -> AsyncIterator[SimulatedTenant]:
    async with SimulatedTenant(story()) as running:
        yield running


@pytest.fixture
async def entra(tenant: SimulatedTenant) -> AsyncIterator[GraphClient]:
    async with graph_of(tenant) as client:
        yield client
