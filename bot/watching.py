"""What is told about the work: log lines, metrics, and a wake-up call for the alarm clock.

Each line of the record is logged after its commit. The log store is the copy off this machine: the
line of ``applying`` holds the subject's id, the lever, the prior value and the latest end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import Kind, Work
from approvals.errors import PortError
from approvals.model import Request
from bot.observability import Event, Metrics, logger
from bot.sql.store import Committed

RECORDED = "record.line"
WORK_FAILED = "work.failed"
WORK_POSTPONED = "work.postponed"
TAKEN_OVER = "work.taken_over"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """Satisfies ``approvals.ports.Observer``, and hears of every commit."""

    metrics: Metrics
    wake: Callable[[], None]

    def claimed(self, work: Work) -> None:
        """Note a piece of work that was taken on, and whether somebody else had left it lying."""
        if work.kind is Kind.RESTORE:
            self.metrics.attempted()
        if work.taken_over:
            self.metrics.taken_over(work.kind.value)
            log.warning(TAKEN_OVER, kind=work.kind.value, request=work.request, attempts=work.attempts)

    def restored(self, request: Request, late: timedelta) -> None:
        """Note a proved restore, *late* after its end."""
        self.metrics.restored(late)
        log.info(Event.RESTORE_PROVED, request=request.id, late_seconds=late.total_seconds())

    def put_back_from_memory(self, request: Request) -> None:
        """Note that MFA was put back while the database was away; the log is all there is of it."""
        log.warning(Event.RESTORE_FROM_MEMORY, request=request.id, subject=request.subject.id)

    def failed(self, work: Work, error: Exception) -> None:
        """Note a piece of work that will be tried again; what is no port's fault is a defect."""
        about = {"kind": work.kind.value, "request": work.request, "attempts": work.attempts}
        if isinstance(error, PortError):
            log.warning(WORK_POSTPONED, why=error.why, **about)
        else:
            log.error(WORK_FAILED, exc_info=error, **about)

    def committed(self, left: Committed) -> None:
        """Log what was recorded, and ring for what was ordered."""
        for entry, line in left.entries:
            log.info(
                RECORDED,
                seq=line.seq,
                head=line.digest,
                what=entry.event,
                request=entry.request,
                actor=entry.actor,
                **{f"fact_{name}": fact for name, fact in entry.facts.items()},
            )
        if left.ordered:
            self.wake()
