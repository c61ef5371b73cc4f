"""Small parts from which the shape of a block is put together.

A check takes a value and the JSON pointer to it and yields what Slack would complain about, in
Slack's words where they are known. Checks never raise, whatever the value is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint; ``code`` is the error Slack answers with because of it."""

    at: str
    says: str
    code: str = "invalid_blocks"

    def __str__(self) -> str:
        """Slack's form, as found in ``response_metadata.messages``."""
        return f"[ERROR] {self.says} [json-pointer:{self.at}]"


Check: TypeAlias = Callable[[object, str], Iterator[Problem]]


def string(most: int, *, least: int = 1) -> Check:
    """Accept a string of *least* to *most* characters."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(at, "must provide a string")
        elif len(value) > most:
            yield Problem(at, f"must be less than {most + 1} characters")
        elif len(value) < least:
            yield Problem(at, f"must be more than {least - 1} characters")

    return check


def one_of(*allowed: str) -> Check:
    """Accept exactly one of the words *allowed*."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if value not in allowed:
            yield Problem(at, f"must be one of: {', '.join(allowed)}")

    return check


def boolean(value: object, at: str) -> Iterator[Problem]:
    """Accept true or false."""
    if not isinstance(value, bool):
        yield Problem(at, "must provide a boolean")


def integer(lowest: int, highest: int) -> Check:
    """Accept a whole number from *lowest* to *highest*."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Problem(at, "must provide an integer")
        elif not lowest <= value <= highest:
            yield Problem(at, f"must be from {lowest} to {highest}")

    return check


def anything(_value: object, _at: str) -> Iterator[Problem]:
    """Accept whatever there is; for fields that are Slack's business and not ours."""
    yield from ()


def array(item: Check, most: int, *, least: int = 1) -> Check:
    """Accept a list of *least* to *most* values, each accepted by *item*."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "must provide an array")
            return
        if len(value) > most:
            yield Problem(at, f"no more than {most} items allowed")
        if len(value) < least:
            yield Problem(at, f"no fewer than {least} items allowed")
        for place, inner in enumerate(value):
            yield from item(inner, f"{at}/{place}")

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """Accept an object with all *required* keys, any *optional* ones, and no other."""
    known = {**required, **optional}

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
            return
        for key in required:
            if key not in value:
                yield Problem(at, f"missing required field: {key}")
        for key, inner in value.items():
            if key in known:
                yield from known[key](inner, f"{at}/{key}")
            else:
                yield Problem(at, f"invalid additional property: {key}")

    return check


def tagged(shapes: Mapping[str, Check]) -> Check:
    """Accept an object whose ``type`` is one of *shapes* and which has that shape."""

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
            return
        kind = value.get("type")
        shape = shapes.get(kind) if isinstance(kind, str) else None
        if shape is None:
            yield Problem(at, f"unsupported type: {kind}")
        else:
            yield from shape(value, at)

    return check


def both(first: Check, second: Check) -> Check:
    """Accept what *first* and *second* accept."""

    def check(value: object, at: str) -> Iterator[Problem]:
        yield from first(value, at)
        yield from second(value, at)

    return check
