"""What a process has of its own: time, and who is told of what it does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from approvals.agenda import Work
from approvals.model import (
    Request,
)


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        ...


class Observer(Protocol):
    """Told of what happened, for the log and the metrics; never fails."""

    def claimed(self, work: Work) -> None:
        """Note a piece of work that was taken on."""
        ...

    def restored(self, request: Request, late: timedelta) -> None:
        """Note a proved restore, *late* after its end."""
        ...

    def put_back_from_memory(self, request: Request) -> None:
        """Note that MFA was put back while the database was away."""
        ...

    def failed(self, work: Work, error: Exception) -> None:
        """Note a piece of work that will be tried again."""
        ...
