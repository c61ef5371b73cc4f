"""A tenant whose mailboxes are read over sockets, by the product's own clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest
import stamina

from bot.entra.client import GraphClient
from bot.exchange import TenantMailboxes
from bot.exchange.client import ExchangeClient
from bot.exchange.graph import GraphSource
from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant import SimulatedTenant, story
from commands.mailbox_model import MailboxView
from commands.ports import ByAddress
from tests.tenants import exchange_of, graph_of

NOW = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)

Show = Callable[[str], Awaitable[MailboxView]]


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        yield


@pytest.fixture
async def tenant() -> AsyncIterator[SimulatedTenant]:
    async with SimulatedTenant(story(lambda: NOW)) as running:
        yield running


@pytest.fixture
async def graph(tenant: SimulatedTenant) -> AsyncIterator[GraphClient]:
    async with graph_of(tenant) as client:
        yield client


@pytest.fixture
async def exchange(tenant: SimulatedTenant) -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange(tenant) as running:
        yield running


@pytest.fixture
async def client(tenant: SimulatedTenant, exchange: SimulatedExchange) -> AsyncIterator[ExchangeClient]:
    """The product's client of the simulated Exchange, with tokens of the simulated tenant."""
    async with exchange_of(tenant, exchange) as opened:
        yield opened


@pytest.fixture
def mailboxes(graph: GraphClient) -> TenantMailboxes:
    return TenantMailboxes(graph=graph, sources=(GraphSource(graph),), now=lambda: NOW)


@pytest.fixture
def show(mailboxes: TenantMailboxes) -> Show:
    """``await show("lee@contoso.com")``, from Graph alone."""

    async def shown(address: str) -> MailboxView:
        return await mailboxes.show(ByAddress(address))

    return shown
