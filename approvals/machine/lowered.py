"""A suspension that is being applied, or active: confirmed, refused, left open, prolonged, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from approvals.agenda import DRIFT_EVERY, Do, Drop, Kind
from approvals.machine.pieces import (
    ENDING,
    WHILE_ACTIVE,
    OutOfTurn,
    Step,
    close,
    end_timers,
    entry,
    out_of_turn,
    say,
    tell,
)
from approvals.model import (
    Audience,
    Confirmed,
    EndNow,
    EndReached,
    LeftOpen,
    News,
    Notice,
    Outcome,
    Prolonged,
    Rejected,
    Relatch,
    Request,
    State,
    Suspend,
)
from approvals.policy import Policy
from approvals.record import Fact, reason_digest


def applying(
    request: Request, event: Confirmed | Rejected | LeftOpen, now: datetime, policy: Policy
) -> Step | OutOfTurn:
    """Take what became of the attempt to lower."""
    if request.state is not State.APPLYING:
        return out_of_turn(request)
    match event:
        case Confirmed():
            return _confirmed(request, now, policy)
        case Rejected(why):
            closed = replace(close(request, Outcome.FAILED, now, Relatch()), note=why)
            notice = Notice(News.FAILED, now, detail=why)
            orders = (
                Drop((Kind.APPLY, Kind.CHANGE, *ENDING)),
                *say(now, notice, card=True, line=True),
                *tell(now, notice, Audience.REQUESTER),
            )
            return Step(closed, orders, entry(request, "failed", Relatch(), {"why": why}))
        case LeftOpen(why):
            if not isinstance(request.action, Suspend):
                return out_of_turn(request)
            return _left_open(request, EndNow(Relatch(), why), now, policy)
        case never:
            assert_never(never)


def _confirmed(request: Request, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if not isinstance(request.action, Suspend):
        return out_of_turn(request)
    ends_at = now + request.action.lasts
    active = replace(request, state=State.ACTIVE, confirmed_at=now, ends_at=ends_at)
    notice = Notice(News.ACTIVE, now, until=ends_at)
    orders = (
        Drop((Kind.APPLY,)),
        *end_timers(ends_at, now, policy),
        Do(kind=Kind.DRIFT, due_at=now + DRIFT_EVERY),
        *say(now, notice, card=True, line=True),
        *tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {"subject": request.subject.id, "ends_at": ends_at.isoformat(timespec="seconds")}
    return Step(active, orders, entry(request, "active", Relatch(), facts))


def lowered(
    request: Request, event: EndReached | EndNow | Prolonged, now: datetime, policy: Policy
) -> Step | OutOfTurn:
    """Take what ends a suspension, or moves its end."""
    if not isinstance(request.action, Suspend):
        return out_of_turn(request)
    match event:
        case EndReached():
            if request.state is State.APPLYING:
                why = "Entra did not confirm the change in time"
                return _left_open(request, EndNow(Relatch(), why), now, policy)
            return _end_reached(request, now)
        case EndNow():
            return _end_now(request, event, now, policy)
        case Prolonged():
            return _prolonged(request, event, now, policy)
        case never:
            assert_never(never)


def _end_reached(request: Request, now: datetime) -> Step | OutOfTurn:
    if request.state is not State.ACTIVE:
        return out_of_turn(request)
    restoring = replace(request, state=State.RESTORING)
    orders = (Drop(WHILE_ACTIVE), Do(kind=Kind.CARD, due_at=now))
    return Step(restoring, orders, entry(request, "restoring", Relatch(), {}))


def _end_now(request: Request, event: EndNow, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if not request.lowers:
        return out_of_turn(request)
    if request.state is State.APPLYING:
        return _left_open(request, EndNow(event.by, "ended before Entra had confirmed"), now, policy)
    again = Do(kind=Kind.RESTORE, due_at=now)
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(event.because)}
    if request.state is State.RESTORING:
        return Step(request, (again,), entry(request, "restore ordered again", event.by, facts))
    restoring = replace(request, state=State.RESTORING, ends_at=now)
    notice = Notice(News.ENDING, now, event.by, event.because)
    orders = (
        Drop(WHILE_ACTIVE),
        again,
        Do(kind=Kind.OVERDUE, due_at=now + policy.timing.overdue),
        *say(now, notice, card=True, line=True),
    )
    return Step(restoring, orders, entry(request, "restore ordered", event.by, facts))


def _prolonged(request: Request, event: Prolonged, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if request.state is not State.ACTIVE or request.ends_at is None:
        return out_of_turn(request)
    ends_at = request.ends_at + event.length
    notice = Notice(News.PROLONGED, now, event.by, until=ends_at)
    orders = (
        *end_timers(ends_at, now, policy),
        *say(now, notice, card=True, line=True),
        *tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {
        "extension": event.extension,
        "ends_at": ends_at.isoformat(timespec="seconds"),
    }
    return Step(replace(request, ends_at=ends_at), orders, entry(request, "prolonged", event.by, facts))


def _left_open(request: Request, end: EndNow, now: datetime, policy: Policy) -> Step:
    restoring = replace(request, state=State.RESTORING, unconfirmed=True, ends_at=now, note=end.because)
    notice = Notice(News.UNCONFIRMED, now, end.by, end.because)
    orders = (
        Drop((Kind.APPLY, *WHILE_ACTIVE)),
        Do(kind=Kind.RESTORE, due_at=now),
        Do(kind=Kind.OVERDUE, due_at=now + policy.timing.overdue),
        *say(now, notice, card=True, line=True),
        *tell(now, notice, Audience.REQUESTER),
    )
    return Step(restoring, orders, entry(request, "unconfirmed", end.by, {"why": end.because}))
