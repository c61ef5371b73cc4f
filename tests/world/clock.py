"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)


class WorldClock:
    """Both the wall's time and the monotonic one; a jump moves the wall's alone."""

    def __init__(self) -> None:
        self._now = START
        self._passed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    def move(self, by: timedelta) -> None:
        self._now += by
        self._passed += by.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Set the wall clock, as an operator or a time server does."""
        self._now += by

    def move_to(self, moment: datetime) -> None:
        self.move(max(moment - self._now, timedelta()))
