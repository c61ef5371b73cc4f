"""What somebody asked for, and how far it has come. Times are aware and in UTC, checked at construction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import NewType, assert_never

from approvals.model.people import Actor, Person

RequestId = NewType("RequestId", int)


def label(request: RequestId) -> str:
    """Return how people write a request's number: ``R-12``."""
    return f"R-{request}"


def utc(moment: datetime) -> datetime:
    """Return *moment* in UTC; raise ``ValueError`` unless it is aware."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


@unique
class Protection(StrEnum):
    """A per-user MFA state (Graph docs, strongAuthenticationRequirements), weakest first."""

    DISABLED = "disabled"
    ENABLED = "enabled"
    ENFORCED = "enforced"

    @property
    def strength(self) -> int:
        """Return its rank: a higher number protects more."""
        return list(Protection).index(self)

    def at_least(self, other: Protection) -> bool:
        """Return whether this protects as well as *other*, or better."""
        return self.strength >= other.strength


LOWERED = Protection.DISABLED


@unique
class Lever(StrEnum):
    """How MFA is lowered."""

    PER_USER = "per_user"


@dataclass(frozen=True, slots=True)
class Suspend:
    """Lower the subject's MFA by *lever* for *lasts*, counted from when Entra confirms."""

    lever: Lever
    lasts: timedelta
    group: str = ""


@dataclass(frozen=True, slots=True)
class Extend:
    """Move the end of the live suspension *of* by *by*."""

    of: RequestId
    by: timedelta


Action = Suspend | Extend


@unique
class ActionKind(StrEnum):
    """The kinds of which one at a time may be live for a subject."""

    SUSPEND = "suspend"
    EXTEND = "extend"


def kind_of(action: Action) -> ActionKind:
    """Return which kind *action* is."""
    match action:
        case Suspend():
            return ActionKind.SUSPEND
        case Extend():
            return ActionKind.EXTEND
        case never:
            assert_never(never)


@unique
class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPLYING = "applying"
    ACTIVE = "active"
    RESTORING = "restoring"
    CLOSED = "closed"


@unique
class Outcome(StrEnum):
    """How a closed request ended, in the words that people see."""

    RESTORED = "restored"
    RESTORED_BY_SOMEONE_ELSE = "restored by someone else"
    DONE = "done"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    FAILED = "failed"
    SUBJECT_DELETED = "subject deleted"
    CLOSED_AS_IS = "closed without restoring"


@dataclass(frozen=True, slots=True)
class Approval:
    """One approver's yes."""

    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Briefing:
    """What an approver should know, as it was when the request was made.

    ``second_factors`` is ``None`` where the methods could not be read.
    """

    protection: Protection
    roles: tuple[str, ...] = ()
    second_factors: int | None = None
    requests_last_day: int = 0
    suspensions_last_90_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asked for, and how far it has come.

    ``terms`` numbers what an approval approves; a click on other terms is refused.
    ``prior`` is what is put back; it is known from APPLYING on. ``unconfirmed`` is true
    when an attempt to lower was sent and its outcome never seen: it counts as lowered.
    """

    id: RequestId
    action: Action
    subject: Person
    requester: Person
    reason: str
    ticket: str = ""
    briefing: Briefing
    needed: int
    terms: int = 1
    state: State = State.PENDING
    outcome: Outcome | None = None
    created_at: datetime
    lapses_at: datetime
    approvals: tuple[Approval, ...] = ()
    prior: Protection | None = None
    unconfirmed: bool = False
    confirmed_at: datetime | None = None
    ends_at: datetime | None = None
    restored_to: Protection | None = None
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    note: str = ""
    version: int = 0

    def __post_init__(self) -> None:
        for moment in (self.created_at, self.lapses_at, self.confirmed_at, self.ends_at, self.closed_at):
            if moment is not None and moment.tzinfo is not UTC:
                raise ValueError("a request's times are in UTC")

    @property
    def kind(self) -> ActionKind:
        """Return the kind of what is asked."""
        return kind_of(self.action)

    @property
    def label(self) -> str:
        """Return ``R-12``."""
        return label(self.id)

    @property
    def lowers(self) -> bool:
        """Return whether the subject's MFA is, or may be, lowered for this request now."""
        return self.state in {State.APPLYING, State.ACTIVE, State.RESTORING}
