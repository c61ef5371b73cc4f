"""Lengths of time as people write them in the policy file: ``90s``, ``1h30m``, ``5/1d``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator
from pytimeparse.timeparse import timeparse

from bot.config.faults import shown, unfit

SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=366)

# pytimeparse also reads signs, other scripts' digits, 1:30 (as 90 seconds) and what no timedelta holds.
_SHAPE: Final = re.compile(r"(?:[0-9]{1,4}(?:\.[0-9])?\s*[a-z]+\s*)+", re.ASCII | re.IGNORECASE)
_RATE: Final = re.compile(r"([1-9][0-9]{0,3})\s*/\s*(\S.*)", re.ASCII)
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_EXPECTED: Final = "a duration in quotes, such as 90s, 45m or 1h30m"


def duration(text: object) -> timedelta:
    """Read a duration between a second and a year; anything else is unfit."""
    seconds = timeparse(text) if isinstance(text, str) and _SHAPE.fullmatch(text.strip()) else None
    if seconds is None:
        raise unfit(_EXPECTED, shown(text))
    # Compared as numbers: a timedelta may not hold what was written.
    if not SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
        raise unfit(f"a duration from {spoken(SHORTEST)} to {spoken(LONGEST)}", shown(text))
    return timedelta(seconds=seconds)


def spoken(length: timedelta) -> str:
    """Write *length* as the policy file has it: ``1h30m``. Parts of a second are left out."""
    left, parts = int(length.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` in any span of ``per``."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        return f"{self.count}/{spoken(self.per)}"


def rate(text: object) -> Rate:
    """Read ``N/duration``."""
    found = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise unfit("a number, a slash and a duration in quotes, such as 5/1d", shown(text))
    return Rate(int(found[1]), duration(found[2]))


Duration: TypeAlias = Annotated[timedelta, BeforeValidator(duration)]
PerSpan: TypeAlias = Annotated[Rate, BeforeValidator(rate)]
