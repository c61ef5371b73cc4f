"""Faults on demand: what may go wrong between a client and Microsoft, as values that combine.

``tenant.faults.add(Fault(Cut(AFTER), method="PATCH", path="requirements"))`` changes the state and cuts the
connection, once. Several faults that match one request all apply, in the order in which they were added;
the first answer wins.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias

from bot.sim.tenant.journal import Api, Received

FOREVER = 1 << 62
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class When(Enum):
    """Before the request is looked at (nothing changes), or after its change was made."""

    BEFORE = "before"
    AFTER = "after"


BEFORE, AFTER = When.BEFORE, When.AFTER


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer *status* instead; ``when=AFTER`` makes the change first.

    ``retry_after``: whole seconds, or a moment that is sent as an HTTP date, or no header. ``body``: JSON,
    or text that is sent as HTML; without one an error in the shape of the service that was asked.
    """

    status: int
    when: When = BEFORE
    retry_after: int | datetime | None = None
    code: str = ""
    body: Mapping[str, object] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection without an answer. In a batch this cuts the whole batch."""

    when: When = BEFORE


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait this many real seconds first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait until the gate is set. A client that gives up meanwhile does not take its request back."""

    gate: asyncio.Event
    when: When = BEFORE


@dataclass(frozen=True, slots=True)
class Late:
    """Accept a write that lands only when the gate is set, or this long after on the tenant's clock."""

    until: asyncio.Event | timedelta


@dataclass(frozen=True, slots=True)
class Stale:
    """Read MFA state from a replica that lags this far behind on the tenant's clock."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class ForeignLink:
    """Give a collection a next link that leads to another host (``evil.example``, port allowed)."""

    host: str


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """Answer a collection with an empty page whose next link has the content."""


Effect: TypeAlias = Respond | Cut | Delay | Hold | Late | Stale | ForeignLink | EmptyPage


def bad_gateway(when: When = BEFORE) -> Respond:
    """Return a 502 whose body is a proxy's HTML page."""
    return Respond(502, when, body=GATEWAY_PAGE)


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect, and which requests it befalls.

    ``path`` is a regular expression searched in the decoded path behind the version, whatever its case;
    ``api`` one of ``v1.0``, ``beta``, ``login``. It befalls ``times`` matching requests in a row, beginning
    with the ``nth`` that matches after it was added.
    """

    effect: Effect
    method: str = field(default="", kw_only=True)
    path: str = field(default="", kw_only=True)
    api: Api | None = field(default=None, kw_only=True)
    nth: int = field(default=1, kw_only=True)
    times: int = field(default=1, kw_only=True)

    def matches(self, received: Received) -> bool:
        """Tell whether a request is of the kind this fault waits for."""
        return (
            self.method in {"", received.method}
            and self.api in {None, received.api}
            and re.search(self.path, received.path, re.IGNORECASE) is not None
        )


@dataclass(slots=True)
class Armed:
    """A fault that was added: ``hit`` is set when it first befalls a request, ``hits`` counts them."""

    fault: Fault
    matched: int = 0
    hits: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)

    def strike(self, received: Received) -> bool:
        """Count a matching request and tell whether the fault befalls it."""
        if not self.fault.matches(received):
            return False
        self.matched += 1
        if not self.fault.nth <= self.matched < self.fault.nth + self.fault.times:
            return False
        self.hits += 1
        self.hit.set()
        return True


class Faults:
    """The faults of one tenant."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def add(self, fault: Fault) -> Armed:
        """Arm a fault and return it with its counters."""
        armed = Armed(fault)
        self._armed.append(armed)
        return armed

    def remove(self, armed: Armed) -> None:
        """Disarm one fault; one that is gone already is no error."""
        self._armed = [other for other in self._armed if other is not armed]

    def clear(self) -> None:
        """Disarm all faults. Writes that were accepted late still land."""
        self._armed.clear()

    def strike(self, received: Received) -> Iterator[Effect]:
        """Yield what befalls a request, oldest fault first, and count it."""
        for armed in tuple(self._armed):
            if armed.strike(received):
                yield armed.fault.effect
