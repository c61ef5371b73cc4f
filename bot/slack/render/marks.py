"""How good or bad something is, as a sign and in a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.slack.render.text import sentence
from commands.federation_model import Finding, Grade, Relation

SIGNS: Final[Mapping[Grade, str]] = {
    Grade.GOOD: ":white_check_mark:",
    Grade.NOTE: ":information_source:",
    Grade.WARNING: ":warning:",
    Grade.WRONG: ":x:",
}
RELATIONS: Final[Mapping[Relation, str]] = {
    Relation.EQUAL: ":white_check_mark:",
    Relation.RIGHT: ":information_source:",
    Relation.UNKNOWN: ":grey_question:",
    Relation.WRONG: ":x:",
}
UNREAD: Final = ":grey_question:"
RUNNING: Final = ":hourglass_flowing_sand:"
NOT_TESTED: Final = ":heavy_minus_sign:"

WHAT: Final = 280
TO_DO: Final = 160


def finding(found: Finding) -> str:
    """Return *found* in a line, and what to do about it in the next."""
    return f"{SIGNS[found.grade]} {told(found)}"


def told(found: Finding) -> str:
    """Return *found* without a sign."""
    to_do = f"\n→ {sentence(found.what_to_do, TO_DO)}" if found.what_to_do else ""
    return f"{sentence(found.what, WHAT)}{to_do}"


def worst_first(found: Sequence[Finding]) -> list[Finding]:
    """Return *found* in order of grade, else as it was."""
    return sorted(found, key=lambda one: -one.grade)


def took(span: timedelta) -> str:
    """Return a short time as people measure it: ``12 ms`` or ``4.2 s``."""
    seconds = span.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
