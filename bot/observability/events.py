"""Names of what is logged. A line is data: alerts and tests look for these, so they are spelt once.

Names of one module's own stand in that module. Renaming one breaks somebody's alert.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Event(StrEnum):
    """``noun.what_happened``, of the process as a whole."""

    SERVICE_STARTED = "service.started"
    SERVICE_OPEN = "service.open"
    SERVICE_STOPPING = "service.stopping"
    SERVICE_STOPPED = "service.stopped"
    DATABASE_LOST = "database.lost"
    DATABASE_BACK = "database.back"
    # The copy of an order to restore that is not on this machine: id, subject id, lever, prior value, end.
    RESTORE_ORDERED = "restore.ordered"
    RESTORE_PROVED = "restore.proved"
    RESTORE_OVERDUE = "restore.overdue"
    RESTORE_FROM_MEMORY = "restore.from_memory"
    RECORD_HEAD = "record.head"
    RECORD_BROKEN = "record.broken"
    LINE_LOST = "log.line_lost"
