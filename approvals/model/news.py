"""What people are told, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from approvals.model.people import Actor, Relatch


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
    STEP_MADE = "step_made"
    DONE = "done"
    ACTIVE = "active"
    GRANTED = "granted"
    SHOWN = "shown"
    NOT_SHOWN = "not_shown"
    REMOVED = "removed"
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
