"""The part of the composition root that only reads: domains and mailboxes, for the chat and the terminal."""

from __future__ import annotations

from approvals.ports import Clock
from bot import config, trust
from bot.config import TenantSettings
from bot.entra.client import GraphClient
from bot.exchange import TenantMailboxes
from bot.exchange.graph import GraphSource
from bot.federation import FederationDomains, Means, Network, Realms, private_too, public_only
from commands.federation_model import Thresholds


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


def mailboxes(graph: GraphClient, clock: Clock) -> TenantMailboxes:
    """Return what reads mailboxes."""
    return TenantMailboxes(graph=graph, sources=(GraphSource(graph),), now=clock.now)


def thresholds_of(federation: config.Federation) -> Thresholds:
    """Return when the end of a certificate is worth a word."""
    return Thresholds(federation.certificate_warn, federation.certificate_critical)
