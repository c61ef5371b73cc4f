"""What texts mention of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """The policy's values that people are told.

    ``channel`` is the approvals channel's id, ``escalate`` users' and user groups' ids,
    ``runbook`` an address of the operator's own, or empty.
    """

    channel: str
    escalate: tuple[str, ...] = ()
    revoke_sessions: bool = True
    overdue: timedelta = timedelta(minutes=2)
    runbook: str = ""
