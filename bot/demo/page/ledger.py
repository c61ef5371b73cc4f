"""The record as it grows, checked line by line, and what falls due next."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from approvals.agenda import Kind
from approvals.model import label
from approvals.record import Broken, Verification
from bot.lifecycle import Serving
from bot.sim.tenant import Tenant

COMING: Final = {
    Kind.REMIND: "a reminder",
    Kind.LAPSE: "a request lapses",
    Kind.WARN: "a warning",
    Kind.RESTORE: "MFA comes back",
    Kind.OVERDUE: "a restore becomes overdue",
    Kind.VERIFY: "a look for late writes",
}
"""What somebody who moves the clock waits for, and how it is called."""
KEPT: Final = 200
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of the record, in words."""

    seq: int
    at: datetime
    event: str
    request: str
    actor: str
    facts: str
    digest: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What falls due next, and when."""

    what: str
    at: datetime


class Ledger:
    """Reads on from where it was; keeps the last lines."""

    def __init__(self, running: Serving, tenant: Tenant) -> None:
        self._running = running
        self._tenant = tenant
        self._verification = Verification()
        self.lines: list[Recorded] = []
        self.broken: Broken | None = None

    @property
    def seq(self) -> int:
        """Return the number of the last line."""
        return self.lines[-1].seq if self.lines else 0

    async def read_on(self) -> None:
        """Take in what was recorded since the last time."""
        async for line in self._running.lines(after=self.seq):
            self.broken = self.broken or self._verification.see(line)
            self.lines.append(self._told(line.seq, line.at, json.loads(line.text), line.digest))
        del self.lines[:-KEPT]

    async def coming(self) -> Coming | None:
        """Return what falls due next, of what somebody would wait for."""
        due = [(at, kind) for kind in COMING if (at := await self._running.next_due(kind)) is not None]
        if not due:
            return None
        at, kind = min(due)
        return Coming(COMING[kind], at)

    def _told(self, seq: int, at: datetime, hashed: dict[str, Any], digest: str) -> Recorded:
        facts = ", ".join(self._fact(key, value) for key, value in hashed["facts"].items() if value != "")
        request = "" if hashed["request"] is None else label(hashed["request"])
        return Recorded(seq, at, hashed["event"], request, self._named(hashed["actor"]), facts, digest)

    def _fact(self, key: str, value: object) -> str:
        """Return a fact with names for ids, and of a digest its beginning."""
        shown = self._named(value) if isinstance(value, str) else str(value)
        return f"{key.replace('_', ' ')} {shown[:8] if DIGEST.fullmatch(shown) else shown}"

    def _named(self, actor: str) -> str:
        known = self._tenant.users.get(actor)
        return actor if known is None else known.display_name
