"""What may happen to a call that leaves the core, decided by whoever tests."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """A call that *process* makes at *port*; ``correlation`` names one that changes the tenant."""

    process: str
    port: str
    name: str
    correlation: str = ""


@dataclass(frozen=True, slots=True)
class Proceed:
    """It is carried out and answered."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing happens, and *error* is raised."""

    error: Exception


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """It is carried out, and the answer is lost."""


@dataclass(frozen=True, slots=True)
class Delay:
    """A write: the caller gives up waiting, and it is carried out *by* later."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Stale:
    """A read: it answers what was there *by* ago."""

    by: timedelta


Fate = Proceed | Refuse | LoseAnswer | Delay | Stale


class Gate(Protocol):
    """Decides over every call; may keep it waiting."""

    async def __call__(self, call: Call) -> Fate: ...


class Script:
    """Fates in turn for the calls of one name; what has no fate proceeds.

    ``meanwhile`` runs something else between the call's arrival and its being carried out.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._fates: dict[str, deque[Fate]] = defaultdict(deque)
        self._always: dict[str, Fate] = {}
        self._meanwhile: dict[str, deque[Callable[[], Awaitable[object]]]] = defaultdict(deque)

    def next(self, name: str, *fates: Fate) -> None:
        self._fates[name].extend(fates)

    def always(self, name: str, fate: Fate | None) -> None:
        if fate is None:
            self._always.pop(name, None)
        else:
            self._always[name] = fate

    def meanwhile(self, name: str, *do: Callable[[], Awaitable[object]]) -> None:
        self._meanwhile[name].extend(do)

    def names(self, port: str) -> list[str]:
        return [call.name for call in self.calls if call.port == port]

    async def __call__(self, call: Call) -> Fate:
        self.calls.append(call)
        if self._meanwhile[call.name]:
            await self._meanwhile[call.name].popleft()()
        if self._fates[call.name]:
            return self._fates[call.name].popleft()
        return self._always.get(call.name, Proceed())
