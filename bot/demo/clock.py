"""The clock of a simulated world: it goes as fast as any other, and can be moved forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class MovableClock:
    """Both times of ``approvals.ports.Clock``, moved together."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        """How far it is ahead of this machine's clock."""

    def now(self) -> datetime:
        """Return the simulated wall clock's time, aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic() + self.ahead.total_seconds()

    def seconds(self) -> float:
        """Return seconds since 1970, as chats stamp messages."""
        return self.now().timestamp()

    def forward(self, by: timedelta) -> None:
        """Let *by* pass at once; back it cannot go."""
        self.ahead += max(by, timedelta())
