"""The product's own Graph client over a simulated tenant: real sockets, real TLS, real tokens from MSAL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.entra.client import GraphClient
from bot.entra.credentials import Secret
from bot.entra.tokens import App, Tokens, login_http
from bot.entra.wire import Wire, graph_http
from bot.exchange.client import ExchangeClient, Organisation, exchange_http
from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.journal import Received
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from bot.trust import trusting


@asynccontextmanager
async def graph_of(tenant: SimulatedTenant) -> AsyncIterator[GraphClient]:
    """Open the client for as long as the context lasts."""
    trust = trusting(tenant.ca_file)
    app = App(tenant=TENANT_ID, client_id=CLIENT_ID, authority=tenant.url, credential=Secret(CLIENT_SECRET))
    tokens = Tokens(app, login_http(trust))
    client = GraphClient(tenant.url, Wire(tokens.of(tenant.url), graph_http(trust), now=tenant.state.now))
    try:
        yield client
    finally:
        await client.aclose()
        await tokens.aclose()


@asynccontextmanager
async def exchange_of(tenant: SimulatedTenant, exchange: SimulatedExchange) -> AsyncIterator[ExchangeClient]:
    """Open the client of Exchange Online for as long as the context lasts."""
    trust = trusting(tenant.ca_file)
    app = App(tenant=TENANT_ID, client_id=CLIENT_ID, authority=tenant.url, credential=Secret(CLIENT_SECRET))
    tokens = Tokens(app, login_http(trust))
    organisation = Organisation(exchange.url, TENANT_ID)
    client = ExchangeClient(organisation, tokens.of(exchange.url), exchange_http(trust), tenant.state.now)
    try:
        yield client
    finally:
        await client.aclose()
        await tokens.aclose()


def trips(tenant: SimulatedTenant) -> list[Received]:
    """Return what crossed the network to Graph, oldest first: a batch counts once."""
    return [one for one in tenant.state.journal.requests if one.api != "login" and not one.batched]
