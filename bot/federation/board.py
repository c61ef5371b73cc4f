"""Where the steps of one check stand, and the snapshots of it that are handed out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Generic, TypeAlias, TypeVar

from approvals.ports import Clock
from commands.domain_names import DomainName
from commands.federation_model import (
    Compared,
    DomainCheck,
    DomainView,
    Finding,
    Grade,
    Held,
    NotTested,
    Outcome,
    Step,
    StepKind,
    Tested,
    Waiting,
)

Key: TypeAlias = tuple[StepKind, str]
"""A step: its kind, and what it is about."""

T = TypeVar("T")
_ORDER: Final = tuple(StepKind)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a step found, and what it hands on; ``None`` stops those that need it."""

    findings: tuple[Finding, ...]
    value: T | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """What follows from all steps together; see ``DomainCheck``."""

    compared: tuple[Compared, ...] = ()
    health: tuple[Finding, ...] = ()
    certificates: tuple[Held, ...] = ()


class Board:
    """The state of one check; whoever reads it is woken when a step ends."""

    def __init__(self, name: DomainName, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self._woken = asyncio.Event()
        self._running: dict[Key, tuple[str, float]] = {}
        self._steps: dict[Key, Outcome] = {}
        self._state = DomainCheck(
            name=name, view=None, steps=(), began=clock.now(), took=timedelta(), finished=False
        )

    @property
    def now(self) -> datetime:
        """Return when the check began: the moment by which everything in it is judged."""
        return self._state.began

    def plan(self, *keys: Key) -> None:
        """Show steps that will be tried."""
        for key in keys:
            self._steps.setdefault(key, Waiting())

    async def test(self, key: Key, tried: str, work: Awaitable[Found[T]]) -> T | None:
        """Do one step; return what it hands on. Cancelled, it stays as it is: see ``late``."""
        self._steps[key] = Waiting(running=True)
        self._running[key] = (tried, self._clock.monotonic())
        found = await work
        self._end(key, found.findings)
        return found.value

    def settle(self, key: Key, outcome: Outcome) -> None:
        """Say how a step ended that did not have to be tried."""
        self._steps[key] = outcome
        self._woken.set()

    def skip(self, keys: tuple[Key, ...], why: str) -> None:
        """Leave out those of *keys* that were not begun."""
        for key in keys:
            if self._steps.get(key) == Waiting():
                self.settle(key, NotTested(why))

    def late(self, why: str) -> None:
        """End everything: what is under way had no answer, and what was not begun is left out."""
        for key in tuple(self._running):
            self._end(key, (Finding(Grade.WRONG, why, "Try again; look at what is slow."),))
        self.skip(tuple(self._steps), why)

    def show(self, view: DomainView) -> None:
        """Show what Entra and realm discovery say together."""
        self._state = replace(self._state, view=view)
        self._woken.set()

    def conclude(self, drawn: Conclusions) -> None:
        """Show what follows from all steps together."""
        self._state = replace(
            self._state,
            compared=drawn.compared,
            health=drawn.health,
            service_certificates=drawn.certificates,
        )

    def snapshot(self, *, finished: bool) -> DomainCheck:
        """Return the check as far as it has come."""
        ordered = sorted(self._steps.items(), key=lambda item: _ORDER.index(item[0][0]))
        steps = tuple(Step(kind, about, outcome) for (kind, about), outcome in ordered)
        return replace(self._state, steps=steps, took=self._since(self._start), finished=finished)

    async def changed(self) -> None:
        """Wait until something ended since the last call."""
        await self._woken.wait()
        self._woken.clear()

    def wake(self) -> None:
        """Let ``changed`` return."""
        self._woken.set()

    def _end(self, key: Key, findings: tuple[Finding, ...]) -> None:
        tried, start = self._running.pop(key)
        self.settle(key, Tested(tried=tried, findings=findings, took=self._since(start)))

    def _since(self, start: float) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - start)
