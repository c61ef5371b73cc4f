"""The record: append-only lines, each hashed over the one before.

A line's text is canonical JSON (RFC 8785). The hash is SHA-256 over the previous hash (64
hexadecimal digits) and that text, so that an edit, a gap or a swap breaks the chain. Names,
reasons and numbers stay out: ids, outcomes and hashes of reasons are enough to prove.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import rfc8785

from approvals.model import RequestId

START = "0" * 64
"""The hash before the first line."""

Fact = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. ``actor`` is an object id, a chat account, ``cli:…`` or ``relatch``."""

    event: str
    request: RequestId | None
    actor: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the record; ``text`` is what was hashed after ``previous``."""

    seq: int
    at: datetime
    text: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The chain holds, up to ``head`` (``START`` when it is empty)."""

    lines: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The chain breaks at line ``seq``."""

    seq: int
    why: str


def reason_digest(reason: str) -> str:
    """Return the SHA-256 of *reason*: it proves a text without keeping it."""
    return hashlib.sha256(reason.encode()).hexdigest()


def write(entry: Entry, at: datetime, after: Line | None) -> Line:
    """Return the line that follows *after*."""
    seq = after.seq + 1 if after else 1
    previous = after.digest if after else START
    text = rfc8785.dumps(
        {
            "seq": seq,
            "at": _time(at),
            "event": entry.event,
            "request": entry.request,
            "actor": entry.actor,
            "facts": dict(entry.facts),
        }
    ).decode()
    return Line(seq=seq, at=at, text=text, previous=previous, digest=_digest(previous, text))


class Verification:
    """Goes over lines in order, in constant memory."""

    def __init__(self, published: str = START) -> None:
        """Start; *published* is a head that was seen before and must still be there."""
        self._published = published
        self._lines = 0
        self._head = START
        self._saw_published = published == START

    def see(self, line: Line) -> Broken | None:
        """Take the next *line*; ``Broken`` ends it."""
        self._lines += 1
        if line.seq != self._lines:
            return Broken(self._lines, f"line {self._lines} is missing")
        if line.previous != self._head or line.digest != _digest(self._head, line.text):
            return Broken(line.seq, "its hash does not follow from the line before")
        if not _agrees(line):
            return Broken(line.seq, "its number or time is not what was hashed")
        self._head = line.digest
        self._saw_published = self._saw_published or line.digest == self._published
        return None

    def result(self) -> Whole | Broken:
        """Return what the lines seen so far amount to."""
        if not self._saw_published:
            return Broken(self._lines + 1, "the published head is not in the record: lines are missing")
        return Whole(lines=self._lines, head=self._head)


def _agrees(line: Line) -> bool:
    hashed = json.loads(line.text)
    return bool(hashed["seq"] == line.seq and hashed["at"] == _time(line.at))


def _time(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _digest(previous: str, text: str) -> str:
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()
