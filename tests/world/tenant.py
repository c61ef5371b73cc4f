"""What is really so in the tenant, with all of its past."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from approvals.model import PER_USER, Means, PersonId, PhonePlace, Preference, Protection
from approvals.ports import Whereabouts
from tests.world.clock import START, WorldClock


@dataclass(frozen=True, slots=True)
class Write:
    """A change that reached the tenant; ``correlation`` is empty for one that is not ours."""

    at: datetime
    subject: PersonId
    value: Protection
    correlation: str


@dataclass(slots=True)
class Tenant:
    """What the one lever *means* moves, of everybody: as protected as can be, until somebody changes it."""

    clock: WorldClock
    means: Means = PER_USER
    initial: dict[PersonId, Protection] = field(default_factory=dict)
    elsewhere: dict[PersonId, Whereabouts] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    revoked: list[PersonId] = field(default_factory=list)
    phones: dict[tuple[PersonId, PhonePlace], str] = field(default_factory=dict)
    defaults: dict[PersonId, Preference] = field(default_factory=dict)
    _late: list[Write] = field(default_factory=list)

    @property
    def untouched(self) -> Protection:
        """Return what is there before anybody changes it."""
        strongest = (Protection.ENFORCED, Protection.NOT_EXCLUDED)
        return next(value for value in strongest if value.lever is self.means.lever)

    def value(self, subject: PersonId) -> Protection:
        return self.value_at(subject, self.clock.now())

    def value_at(self, subject: PersonId, moment: datetime) -> Protection:
        self._land()
        seen = [write.value for write in self.writes if write.subject == subject and write.at <= moment]
        return seen[-1] if seen else self.initial.get(subject, self.untouched)

    def values_since(self, subject: PersonId, since: datetime, until: datetime) -> list[Protection]:
        """Return every value that was there at some time in this span."""
        between = [
            write.value for write in self.writes if write.subject == subject and since < write.at <= until
        ]
        return [self.value_at(subject, max(since, START)), *between]

    def write(self, subject: PersonId, value: Protection, correlation: str = "") -> None:
        self._land()
        self.writes.append(Write(self.clock.now(), subject, value, correlation))

    def write_late(self, subject: PersonId, value: Protection, correlation: str, by: timedelta) -> None:
        self._late.append(Write(self.clock.now() + by, subject, value, correlation))

    def whereabouts(self, subject: PersonId) -> Whereabouts:
        return self.elsewhere.get(subject, Whereabouts.PRESENT)

    def _land(self) -> None:
        now = self.clock.now()
        landed = sorted((write for write in self._late if write.at <= now), key=lambda write: write.at)
        self._late = [write for write in self._late if write.at > now]
        self.writes = sorted([*self.writes, *landed], key=lambda write: write.at)
