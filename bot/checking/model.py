"""What a check is made of: probes that look, and lines that say what they found."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final, TypeAlias

from approvals.ports import Clock
from bot.config import Configuration
from bot.entra.client import GraphClient
from bot.entra.tokens import Tokens
from bot.slack.web import Web
from bot.sql.engine import Database

SOON: Final = timedelta(days=30)
"""What ends within this is worth a warning."""


@unique
class Grade(StrEnum):
    """How a thing stands.

    ``NOTE`` is something to know that is neither right nor wrong, or that cannot be seen from here;
    ``WARNING`` works, and will not always or not only; ``FAILED`` would not work.
    """

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. ``repair`` is what to do, and empty where there is nothing to do."""

    name: str
    grade: Grade
    says: str
    repair: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is open while probes look."""

    configuration: Configuration
    web: Web
    tokens: Tokens
    graph: GraphClient
    database: Database
    trust: ssl.SSLContext
    clock: Clock


Look: TypeAlias = Callable[[Place], Awaitable[Iterable[Line]]]
"""Looks, and changes nothing. A ``PortError`` becomes a line that failed; no line at all means "not used"."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One look. It is left out, and says so, while one of those that it comes ``after`` has failed."""

    name: str
    look: Look
    after: tuple[str, ...] = ()


def ok(name: str, says: str) -> Line:
    """Return that a thing is as it should be."""
    return Line(name, Grade.OK, says)


def note(name: str, says: str, repair: str = "") -> Line:
    """Return something to know."""
    return Line(name, Grade.NOTE, says, repair)


def warning(name: str, says: str, repair: str) -> Line:
    """Return that a thing works, and will not always or not only."""
    return Line(name, Grade.WARNING, says, repair)


def failed(name: str, says: str, repair: str) -> Line:
    """Return that a thing would not work."""
    return Line(name, Grade.FAILED, says, repair)


def ending(name: str, end: datetime, now: datetime, repair: str) -> Line:
    """Judge something that is valid until *end*."""
    if end <= now:
        return failed(name, f"expired on {end:%d %b %Y}", repair)
    left = f"valid until {end:%d %b %Y}"
    return (
        warning(name, f"{left}: {(end - now).days} days left", repair)
        if end - now <= SOON
        else ok(name, left)
    )
