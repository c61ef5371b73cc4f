"""How late a restore starts, one at a time; and how long three hundred take that end in one second.

The suspensions stand in the database as an approval leaves them. Time is the real clock's, and the
product a process of its own that learns of the ends from its rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.sim.tenant import story
from bot.sim.tenant.faults import FOREVER, Delay, Fault
from bot.sim.tenant.state import Tenant
from tests.bench.figures import Finding, spread
from tests.bench.processes import listening, serve
from tests.bench.suspended import all_back, all_closed, lowered, storing, subjects
from tests.bench.world import world

RESTORES = 200
APART = timedelta(milliseconds=300)
"""Enough for one restore, its messages and its line in the record: each is alone."""
AHEAD = timedelta(seconds=15)
"""From the rows to the first end; the product starts meanwhile."""
LATE = 0.25

HERD = 300
GRAPH_TAKES = 0.1
WRITES_A_SECOND = 20
LONGEST = 1.5
"""Of the time that Graph's budget for writes leaves them."""


async def restores(folder: Path, name: str, database: str) -> list[Finding]:
    """Let many suspensions end one after the other on *database*."""
    tenant, who = story(), subjects(RESTORES)
    tenant.add(*who)
    async with world(folder, database, tenant) as around:
        async with storing(around.environment["DATABASE_URL"]) as (_, store):
            first = datetime.now(UTC) + AHEAD
            ends = {one.id: first + APART * number for number, one in enumerate(who)}
            await lowered(store, ends, who)
        async with serve(around.environment, folder / f"restore-{name}.log") as (_, url):
            await listening(url)
            _in_time(min(ends.values()))
            await all_back(tenant, ends)
    lateness = [(_first_call(tenant, who) - end).total_seconds() for who, end in ends.items()]
    if min(lateness) < 0:
        raise RuntimeError("a restore began before its time")
    found = spread(lateness)
    return [
        Finding(
            what=f"Start of a single restore after its time, {name}",
            goal=f"p99 at most {LATE * 1000:g} ms",
            measured=str(found),
            ratio=found.p99 / LATE,
        )
    ]


async def herd(folder: Path, name: str, database: str) -> list[Finding]:
    """Let many suspensions end in one second on *database*, with a Graph that takes its time."""
    tenant, who = story(), subjects(HERD)
    tenant.add(*who)
    async with world(folder, database, tenant) as around:
        around.tenant.faults.add(Fault(Delay(GRAPH_TAKES), path="", times=FOREVER))
        async with storing(around.environment["DATABASE_URL"]) as (_, store):
            end = datetime.now(UTC) + AHEAD
            ends = {one.id: end + timedelta(seconds=number / HERD) for number, one in enumerate(who)}
            await lowered(store, ends, who)
            async with serve(around.environment, folder / f"herd-{name}.log") as (_, url):
                await listening(url)
                _in_time(end)
                closed = await all_closed(store, ends)
    took = max(one.closed_at for one in closed if one.closed_at) - end
    writes = sum(one.method == "PATCH" for one in tenant.journal.requests)
    least = writes / WRITES_A_SECOND
    return [
        Finding(
            what=f"{HERD} suspensions that end in one second, all put back and proved, {name}",
            goal=f"at most {LONGEST:g} times the {least:g} s that {WRITES_A_SECOND} writes a second take",
            measured=f"{took.total_seconds():.1f} s, Graph takes {GRAPH_TAKES * 1000:g} ms",
            ratio=took.total_seconds() / least / LONGEST,
        )
    ]


def _in_time(first: datetime) -> None:
    if datetime.now(UTC) > first:
        raise RuntimeError("the first suspension ended before the product was up")


def _first_call(tenant: Tenant, who: str) -> datetime:
    return next(one.at for one in tenant.journal.requests if who in one.path)
