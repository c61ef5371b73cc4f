"""A tenant and an AD FS on loopback, and the product's own reader of domains over both.

The federation host has its public name and a public address in a table; the route at the end leads to
loopback, so that everything before it is what runs in production.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TypeAlias

from bot.clock import SystemClock
from bot.entra.client import GraphClient
from bot.federation import FederationDomains, Means, Network, Realms
from bot.federation.guard import Address
from bot.federation.network import Unresolved
from bot.sim.adfs import SimulatedAdfs
from bot.sim.tenant import SimulatedTenant
from bot.trust import trusting
from commands.domain_names import DomainName
from commands.federation_model import DomainCheck, Grade, Step, StepKind, Tested, Thresholds

CONTOSO = DomainName("contoso.com")
PUBLIC_V4 = "20.190.128.10"
PUBLIC_V6 = "2603:1006:2000::10"
SERVICE = "https://fs.contoso.com"


@dataclass(slots=True)
class Site:
    """One tenant, one federation farm, and what stands in DNS."""

    tenant: SimulatedTenant
    adfs: SimulatedAdfs
    graph: GraphClient
    network: Network
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def domains(self) -> FederationDomains:
        means = Means(
            graph=self.graph,
            realms=Realms(self.tenant.url, trusting(self.tenant.ca_file)),
            network=replace(self.network, resolve=self.resolve),
            clock=SystemClock(),
            thresholds=Thresholds(),
        )
        return FederationDomains(means)

    async def resolve(self, host: str) -> tuple[Address, ...]:
        if host not in self.names:
            raise Unresolved("DNS knows no such name")
        return tuple(map(ip_address, self.names[host]))

    async def check(self, name: str = CONTOSO) -> DomainCheck:
        snapshots = [one async for one in self.domains.check(DomainName(name))]
        assert [one.finished for one in snapshots] == [False] * (len(snapshots) - 1) + [True]
        return snapshots[-1]


Found: TypeAlias = Callable[..., Awaitable[Site]]


def trust_of(adfs: SimulatedAdfs) -> ssl.SSLContext:
    """Trust the farm's authority and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(adfs.ca_file)
    return context


def only(check: DomainCheck, kind: StepKind) -> Step:
    """Return the one step of a kind."""
    (step,) = check.of(kind)
    return step


def outcome_of(check: DomainCheck, kind: StepKind) -> Tested:
    """Return what the one step of a kind found."""
    outcome = only(check, kind).outcome
    assert isinstance(outcome, Tested), outcome
    return outcome


def said(outcome: Tested) -> str:
    """Return everything a step found, in a line."""
    return " ".join(one.what for one in outcome.findings)


def grades(check: DomainCheck) -> dict[StepKind, Grade | str]:
    """Return how each step ended."""
    return {
        step.kind: step.outcome.grade if isinstance(step.outcome, Tested) else type(step.outcome).__name__
        for step in check.steps
    }
