"""A status whole, while every call of Graph takes 80 ms, beside the same facts fetched one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from approvals.model import Person, PersonId
from bot.entra.access import evaluation
from bot.entra.address import path
from bot.entra.client import GraphClient
from bot.entra.domains import domain_reads
from bot.entra.elsewhere import DEFAULTS, Surroundings
from bot.entra.methods import question
from bot.entra.per_user import requirements
from bot.entra.registration import preference_read, registration_read
from bot.entra.roles import Protect, questions
from bot.entra.users import by_key
from bot.people.statuses import Statuses
from bot.sim.tenant import FOREVER, Delay, Fault, Group, SimulatedTenant
from bot.sim.tenant import story as tenant_story
from bot.sim.tenant.story import LEE
from commands.domain_names import DomainName
from tests.bench.figures import Finding, spread
from tests.tenants import graph_of

CALL = 0.08
"""Seconds that a call of Graph takes; a batch is one call."""
MOST = 2.5
GROUPS = 5
RUNS = 20
PERSON = Person(PersonId(LEE), "Lee Jansen", "lee@contoso.com")
PACE = 1.05
"""Conditional Access takes one request a second."""


async def picturing(_: Path) -> list[Finding]:
    """Measure somebody in a few groups, as nearly everybody is; tenant-wide facts are known."""
    async with SimulatedTenant(tenant_story()) as tenant, graph_of(tenant) as graph:
        tenant.state.access_paced = True
        tenant.state.add(*(_group(number) for number in range(GROUPS)))
        statuses = Statuses(graph, Protect(), Surroundings(graph, time.monotonic))
        await statuses.status(PERSON)
        async with _slow(tenant, r"^/\$batch$"):
            together = [await _timed(lambda: statuses.status(PERSON)) for _ in range(RUNS)]
        async with _slow(tenant, ""):
            apart = [await _timed(lambda: one_after_another(graph)) for _ in range(3)]
    measured, beside = spread(together), spread(apart)
    return [
        Finding(
            what=f"Full status of somebody in {GROUPS} groups, 80 ms a Graph call",
            goal=f"median at most {MOST} calls' time ({MOST * CALL * 1000:.0f} ms)",
            measured=f"{measured}; one after another {beside.median * 1000:.0f} ms",
            ratio=measured.median / (MOST * CALL),
        )
    ]


async def one_after_another(graph: GraphClient) -> None:
    """Fetch what a status shows, each fact by a call of its own."""
    who = PERSON.id
    asked = [one.get for one in questions(who, Protect()).values()]
    for group in range(GROUPS):
        asked += [one.get for one in list(questions(_id(group), Protect()).values())[2:]]
    federation = domain_reads(DomainName("contoso.com"))
    for get in (by_key(who), question(who).get, *asked, registration_read(who), DEFAULTS, *federation):
        await graph.get("v1.0", get.path, get.params, headers=get.headers)
    for where in (requirements(who), preference_read(who).path):
        await graph.get("beta", where)
    await graph.query("v1.0", path("/identity/conditionalAccess/evaluate"), evaluation(who).body or {})


@asynccontextmanager
async def _slow(tenant: SimulatedTenant, where: str) -> AsyncIterator[None]:
    armed = tenant.faults.add(Fault(Delay(CALL), path=where, times=FOREVER))
    try:
        yield
    finally:
        tenant.faults.remove(armed)


async def _timed(act: Callable[[], Awaitable[object]]) -> float:
    await asyncio.sleep(PACE)
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started


def _group(number: int) -> Group:
    return Group(id=_id(number), name=f"group {number}", members=frozenset({LEE}))


def _id(number: int) -> PersonId:
    return PersonId(f"a3000000-0000-4000-8000-{number:012}")
