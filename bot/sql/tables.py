"""The tables. Columns are what is queried; what is only kept and read back is JSON.

People's words (reasons, names, errors) are JSON too: PostgreSQL's text cannot hold U+0000,
its ``json`` can, and both give back exactly what was put in. Times are aware and in UTC
(SQLModel's ``UTCDateTime``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Index, MetaData, false, text
from sqlmodel import Field, SQLModel

Json = dict[str, Any]
"""An object as JSON gives it back; ``codec`` is what reads and writes it."""

MAYBE = JSON(none_as_null=True)
LIVE = text("state != 'closed'")
"""A literal, because SQLite and PostgreSQL use a partial index only where it is spelt the same."""


class Table(SQLModel):
    """What all tables share: names of constraints that migrations can rely on."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class NumberRow(Table, table=True):
    """Request numbers handed out: a sequence that both databases have."""

    __tablename__ = "request_number"

    id: int | None = Field(default=None, primary_key=True)


class RequestRow(Table, table=True):
    """A request; ``version`` guards against lost updates."""

    __tablename__ = "request"
    __table_args__ = (
        Index("uq_request_live", "subject_id", "slot", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_request_requester_id", "requester_id", "created_at"),
        Index("ix_request_subject_id", "subject_id", "created_at"),
        # What is live is little, however much is closed.
        Index("ix_request_live", "requester_id", sqlite_where=LIVE, postgresql_where=LIVE),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int
    kind: str
    slot: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    state: str = Field(index=True)
    outcome: str | None
    subject_id: str
    requester_id: str
    extends: int | None = Field(foreign_key="request.id", index=True)
    needed: int
    terms: int
    created_at: datetime
    lapses_at: datetime
    confirmed_at: datetime | None
    ends_at: datetime | None
    closed_at: datetime | None
    prior: str | None
    restored_to: str | None
    unconfirmed: bool
    action: Json = Field(sa_type=JSON)
    subject: Json = Field(sa_type=JSON)
    requester: Json = Field(sa_type=JSON)
    briefing: Json = Field(sa_type=JSON)
    approvals: list[Json] = Field(sa_type=JSON)
    closed_by: Json | None = Field(sa_type=MAYBE)
    reason: str = Field(sa_type=JSON)
    ticket: str = Field(sa_type=JSON)
    note: str = Field(sa_type=JSON)


class NumberToSetRow(Table, table=True):
    """A telephone number that waits for approval; erased once its request is settled."""

    __tablename__ = "number_to_set"

    request_id: int = Field(
        primary_key=True, foreign_key="request.id", sa_column_kwargs={"autoincrement": False}
    )
    number: str


class WorkRow(Table, table=True):
    """A work item. ``leased_revision`` is the revision that the lease was taken on."""

    __tablename__ = "work"
    __table_args__ = (Index("ix_work_kind", "kind", "due_at"), {"postgresql_with": {"fillfactor": 50}})

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    request_id: int | None = Field(default=None, foreign_key="request.id", index=True)
    due_at: datetime
    revision: int
    audience: str | None
    about: str
    notice: Json | None = Field(sa_type=MAYBE)
    lease: str | None = None
    lease_until: datetime | None = None
    leased_by: str | None = None
    leased_revision: int | None = None
    started_at: datetime | None = None
    attempts: int
    last_error: str = Field(sa_type=JSON)
    taken_over: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class LineRow(Table, table=True):
    """A line of the record; triggers refuse to change or delete it."""

    __tablename__ = "record_line"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    text: str
    previous: str
    digest: str


class HeadRow(Table, table=True):
    """Where the record ends: one row, locked by whoever appends."""

    __tablename__ = "record_head"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    digest: str


class RefusalRow(Table, table=True):
    """Refusals of one actor by one rule that were counted instead of recorded."""

    __tablename__ = "refusal"

    actor: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    since: datetime | None
    held: int


class MessageRow(Table, table=True):
    """Where a message about a request stands in the chat."""

    __tablename__ = "message"

    request_id: int = Field(
        primary_key=True, foreign_key="request.id", sa_column_kwargs={"autoincrement": False}
    )
    role: str = Field(primary_key=True)
    channel: str
    ts: str
    notice: Json | None = Field(sa_type=MAYBE)


class DeliveryRow(Table, table=True):
    """A delivery that was taken, by the SHA-256 of its key."""

    __tablename__ = "delivery"

    digest: str = Field(primary_key=True)
    at: datetime = Field(index=True)


class WatchedDomainRow(Table, table=True):
    """What was last seen of a domain; the watch's own words, which only it reads."""

    __tablename__ = "watched_domain"

    name: str = Field(primary_key=True)
    seen: Json = Field(sa_type=JSON)


class DomainNewsRow(Table, table=True):
    """Something about a domain that people are still to be told."""

    __tablename__ = "domain_news"

    id: int | None = Field(default=None, primary_key=True)
    turn: Json = Field(sa_type=JSON)


class PulseRow(Table, table=True):
    """When a process of Relatch was last known to run: one row."""

    __tablename__ = "pulse"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
