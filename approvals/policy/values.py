"""The reviewed rules as values, and what a rule says when it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from approvals.model import Lever

HARD_CEILING = timedelta(hours=24)
"""No policy can allow a longer suspension."""
FACTS_LAST = timedelta(seconds=30)
"""A decision rests on facts no older than this."""
LONGEST_REASON = 1000
LONGEST_TICKET = 64
"""Characters that the policy's pattern is matched against: a longer text is no ticket number."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no: its key in the policy where it has one, why, and what to do next."""

    rule: str
    why: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` requests in any span of ``within``."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take."""

    pending: timedelta
    remind: timedelta
    warn: timedelta
    overdue: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The reviewed rules for suspensions; one value for the life of a process."""

    lever: Lever
    default: timedelta
    shortest: timedelta
    longest: timedelta
    approvals: int
    timing: Timing
    per_person: Limit
    ticket: re.Pattern[str] | None = None
    revoke_sessions: bool = True
    group: str = field(default="")

    def __post_init__(self) -> None:
        if not timedelta() < self.shortest <= self.default <= self.longest <= HARD_CEILING:
            raise ValueError("0 < shortest <= default <= longest <= 24h does not hold")
        if self.approvals < 1:
            raise ValueError("at least one approval is needed")
