"""``make soak``: three replicas on one PostgreSQL, everything at once, for ``SOAK_SECONDS``.

Many people ask, decide and change their minds; a replica is killed every few seconds; Entra
throttles, cuts, lags and lands writes late; Slack refuses and cuts; the database drops every
connection. Time is real here: what a dead process held is taken over when its lease ends. In
the end all of that stops, and the promises are looked up.

Not collected by itself: it takes minutes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

from approvals.agenda import LEASE
from bot.sim.tenant import AFTER, Cut, Delay, Fault, Late, Respond, Stale, bad_gateway
from bot.sim.workspace import CutAfter, CutBefore, Status
from bot.sim.workspace import Delay as SlackDelay
from bot.sql.engine import Database
from tests.command_line import Bot
from tests.faults.aftermath import Aftermath
from tests.faults.crowd import POLICY, Crowd
from tests.faults.killing import Replicas
from tests.faults.place import Place, opened
from tests.world.rows import Rows

SECONDS: Final = float(os.environ.get("SOAK_SECONDS", "600"))
SEED: Final = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
REPLICAS: Final = 3
AT_ONCE: Final = 12
"""Errands that go on at a time."""
TAKEN_OVER: Final = LEASE + timedelta(seconds=30)
IN_THE_END: Final = 300.0
"""Seconds in which everything must be done once the weather is fair."""
LOOK: Final = 0.25
"""Seconds between two looks at what a dead process holds."""
REQUIREMENTS: Final = "authentication/requirements"
ENTRA: Final[tuple[Callable[[], Fault], ...]] = (
    lambda: Fault(Respond(429, retry_after=2), times=5),
    lambda: Fault(Respond(429), path=REQUIREMENTS, times=3),
    lambda: Fault(Respond(429, AFTER, retry_after=1), method="PATCH"),
    lambda: Fault(Respond(503), times=5),
    lambda: Fault(Respond(504, AFTER), method="PATCH"),
    lambda: Fault(bad_gateway(), times=3),
    lambda: Fault(Respond(401), times=2),
    lambda: Fault(Cut(), times=3),
    lambda: Fault(Cut(AFTER), method="PATCH"),
    lambda: Fault(Delay(1.5), times=10),
    lambda: Fault(Stale(timedelta(seconds=15)), path=REQUIREMENTS, times=10),
    lambda: Fault(Late(timedelta(seconds=10)), method="PATCH", path=REQUIREMENTS),
)
SLACK: Final = (Status(429, 2), Status(503), CutBefore(), CutAfter(), SlackDelay(1.0))
BECAME: Final = {
    "applying": "approved",
    "extension approved": "prolonged",
    "denied": "denied",
    "withdrawn": "withdrawn",
    "lapsed": "lapsed",
    "failed": "failed",
}
DROP: Final = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid != pg_backend_pid()"
)


@dataclass(slots=True)
class Tally:
    """What happened while it ran."""

    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    takeovers: list[float] = field(default_factory=list)
    """Seconds from a death until somebody else held what the dead had held."""


class Soak:
    """Load, weather and deaths, side by side."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.crowd = Crowd(place, SEED)
        self.replicas = Replicas(place, SEED)
        self.tally = Tally()
        self._by = Random(SEED)  # noqa: S311  # to be repeated, not to be unknown
        self._rows = Rows(place.database.engine.url)
        self._watches: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await self.replicas.open(REPLICAS)
        raging = [asyncio.create_task(one) for one in (self._people(), self._weather(), self._deaths())]
        done, _ = await asyncio.wait(raging, timeout=SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for task in raging:
            task.cancel()
        await asyncio.gather(*raging, return_exceptions=True)
        for task in done:
            task.result()
        await self.crowd.gives_up()
        self.place.tenant.faults.clear()
        self._at_any_pace()
        await self.replicas.open(REPLICAS - len(self.replicas.living))
        await asyncio.gather(*self._watches)
        await self.replicas.finish(IN_THE_END)
        self._rows.close()

    async def _people(self) -> None:
        while True:
            if self.crowd.under_way < AT_ONCE:
                self.crowd.sets_out()
            await self.replicas.lead_to_one()
            await asyncio.sleep(self._by.uniform(0.05, 0.5))

    async def _weather(self) -> None:
        """Let a few things go wrong for a few seconds, then none."""
        while True:
            spell = [self._goes_wrong() for _ in range(self._by.randint(1, 3))]
            await asyncio.sleep(self._by.uniform(1, 4))
            for lift in spell:
                lift()
            await asyncio.sleep(self._by.uniform(0.5, 2))

    def _goes_wrong(self) -> Callable[[], object]:
        """Let something go wrong; return what ends it."""
        where = self._by.choice(["Entra", "Entra", "Entra", "Slack", "Slack", "Slack's pace", "database"])
        self.tally.faults[where] += 1
        match where:
            case "Entra":
                armed = self.place.tenant.faults.add(self._by.choice(ENTRA)())
                return lambda: self.place.tenant.faults.remove(armed)
            case "Slack":
                return self.place.workspace.fault(".*", self._by.choice(SLACK), times=3).lift
            case "Slack's pace":
                self.place.workspace.rate_limited = True
                return self._at_any_pace
            case _:
                self._rows(DROP)
                return lambda: None

    def _at_any_pace(self) -> None:
        self.place.workspace.rate_limited = False

    async def _deaths(self) -> None:
        while True:
            await asyncio.sleep(self._by.uniform(2, 12))
            victim = self._by.choice(self.replicas.living)
            await self.replicas.kill(victim)
            self.tally.kills += 1
            watch = asyncio.create_task(self._watch_over(victim))
            self._watches.add(watch)
            await asyncio.sleep(self._by.uniform(0, 4))
            await self.replicas.open(1)

    async def _watch_over(self, dead: Bot) -> None:
        """Note when each piece of work that *dead* held has got to somebody else."""
        died, theirs = time.monotonic(), f"%:{dead.pid}:%"
        held = self._held(theirs)
        while held:
            await asyncio.sleep(LOOK)
            left = self._held(theirs)
            self.tally.takeovers += [time.monotonic() - died] * len(held - left)
            held = held & left

    def _held(self, worker: str) -> set[str]:
        return {lease for (lease,) in self._rows("select lease from work where leased_by like ?", worker)}


@pytest.fixture
async def place(tmp_path: Path, database_url: str, database: Database) -> AsyncIterator[Place]:
    async with opened(tmp_path, database_url, database, POLICY.format(pending="60s", overdue="30s")) as place:
        yield place


@pytest.mark.parametrize("backend", ["postgres"])
@pytest.mark.timeout(SECONDS + 900)
async def test_everything_at_once_breaks_no_promise(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    soak = Soak(place)
    await soak.run()
    aftermath = await Aftermath.of(place, soak.crowd.subjects)
    with capsys.disabled():
        sys.stdout.write(f"\n{summary(soak.tally, aftermath)}\n")

    assert (aftermath.broken(), soak.replicas.complaints()) == ([], []), f"SOAK_SEED={SEED}"
    assert any(entry.event == "restored" for entry in aftermath.entries), "nobody got through"
    assert max(soak.tally.takeovers, default=0) <= TAKEN_OVER.total_seconds()


def summary(tally: Tally, aftermath: Aftermath) -> str:
    events = Counter(entry.event for entry in aftermath.entries)
    late = sorted(entry.facts["late_ms"] / 1000 for entry in aftermath.entries if entry.event == "restored")
    faults = ", ".join(f"{number} {where}" for where, number in tally.faults.items())
    became = ", ".join(f"{events[what]} {said}" for what, said in BECAME.items())
    return "\n".join(
        [
            f"soak: {SECONDS:g} s, SOAK_SEED={SEED}, {REPLICAS} replicas",
            f"requests   {events['asked']}: {became}",
            f"broken     {tally.kills} kills, faults: {faults}",
            f"restores   {len(late)}; never confirmed {events['unconfirmed']}, slipped {events['slipped']}",
            f"lateness   p50 {at(late, 0.5):.2f} s, p99 {at(late, 0.99):.2f} s, worst {at(late, 1):.2f} s",
            f"takeovers  {len(tally.takeovers)}, the slowest {at(tally.takeovers, 1):.1f} s after the death",
            f"said twice {aftermath.cards_twice()} cards, {aftermath.said_twice()} other messages",
        ]
    )


def at(values: Sequence[float], share: float) -> float:
    """Return the value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
