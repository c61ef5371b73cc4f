"""The part of the composition root that only reads: domains and mailboxes, for the chat and the terminal."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

from approvals.ports import Clock
from bot import config, trust
from bot.config import PolicyFile, TenantSettings
from bot.entra.client import GraphClient
from bot.entra.factors import EntraRegistrations
from bot.entra.tokens import Tokens
from bot.exchange import TenantMailboxes
from bot.exchange.client import ExchangeClient, Organisation, exchange_http
from bot.exchange.graph import GraphSource
from bot.exchange.online import AdminApiSource, InvokeCommandSource
from bot.exchange.sources import MailboxSource
from bot.federation import FederationDomains, Means, Network, Realms, private_too, public_only
from commands.changing import Habits
from commands.federation_model import Thresholds
from commands.table import Feature


def domains(
    settings: TenantSettings, federation: config.Federation, graph: GraphClient, clock: Clock
) -> FederationDomains:
    """Return what reads and checks domains."""
    tls = trust.trusting(settings.network.ca_file)
    network = Network(
        own=tls if settings.network.ca_file else None,
        refuse=private_too if federation.allow_private_addresses else public_only,
    )
    means = Means(
        graph=graph,
        realms=Realms(settings.entra.authority, tls),
        network=network,
        clock=clock,
        thresholds=thresholds_of(federation),
    )
    return FederationDomains(means)


def exchange(stack: AsyncExitStack, settings: TenantSettings, tokens: Tokens, clock: Clock) -> ExchangeClient:
    """Open Exchange Online; nothing is asked of it yet."""
    entra = settings.entra
    client = ExchangeClient(
        Organisation(entra.exchange, entra.tenant_id),
        tokens.of(entra.exchange),
        exchange_http(trust.trusting(settings.network.ca_file)),
        clock.now,
    )
    stack.push_async_callback(client.aclose)
    return client


def mailbox_sources(
    graph: GraphClient, client: ExchangeClient, policy: config.Exchange | None
) -> tuple[MailboxSource, ...]:
    """Return who is asked about mailboxes: Graph always, Exchange as the policy has it."""
    sources: list[MailboxSource] = [GraphSource(graph)]
    if policy is not None and policy.admin_api:
        sources.append(AdminApiSource(client))
    if policy is not None and policy.invoke_command:
        sources.append(InvokeCommandSource(client))
    return tuple(sources)


def registrations(graph: GraphClient, clock: Clock) -> EntraRegistrations:
    """Return what reads registered methods and what the tenant allows."""
    return EntraRegistrations(graph, clock.monotonic)


def habits_of(policy: PolicyFile) -> Habits:
    """Return what the policy says of changes that stay."""
    tables = {
        Feature.PHONE: policy.phone,
        Feature.DEFAULT_METHOD: policy.default_method,
        Feature.ENABLE: policy.enable,
        Feature.PASS: policy.access_pass,
    }
    habits = Habits(features=frozenset(feature for feature, table in tables.items() if table is not None))
    if policy.phone is not None:
        habits = replace(habits, region=policy.phone.region, shared_limit=policy.phone.shared_limit)
    if policy.access_pass is not None:
        habits = replace(habits, longest_pass=policy.access_pass.longest)
    return habits


def mailboxes(graph: GraphClient, sources: tuple[MailboxSource, ...], clock: Clock) -> TenantMailboxes:
    """Return what reads mailboxes."""
    return TenantMailboxes(graph=graph, sources=sources, now=clock.now)


def thresholds_of(federation: config.Federation) -> Thresholds:
    """Return when the end of a certificate is worth a word."""
    return Thresholds(federation.certificate_warn, federation.certificate_critical)
