"""What happens to a request: a closed union, which the machine handles to the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.model.people import Actor, Person
from approvals.model.protection import Protection
from approvals.model.requests import Approval, RequestId


@dataclass(frozen=True, slots=True)
class Approved:
    """An approver said yes and more are needed."""

    by: Person


@dataclass(frozen=True, slots=True)
class QuorumReached:
    """The last approval needed; *standing* are those that still count, *prior* was read a moment ago."""

    by: Person
    standing: tuple[Approval, ...]
    prior: Protection | None


@dataclass(frozen=True, slots=True)
class Denied:
    """An approver said no."""

    by: Person
    because: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The requester took it back."""

    by: Person


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Nobody decided in time, or what it would extend is over; *why* is said where it is neither."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A read showed the lowered value."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Entra refused the change for good, and no attempt is open."""

    why: str


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """It is not known whether the change was made; of a pass that nobody saw, *issued* is its id."""

    why: str
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A read shows the next change of a one-shot; *shown* says in words what it shows."""

    shown: str


@dataclass(frozen=True, slots=True)
class Showing:
    """The requester wants to see the pass, which is about to be made; *correlation* goes with the call."""

    by: Person
    correlation: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The requester has seen the pass that Entra calls *issued*."""

    issued: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A read shows that no pass of this request is there."""


@dataclass(frozen=True, slots=True)
class EndReached:
    """The time granted is over."""


@dataclass(frozen=True, slots=True)
class EndNow:
    """Somebody ends it early."""

    by: Actor
    because: str = ""


@dataclass(frozen=True, slots=True)
class Prolonged:
    """An approved extension moves the end."""

    by: Person
    extension: RequestId
    length: timedelta


@dataclass(frozen=True, slots=True)
class Proved:
    """A read shows *found*, the prior value or a stronger one; *wrote* tells whether we put it there.

    ``late_because`` says in words why it comes late, where that is known.
    """

    found: Protection
    wrote: bool
    late_because: str = ""


@dataclass(frozen=True, slots=True)
class StillOverdue:
    """The restore is later than the policy allows."""

    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class SubjectGone:
    """The account is found nowhere, among the deleted ones neither."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An operator gives up on a restore, on record."""

    by: Actor
    because: str


@dataclass(frozen=True, slots=True)
class Slipped:
    """A later look found *found*, weaker than what was put back."""

    found: Protection


Event = (
    Approved
    | QuorumReached
    | Denied
    | Withdrawn
    | Lapsed
    | Confirmed
    | Rejected
    | LeftOpen
    | Made
    | Showing
    | Shown
    | Removed
    | EndReached
    | EndNow
    | Prolonged
    | Proved
    | StillOverdue
    | SubjectGone
    | GivenUp
    | Slipped
)
