"""One step: which phase of a request's life an event belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from approvals.machine.changing import made
from approvals.machine.lowered import applying, lowered
from approvals.machine.pieces import OutOfTurn, Step
from approvals.machine.restoring import restoring, slipped
from approvals.machine.undecided import undecided
from approvals.model import (
    Approved,
    Confirmed,
    Denied,
    EndNow,
    EndReached,
    Event,
    GivenUp,
    Lapsed,
    LeftOpen,
    Made,
    Prolonged,
    Proved,
    QuorumReached,
    Rejected,
    Request,
    Slipped,
    StillOverdue,
    SubjectGone,
    Withdrawn,
)
from approvals.policy import Policy


def step(request: Request, event: Event, now: datetime, policy: Policy) -> Step | OutOfTurn:
    """Return what *event* makes of *request* at *now*, or that it is out of turn."""
    match event:
        case Approved() | QuorumReached() | Denied() | Withdrawn() | Lapsed():
            return undecided(request, event, now)
        case Confirmed() | Rejected() | LeftOpen():
            return applying(request, event, now, policy)
        case Made():
            return made(request, event, now)
        case EndReached() | EndNow() | Prolonged():
            return lowered(request, event, now, policy)
        case Proved() | StillOverdue() | SubjectGone() | GivenUp():
            return restoring(request, event, now, policy)
        case Slipped():
            return slipped(request, event, now, policy)
        case never:
            assert_never(never)
