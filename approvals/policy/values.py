"""The reviewed rules as values, and what a rule says when it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from approvals.model import ActionKind, Means

HARD_CEILING = timedelta(hours=24)
"""No policy can allow a longer suspension."""
FACTS_LAST = timedelta(seconds=30)
"""A decision rests on facts no older than this."""
SET_UP_PARTS = (ActionKind.PHONE, ActionKind.DEFAULT, ActionKind.ENABLE)
"""What is set up at once, where all of it is on."""
TABLES = {
    ActionKind.PHONE: "phone",
    ActionKind.DEFAULT: "default_method",
    ActionKind.ENABLE: "enable",
    ActionKind.PASS: "pass",
}
"""The table of the policy that turns a kind on."""
LONGEST_REASON = 1000
PREFLIGHT = "preflight"
"""The rule that a requester lifts by asking anyway."""
SECURITY_DEFAULTS = "security_defaults"
MOST_NAMED = 3
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


@dataclass(frozen=True, slots=True)
class PassLimits:
    """The approvals that an access pass needs, and the longest that one may be good for."""

    approvals: int
    longest: timedelta

    def __post_init__(self) -> None:
        if self.approvals < 1 or self.longest <= timedelta():
            raise ValueError("at least one approval and some time are needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The reviewed rules; one value for the life of a process.

    ``phone``, ``default_method`` and ``enable`` are the approvals that these changes need; ``None`` is off,
    as it is of ``access_pass``.
    """

    means: Means
    default: timedelta
    shortest: timedelta
    longest: timedelta
    approvals: int
    timing: Timing
    per_person: Limit
    ticket: re.Pattern[str] | None = None
    revoke_sessions: bool = True
    phone: int | None = None
    default_method: int | None = None
    enable: int | None = None
    access_pass: PassLimits | None = None

    def __post_init__(self) -> None:
        if not timedelta() < self.shortest <= self.default <= self.longest <= HARD_CEILING:
            raise ValueError("0 < shortest <= default <= longest <= 24h does not hold")
        if self.approvals < 1:
            raise ValueError("at least one approval is needed")
        changes = (self.phone, self.default_method, self.enable)
        if any(needed is not None and needed < 1 for needed in changes):
            raise ValueError("at least one approval is needed")

    def needed(self, kind: ActionKind) -> int | None:
        """Return how many approvals *kind* needs; ``None`` where it, or a part of it, is off."""
        match kind:
            case ActionKind.SUSPEND | ActionKind.EXTEND:
                return self.approvals
            case ActionKind.PHONE:
                return self.phone
            case ActionKind.DEFAULT:
                return self.default_method
            case ActionKind.ENABLE:
                return self.enable
            case ActionKind.SET_UP:
                parts = [needed for needed in (self.phone, self.default_method, self.enable) if needed]
                return max(parts) if len(parts) == len(SET_UP_PARTS) else None
            case ActionKind.PASS:
                return self.access_pass.approvals if self.access_pass else None
            case never:
                assert_never(never)
