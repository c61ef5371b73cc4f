"""The words of the product: people, requests, their states, what happens to them.

Everything is frozen. Times are aware and in UTC, checked at construction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import NewType, assert_never

PersonId = NewType("PersonId", str)
"""An Entra object id: a GUID in lower case, never a chat account."""
ChatId = NewType("ChatId", str)
"""An account in the chat, for example ``U0HANNA``."""
RequestId = NewType("RequestId", int)


def label(request: RequestId) -> str:
    """Return how people write a request's number: ``R-12``."""
    return f"R-{request}"


def utc(moment: datetime) -> datetime:
    """Return *moment* in UTC; raise ``ValueError`` unless it is aware."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory; ``chat`` is ``None`` for people without an account there."""

    id: PersonId
    name: str
    upn: str
    chat: ChatId | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the command line, written ``cli:USER@HOST``."""

    name: str


@dataclass(frozen=True, slots=True)
class Relatch:
    """The product itself, for what happens because a time has come."""


Actor = Person | Operator | Relatch


def actor_id(actor: Actor) -> str:
    """Return how the record names *actor*: an object id, ``cli:USER@HOST`` or ``relatch``."""
    match actor:
        case Person(id=who):
            return who
        case Operator(name=name):
            return f"cli:{name}"
        case Relatch():
            return "relatch"
        case never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class Caller:
    """A chat account as a signed delivery names it, and the workspace it comes from."""

    chat: ChatId
    workspace: str


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


# --- what happens to a request -------------------------------------------------------------


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
    """It is not known whether the change was made."""

    why: str


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
    | EndReached
    | EndNow
    | Prolonged
    | Proved
    | StillOverdue
    | SubjectGone
    | GivenUp
    | Slipped
)


# --- what people are told ------------------------------------------------------------------


@unique
class News(StrEnum):
    """What a notice is about. Each is a fact that has happened."""

    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    REMINDER = "reminder"
    APPLYING = "applying"
    FAILED = "failed"
    ACTIVE = "active"
    PROLONGED = "prolonged"
    WARNING = "warning"
    ENDING = "ending"
    UNCONFIRMED = "unconfirmed"
    RESTORED = "restored"
    RESTORED_BY_SOMEONE_ELSE = "restored_by_someone_else"
    OVERDUE = "overdue"
    SLIPPED = "slipped"
    SUBJECT_DELETED = "subject_deleted"
    CLOSED_AS_IS = "closed_as_is"
    SESSIONS_NOT_REVOKED = "sessions_not_revoked"


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news about one request: when it happened, by whom, and in words what matters.

    ``detail`` is a reason, an error or a value; what it is follows from ``news``.
    ``count`` is the number of attempts (OVERDUE), of reminders (REMINDER) or of second
    factors (WARNING; ``None`` when unknown). ``until`` is the end it speaks of.
    """

    news: News
    at: datetime
    by: Actor = field(default_factory=Relatch)
    detail: str = ""
    count: int | None = None
    until: datetime | None = None


@unique
class Audience(StrEnum):
    """Who is told in person."""

    REQUESTER = "requester"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message stands in the chat."""

    channel: str
    ts: str
