"""What the report tells. What could not be read is a value of its own, and never a zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from approvals.errors import Never, PortError
from commands.federation_model import Unread


@dataclass(frozen=True, slots=True)
class Row:
    """How many people something is so for; those with a blocked account are counted apart.

    ``blocked`` is ``None`` where the list of users could not be read: they are then among the others.
    """

    name: str
    members: int
    guests: int
    blocked: int | None

    @property
    def all(self) -> int:
        """Return how many they are together."""
        return self.members + self.guests + (self.blocked or 0)

    def and_(self, other: Row, name: str) -> Row:
        """Return both together."""
        blocked = None if self.blocked is None else self.blocked + (other.blocked or 0)
        return Row(name, self.members + other.members, self.guests + other.guests, blocked)


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Per-user MFA: a row for each state; ``unread`` are the people whose state could not be read.

    ``listed`` came with the list of users, which Microsoft does not support, ``asked`` from one call each.
    """

    rows: tuple[Row, ...]
    unread: Row
    why: Unread | None
    listed: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrations:
    """Microsoft's report: what people have registered, as of times between ``oldest`` and ``newest``.

    ``unreported`` are people in the directory of whom the report does not say it: of them it is not known.
    """

    rows: tuple[Row, ...]
    methods: tuple[Row, ...]
    unreported: Row
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who holds a directory role; ``state`` is the per-user MFA, empty where it was not read."""

    upn: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Administrators:
    """Those who hold a directory role, by Microsoft's report, and who of them has no second factor."""

    known: int
    without: tuple[Administrator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A live suspension."""

    request: str
    subject: str
    upn: str
    state: str
    until: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The tenant at one moment."""

    at: datetime
    people: Row | Unread
    states: States | Unread
    registrations: Registrations | Unread
    administrators: Administrators | Unread
    suspensions: tuple[Suspended, ...] | Unread

    failed: bool
    """Whether a service failed, or nothing of the tenant could be read."""

    @property
    def missing(self) -> tuple[tuple[str, Unread], ...]:
        """Return what could not be read, by name, each once."""
        parts = (
            ("the list of users", self.people),
            ("per-user MFA states", self.states),
            ("registration", self.registrations),
            ("live suspensions", self.suspensions),
        )
        found = [(name, part) for name, part in parts if isinstance(part, Unread)]
        if isinstance(self.states, States) and self.states.why:
            found.append((f"{self.states.unread.all:,} of the per-user MFA states", self.states.why))
        return tuple(found)


class Progress(Protocol):
    """Who watches while the tenant is read."""

    def expects(self, people: int) -> None:
        """Hear how many people there are, where Graph tells it."""

    def read(self, *, people: int = 0, registrations: int = 0) -> None:
        """Hear of so many more."""

    def waits(self, how_long: timedelta) -> None:
        """Hear that Graph wants us to wait."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A part that could not be read; ``passing`` when another run may well read it."""

    unread: Unread
    passing: bool


Part: TypeAlias = Lost | None


def lost(error: PortError, unread: Unread) -> Lost:
    """Return what was lost to *error*."""
    return Lost(unread, passing=not isinstance(error, Never))
