"""Whether commands can be taken and kept, and what is degraded and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from approvals.errors import PortError
from bot.observability import logger

BROKEN: Final = "health.broken"
FRESH: Final = 15.0
"""Seconds for which a result is repeated instead of looked up again; the contract allows 60."""

FRESH_FAULT: Final = 1.0
"""The same for a result that something does not work: whoever waits for a start learns of it soon."""

log = logger(__name__)

Check = Callable[[], Awaitable[object]]
"""Succeeds, or raises ``PortError`` with why not."""


@dataclass(slots=True)
class Probe:
    """One thing that has to work; with ``once`` it is enough that it has worked since the start."""

    check: Check
    once: bool = False
    worked: bool = field(default=False, init=False)
    why: str = field(default="not looked at yet", init=False)
    looked: float = field(default=float("-inf"), init=False)

    @property
    def well(self) -> bool:
        """Return whether commands can be taken as far as this goes."""
        return not self.why or (self.once and self.worked)

    def stale(self, now: float) -> bool:
        """Return whether it is time to look again; *now* is in seconds, as ``looked`` is."""
        return now - self.looked >= (FRESH_FAULT if self.why else FRESH)


class Health:
    """The probes of one process, by name."""

    def __init__(self, probes: Mapping[str, Probe], monotonic: Callable[[], float]) -> None:
        self._probes: Final = dict(probes)
        self._monotonic: Final = monotonic

    async def ready(self) -> bool:
        """Look at what was not looked at lately; return whether commands can be taken and kept."""
        for probe in self._probes.values():
            if probe.stale(self._monotonic()):
                await self._look(probe)
        return all(probe.well for probe in self._probes.values())

    @property
    def degraded(self) -> dict[str, str]:
        """Return what does not work now, and why."""
        return {name: probe.why for name, probe in self._probes.items() if probe.why}

    async def _look(self, probe: Probe) -> None:
        try:
            await probe.check()
        except PortError as error:
            probe.why = error.why
        except Exception as error:  # a probe that breaks is an answer too, and /readyz gives it
            log.exception(BROKEN)
            probe.why = f"looking at it failed ({type(error).__name__})"
        else:
            probe.why = ""
            probe.worked = True
        probe.looked = self._monotonic()
