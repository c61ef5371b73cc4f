"""A report over a large tenant: how many requests it takes, and that memory does not grow with the tenant."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.sim.tenant import story
from bot.sim.tenant.crowd import crowd
from tests.bench.figures import Finding
from tests.bench.processes import environment_of
from tests.bench.world import world

MANY = 100_000
FEW = 1_000
PATIENCE = 1_800.0
MORE_MEMORY = 20.0
PAGE = 999
"""As many as Graph puts on a page."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One report: the calls that Graph took for it, the most memory it held, and how long it took."""

    requests: int
    peak: float
    seconds: float


async def with_the_shortcut(folder: Path, database: str) -> list[Finding]:
    """The states come with the list of users."""
    return await _report(folder, database, "with the shortcut", "shown", people_a_request=300)


async def without_it(folder: Path, database: str) -> list[Finding]:
    """Each state takes a call, twenty a batch."""
    return await _report(folder, database, "without the shortcut", "left out", people_a_request=15)


async def _report(
    folder: Path,
    database: str,
    name: str,
    lists: Literal["shown", "left out"],
    *,
    people_a_request: int,
) -> list[Finding]:
    few = await _taken(folder, database, FEW, lists)
    many = await _taken(folder, database, MANY, lists)
    most = MANY / people_a_request
    memory = many.peak - few.peak
    return [
        Finding(
            what=f"Requests of a report over {MANY:,} people, {name}",
            goal=f"at most one for {people_a_request} people",
            measured=f"{many.requests:,}, one for {MANY / many.requests:.1f}, in {many.seconds:.0f} s",
            ratio=many.requests / most,
        ),
        Finding(
            what=f"Peak memory of that report above one over {FEW:,} people, {name}",
            goal=f"at most {MORE_MEMORY:g} MB",
            measured=f"{memory:.1f} MB: {many.peak:.1f} MB against {few.peak:.1f} MB",
            ratio=memory / MORE_MEMORY,
        ),
    ]


async def _taken(folder: Path, database: str, size: int, lists: Literal["shown", "left out"]) -> Taken:
    state = story()
    state.users.clear()
    state.add(*crowd(size))
    state.page_size, state.lists_mfa = PAGE, lists
    async with world(folder, database, state) as around:
        began = time.perf_counter()
        told = await _run(around.environment)
        seconds = time.perf_counter() - began
    _whole(told["seen"], size)
    calls = [one for one in state.journal.requests if one.api != "login" and not one.batched]
    return Taken(len(calls), told["peak"], seconds)


async def _run(environment: Mapping[str, str]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.hurried"),
        env=environment_of(environment),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE):
        said, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the report ended with {process.returncode}")
    told: dict[str, Any] = json.loads(said)
    return told


def _whole(seen: Mapping[str, Any], size: int) -> None:
    """Raise unless everybody was counted: a report that leaves people out is fast and small too."""
    states, registration = seen["states"], seen["registration"]
    counted = {
        seen["people"]["all"],
        sum(row["all"] for row in states["by_state"].values()),
        registration["registered"]["all"] + registration["not_registered"]["all"],
    }
    if counted != {size} or seen["not_read"]:
        raise RuntimeError(f"not everybody was counted: {counted} instead of {size}")


BOTH = (with_the_shortcut, without_it)
