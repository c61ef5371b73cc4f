"""A check takes as long as its longest chain of dependent steps, and not much longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from ipaddress import ip_address
from typing import Literal

from bot.federation.guard import Address
from bot.sim.adfs import Place, at
from bot.sim.adfs.delivery import Held
from bot.sim.tenant import Fault
from bot.sim.tenant.faults import FOREVER, Delay
from commands.federation_model import DomainCheck, Grade, StepKind
from commands.federation_model import Tested as Done  # pytest would collect the name
from tests.unit.bot.federation.sites import PUBLIC_V4, Found, Site

LATENCY = 0.15
"""Seconds that everybody who is asked takes: without them a check on loopback has no time to waste."""
FACTOR = 1.5
RUNS = 3


class _Latency(asyncio.Event):
    """A gate that opens by itself, each time anew."""

    async def wait(self) -> Literal[True]:
        await asyncio.sleep(LATENCY)
        return True


async def far_away(found: Found) -> Site:
    """Found a healthy site in which every answer takes its time."""
    site = await found(*(at(place, Held(_Latency())) for place in Place))
    site.tenant.faults.add(Fault(Delay(LATENCY), path="", times=FOREVER))
    site.names = {"fs.contoso.com": (PUBLIC_V4,)}

    class Slow(Site):
        async def resolve(self, host: str) -> tuple[Address, ...]:
            await asyncio.sleep(LATENCY)
            return tuple(map(ip_address, self.names[host]))

    return Slow(site.tenant, site.adfs, site.graph, replace(site.network), site.names)


def seconds(check: DomainCheck, kind: StepKind) -> float:
    """Return how long the step of a kind took."""
    (step,) = check.of(kind)
    assert isinstance(step.outcome, Done)
    return step.outcome.took.total_seconds()


def longest_chain(check: DomainCheck) -> float:
    """Return the longest chain of steps that need each other."""
    way = (StepKind.SETTINGS, StepKind.DNS, StepKind.TCP, StepKind.TLS)
    pages = (StepKind.METADATA, StepKind.MEX, StepKind.PASSIVE)
    outside = sum(seconds(check, kind) for kind in way) + max(seconds(check, kind) for kind in pages)
    return max(outside, seconds(check, StepKind.REALM))


async def test_a_healthy_check_takes_no_longer_than_its_longest_chain_and_half(found: Found) -> None:
    site = await far_away(found)
    await site.check()  # the token is fetched once, by whoever asks first
    ratios = []
    for _ in range(RUNS):
        check = await site.check()
        assert check.grade is Grade.GOOD, check
        ratios.append(check.took.total_seconds() / longest_chain(check))
    assert min(ratios) <= FACTOR, ratios


async def test_one_step_after_another_would_not_pass(found: Found) -> None:
    check = await (await far_away(found)).check()
    everything = sum(seconds(check, kind) for kind in StepKind if kind is not StepKind.PASSWORD)
    assert everything > FACTOR * longest_chain(check)
