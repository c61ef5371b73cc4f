"""Mailboxes in words of their own: what an address is, where its mailbox lives, and who said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Any


@unique
class Kind(StrEnum):
    """What an address is; the value is what people read."""

    USER = "user mailbox"
    SHARED = "shared mailbox"
    ROOM = "room mailbox"
    EQUIPMENT = "equipment mailbox"
    LINKED = "linked mailbox"
    OTHER_MAILBOX = "mailbox of another kind"
    MAIL_USER = "mail user, whose mailbox is elsewhere"
    GUEST = "guest, whose mailbox is in another organisation"
    CONTACT = "mail contact, a name for an outside address"
    GROUP_MAILBOX = "mailbox of a Microsoft 365 group"
    MAIL_GROUP = "distribution list"
    SECURITY_GROUP = "security group"
    UNREAD = "account; whether it has a mailbox could not be read"
    ACCOUNT = "account without a mailbox in Exchange Online"
    DELETED = "deleted account"
    NOTHING = "nothing in this tenant"

    @property
    def group(self) -> bool:
        """Return whether several people stand behind it and nobody signs in to it."""
        return self in {Kind.GROUP_MAILBOX, Kind.MAIL_GROUP, Kind.SECURITY_GROUP}


@unique
class Place(StrEnum):
    """Where the mailbox lives."""

    ONLINE = "Exchange Online"
    ON_PREMISES = "on premises"
    NOWHERE = "nowhere"
    ELSEWHERE = "outside this organisation"
    UNKNOWN = "not known"


@unique
class Source(StrEnum):
    """Who is asked, the least trusted about mailboxes first; the value is what people read."""

    GRAPH = "Microsoft Graph"
    REPORT = "the usage report"
    ADMIN_API = "the Exchange admin API"
    INVOKE_COMMAND = "Exchange InvokeCommand"


@unique
class Protocol(StrEnum):
    """Ways into a mailbox that can be turned off for it."""

    MAPI = "MAPI"
    POP = "POP"
    IMAP = "IMAP"
    ACTIVE_SYNC = "ActiveSync"
    EWS = "EWS"
    OWA = "OWA"
    SMTP_AUTH = "SMTP AUTH"


@unique
class Allowed(StrEnum):
    """Whether a protocol may be used."""

    ON = "on"
    OFF = "off"
    ORGANISATION = "as the organisation has it"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence with Exchange in it: its name in words, and whether it is in force."""

    name: str
    ready: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Where mail is sent on to, and by what; ``keeps`` tells whether a copy stays."""

    to: str
    by: str
    keeps: bool | None = None


@dataclass(frozen=True, slots=True)
class Replies:
    """Automatic replies: on, off, or on between two times."""

    on: bool
    starts: datetime | None = None
    ends: datetime | None = None
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How full a mailbox is: bytes, and the bounds at which Exchange warns and stops."""

    used: int | None = None
    items: int | None = None
    warns_at: int | None = None
    stops_sending_at: int | None = None
    stops_at: int | None = None
    as_of: date | None = None

    def over(self, other: Size | None) -> Size:
        """Return what is known here, and for the rest what *other* knows; the day is that of the bytes."""
        if other is None:
            return self
        whole = replace(other, **_told(self))
        return whole if self.used is None else replace(whole, as_of=self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a mailbox; ``None`` is what nobody has told."""

    kind: Kind | None = None
    place: Place | None = None
    place_because: str | None = None
    name: str | None = None
    upn: str | None = None
    primary: str | None = None
    aliases: tuple[str, ...] | None = None
    account: str | None = None
    licences: tuple[Licence, ...] | None = None
    forwarding: tuple[Forwarding, ...] | None = None
    rules: tuple[Forwarding, ...] | None = None
    replies: Replies | None = None
    last_activity: date | None = None
    size: Size | None = None
    protocols: Mapping[Protocol, Allowed] | None = None

    def over(self, other: Facts) -> Facts:
        """Return what is known here, and for the rest what *other* knows."""
        size = self.size.over(other.size) if self.size else other.size
        return replace(other, **{**_told(self), "size": size})


def _told(facts: Facts | Size) -> dict[str, Any]:
    """Return the fields that are known, for ``replace``, whose names it takes by dictionary."""
    every = ((one.name, getattr(facts, one.name)) for one in fields(facts))
    return {name: value for name, value in every if value is not None}


@dataclass(frozen=True, slots=True)
class Missing:
    """What a source could not tell: what, why, and what would make it readable."""

    source: Source
    what: str
    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxView:
    """One address, whole: *facts* from every *source* that answered, and what is *missing*.

    *notes* say where sources differ and what follows; *cmdlets* tell the same in PowerShell.
    """

    asked: str
    facts: Facts
    sources: tuple[Source, ...]
    missing: tuple[Missing, ...]
    notes: tuple[str, ...]
    cmdlets: tuple[str, ...]
    at: datetime

    @property
    def kind(self) -> Kind:
        """Return what the address is."""
        return self.facts.kind or Kind.NOTHING

    @property
    def place(self) -> Place:
        """Return where the mailbox lives."""
        return self.facts.place or Place.UNKNOWN


def quantity(count: int) -> str:
    """Return *count* bytes as people say it: ``2.2 GB``."""
    size, unit = float(count), "bytes"
    for bigger in ("KB", "MB", "GB", "TB"):
        if size < _STEP:
            break
        size, unit = size / _STEP, bigger
    return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}".replace(".0 ", " ")


_STEP = 1024
