"""What has turned with the domains since they were last looked at: meanings, without any chat in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from commands.domain_names import DomainName
from commands.federation_model import Grade


@unique
class Turned(StrEnum):
    """Which way something went."""

    BAD = "bad"
    WELL = "well"
    """What was told as bad is so no more."""
    CHANGED = "changed"
    """Neither good nor bad by itself: somebody should know that it was meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that turned; ``what`` of one that is well again is what was told when it went bad."""

    domain: DomainName
    turned: Turned
    what: str
    what_to_do: str = ""
    grade: Grade = Grade.WARNING


@dataclass(frozen=True, slots=True)
class DomainNews:
    """Everything that people are to be told in one message, oldest first."""

    turns: tuple[Turn, ...]
