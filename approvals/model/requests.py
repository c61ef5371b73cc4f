"""What somebody asked for, and how far it has come. Times are aware and in UTC, checked at construction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from typing import NewType, assert_never

from approvals.model.changes import EnableMfa, OneShot, SetDefaultMethod, SetPhone, SetUp
from approvals.model.forecast import Forecast
from approvals.model.passes import IssuePass
from approvals.model.people import Actor, Person
from approvals.model.protection import Lever, Means, Protection

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
class Suspend:
    """Lower the subject's MFA by *lever* for *lasts*, counted from when Entra confirms."""

    lever: Lever
    lasts: timedelta
    group: str = ""

    @property
    def means(self) -> Means:
        """Return the lever with its group: both belong to the request, whatever the policy says later."""
        # Earlier versions stored a group that the policy named for nothing.
        return Means(self.lever, self.group if self.lever is Lever.EXCLUSION_GROUP else "")


@dataclass(frozen=True, slots=True)
class Extend:
    """Move the end of the live suspension *of* by *by*."""

    of: RequestId
    by: timedelta


Action = Suspend | Extend | OneShot | IssuePass


@unique
class ActionKind(StrEnum):
    """The kinds of what can be asked for."""

    SUSPEND = "suspend"
    EXTEND = "extend"
    PHONE = "phone"
    DEFAULT = "default"
    ENABLE = "enable"
    SET_UP = "set_up"
    PASS = "pass"  # noqa: S105  # a word, not a secret


@unique
class Slot(StrEnum):
    """What a live request holds of its subject: of each slot one at a time may be live.

    Lowering and raising MFA hold the same one, so that nothing raises what a suspension has lowered.
    """

    PROTECTION = "protection"
    EXTENSION = "extension"
    PHONE = "phone"
    DEFAULT = "default"
    PASS = "pass"  # noqa: S105  # a word, not a secret


def kind_of(action: Action) -> ActionKind:
    """Return which kind *action* is."""
    match action:
        case Suspend():
            return ActionKind.SUSPEND
        case Extend():
            return ActionKind.EXTEND
        case IssuePass():
            return ActionKind.PASS
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp():
            return _kind_of_change(action)
        case never:
            assert_never(never)


def _kind_of_change(action: OneShot) -> ActionKind:
    match action:
        case SetPhone():
            return ActionKind.PHONE
        case SetDefaultMethod():
            return ActionKind.DEFAULT
        case EnableMfa():
            return ActionKind.ENABLE
        case SetUp():
            return ActionKind.SET_UP
        case never:
            assert_never(never)


SLOTS = {
    ActionKind.SUSPEND: Slot.PROTECTION,
    ActionKind.ENABLE: Slot.PROTECTION,
    ActionKind.SET_UP: Slot.PROTECTION,
    ActionKind.EXTEND: Slot.EXTENSION,
    ActionKind.PHONE: Slot.PHONE,
    ActionKind.DEFAULT: Slot.DEFAULT,
    ActionKind.PASS: Slot.PASS,
}


def rivals(kind: ActionKind) -> frozenset[ActionKind]:
    """Return the kinds that hold the same slot as *kind*, itself among them."""
    return frozenset(other for other, slot in SLOTS.items() if slot is SLOTS[kind])


def clashing(kind: ActionKind) -> frozenset[ActionKind]:
    """Return the kinds that set something which *kind* sets too, itself among them."""
    setting_up = {ActionKind.SET_UP, ActionKind.PHONE, ActionKind.DEFAULT}
    match kind:
        case ActionKind.SET_UP:
            return rivals(kind) | setting_up
        case ActionKind.PHONE | ActionKind.DEFAULT:
            return frozenset({kind, ActionKind.SET_UP})
        case _:
            return rivals(kind)


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

    ``second_factors`` is ``None`` where the methods could not be read, ``forecast`` where none was made.
    ``remarks`` are sentences about what a change would meet; numbers in them are masked.
    """

    protection: Protection
    roles: tuple[str, ...] = ()
    second_factors: int | None = None
    requests_last_day: int = 0
    suspensions_last_90_days: int = 0
    remarks: tuple[str, ...] = ()
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asked for, and how far it has come.

    ``terms`` numbers what an approval approves; a click on other terms is refused.
    ``prior`` is what is put back; it is known from APPLYING on. ``unconfirmed`` is true
    when an attempt to lower was sent and its outcome never seen: it counts as lowered.
    Of an access pass ``confirmed_at`` is when it was about to be made, and ``unconfirmed`` is
    true until it has been shown.
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
    def slot(self) -> Slot:
        """Return what it holds of its subject while it is live."""
        return SLOTS[self.kind]

    @property
    def label(self) -> str:
        """Return ``R-12``."""
        return label(self.id)

    @property
    def lowers(self) -> bool:
        """Return whether the subject's MFA is, or may be, lowered for this request now."""
        return isinstance(self.action, Suspend) and self.state in {
            State.APPLYING,
            State.ACTIVE,
            State.RESTORING,
        }

    @property
    def pass_is_out(self) -> bool:
        """Return whether an access pass was, or may have been, made for this request and is not removed."""
        return (
            isinstance(self.action, IssuePass)
            and self.confirmed_at is not None
            and self.state is not State.CLOSED
        )
