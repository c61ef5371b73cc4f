"""One step: which phase of a request's life an event belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from approvals.machine.changing import made
from approvals.machine.lowered import applying, lowered
from approvals.machine.passes import At, passed
from approvals.machine.pieces import OutOfTurn, Step, out_of_turn
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
    IssuePass,
    Lapsed,
    LeftOpen,
    Made,
    Prolonged,
    Proved,
    QuorumReached,
    Rejected,
    Removed,
    Request,
    Showing,
    Shown,
    Slipped,
    State,
    StillOverdue,
    SubjectGone,
    Withdrawn,
)
from approvals.policy import Policy


def step(request: Request, event: Event, now: datetime, policy: Policy) -> Step | OutOfTurn:
    """Return what *event* makes of *request* at *now*, or that it is out of turn."""
    if isinstance(request.action, IssuePass) and request.state is not State.PENDING:
        return passed(request, request.action, event, At(now, policy))
    return _step(request, event, now, policy)


def _step(request: Request, event: Event, now: datetime, policy: Policy) -> Step | OutOfTurn:
    match event:
        case Approved() | QuorumReached() | Denied() | Withdrawn() | Lapsed():
            return undecided(request, event, now)
        case Confirmed() | Rejected() | LeftOpen():
            return applying(request, event, now, policy)
        case EndReached() | EndNow() | Prolonged():
            return lowered(request, event, now, policy)
        case Proved() | StillOverdue() | SubjectGone() | GivenUp():
            return restoring(request, event, now, policy)
        case Made() | Slipped():
            return _later(request, event, now, policy)
        case Showing() | Shown() | Removed():
            return out_of_turn(request)
        case never:
            assert_never(never)


def _later(request: Request, event: Made | Slipped, now: datetime, policy: Policy) -> Step | OutOfTurn:
    """Take what a read shows: of a change, or long after a restore."""
    match event:
        case Made():
            return made(request, event, now)
        case Slipped():
            return slipped(request, event, now, policy)
        case never:
            assert_never(never)
