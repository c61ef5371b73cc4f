"""The one clock of a scenario: it stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)


class Clock:
    """Both times of ``approvals.ports.Clock``, moved together; the wall clock may also be set."""

    def __init__(self) -> None:
        self._passed = timedelta()
        self._set_by = timedelta()

    def now(self) -> datetime:
        return START + self._passed + self._set_by

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def seconds(self) -> float:
        """Return seconds since 1970, as chats stamp messages."""
        return self.now().timestamp()

    def move(self, **by: float) -> None:
        """Let time pass: ``move(minutes=5)``."""
        self._passed += timedelta(**by)

    def jump(self, **by: float) -> None:
        """Set the wall clock, though no time passes: ``jump(hours=-1)``."""
        self._set_by += timedelta(**by)
