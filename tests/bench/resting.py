"""An idle bot's memory and how fast it is up, beside a process that only imports the same libraries."""

from __future__ import annotations

import asyncio
import re
import sys
import time
import tomllib
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

from tests.bench.figures import Finding
from tests.bench.processes import PATIENCE, environment_of, listening, processor, resident, serve
from tests.bench.world import World, world

ROUNDS = 7
IDLE = 3.0
"""Seconds after it takes commands until its memory is looked at."""
MORE_MEMORY = 40.0
LATER_UP = 1.0
PROJECT = Path("pyproject.toml")
ELSEWHERE = {"matplotlib"}
"""Charts are drawn by a process of their own: the 75 MB would hide what the bot takes."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds until a process was up, its processors' seconds by then, and the megabytes it holds."""

    seconds: float
    busy: float
    megabytes: float


async def resting(folder: Path, name: str, database: str) -> list[Finding]:
    """Start both in turns; the first start of each, which migrates and compiles, does not count."""
    packages = dependencies()
    async with world(folder, database) as around:
        await _imports(packages)
        await _serve(around, folder / "first.log")
        pairs = [
            (await _serve(around, folder / f"rest-{name}.log"), await _imports(packages))
            for _ in range(ROUNDS)
        ]
    ours, theirs = ([*both] for both in zip(*pairs, strict=True))
    memory = median(mine.megabytes - its.megabytes for mine, its in pairs)
    start = median(mine.seconds - its.seconds for mine, its in pairs)
    busy = f"of processor time {median(mine.busy - its.busy for mine, its in pairs):.2f} s"
    return [
        Finding(
            what=f"Idle memory above the imports alone, {name}",
            goal=f"at most {MORE_MEMORY:g} MB",
            measured=f"{memory:.1f} MB: {_megabytes(ours)} against {_megabytes(theirs)} (median of {ROUNDS})",
            ratio=memory / MORE_MEMORY,
        ),
        Finding(
            what=f"Start until `/healthz` answers, above the imports alone, {name}",
            goal=f"at most {LATER_UP:g} s",
            measured=f"{start:.2f} s: {_seconds(ours)} against {_seconds(theirs)}; {busy}",
            ratio=start / LATER_UP,
        ),
    ]


def dependencies() -> list[str]:
    """Return what is imported of each distribution that the project asks for and the bot uses."""
    asked = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    wanted = {_normal(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in asked} - ELSEWHERE
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for package, distributions in packages_distributions().items():
        for name in wanted.intersection(map(_normal, distributions)):
            if not package.startswith("_"):
                found[name].append(package)
    lacking = sorted(name for name, packages in found.items() if not packages)
    if lacking:
        raise RuntimeError(f"not installed: {', '.join(lacking)}")
    return sorted({package for packages in found.values() for package in packages})


async def _serve(around: World, says: Path) -> Rest:
    async with serve(around.environment, says) as (child, url):
        busy = processor(child.pid)
        await listening(url)
        await asyncio.sleep(IDLE)
        return Rest(child.seconds, busy, resident(child.pid))


async def _imports(packages: list[str]) -> Rest:
    pipe = asyncio.subprocess.PIPE
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.only_imports",
        *packages,
        env=environment_of({}),
        stdin=pipe,
        stdout=pipe,
    )
    if process.stdout is None:
        raise RuntimeError("no standard output")
    said = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    rest = Rest(time.perf_counter() - began, processor(process.pid), resident(process.pid))
    # Not without octets: then Python 3.11 leaves the pipe open, and the process waits for ever.
    await process.communicate(b"\n")
    if said != b"ready\n" or process.returncode != 0:
        raise RuntimeError(f"the imports alone failed: {process.returncode}")
    return rest


def _megabytes(rests: list[Rest]) -> str:
    return f"{median(one.megabytes for one in rests):.1f} MB"


def _seconds(rests: list[Rest]) -> str:
    return f"{median(one.seconds for one in rests):.2f} s"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
