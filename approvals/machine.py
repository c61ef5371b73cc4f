"""The life of a request: a pure step from one state to the next.

A step returns the request as it becomes, the work it orders and what the record says. It
is committed whole or not at all. No clock, no log, no I/O; the type checker proves that
every event is handled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from approvals.agenda import APPLY_LIMIT, VERIFY_AFTER, VERIFY_SOON, Do, Drop, Kind, Order
from approvals.model import (
    Actor,
    Approval,
    Approved,
    Audience,
    Confirmed,
    Denied,
    EndNow,
    EndReached,
    Event,
    Extend,
    GivenUp,
    Lapsed,
    LeftOpen,
    News,
    Notice,
    Outcome,
    Person,
    Prolonged,
    Proved,
    QuorumReached,
    Rejected,
    Relatch,
    Request,
    Slipped,
    State,
    StillOverdue,
    SubjectGone,
    Suspend,
    Withdrawn,
    actor_id,
)
from approvals.policy import Policy
from approvals.record import Entry, Fact, reason_digest

UNDECIDED = (Kind.LAPSE, Kind.REMIND)
"""Timers of a request that nobody has decided."""
ENDING = (Kind.RESTORE, Kind.OVERDUE, Kind.WARN)
"""Timers of a suspension that will end."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an event makes of a request: commit all of it, or none."""

    request: Request
    orders: tuple[Order, ...]
    entry: Entry


@dataclass(frozen=True, slots=True)
class OutOfTurn:
    """The event does not apply to where the request stands."""

    state: State
    outcome: Outcome | None


def opened(request: Request, policy: Policy, now: datetime) -> Step:
    """Return the first step: the card goes out, and the clock of the undecided runs."""
    timing = policy.timing
    orders = (
        Do(kind=Kind.CARD, due_at=now),
        Do(kind=Kind.LAPSE, due_at=request.lapses_at),
        Do(kind=Kind.REMIND, due_at=now + timing.remind),
    )
    facts: dict[str, Fact] = {
        "action": request.kind.value,
        "subject": request.subject.id,
        "terms": request.terms,
        "needed": request.needed,
        "ticket": request.ticket,
        "reason_sha256": reason_digest(request.reason),
        **_asked(request),
    }
    return Step(request, orders, _entry(request, "asked", request.requester, facts))


def step(request: Request, event: Event, now: datetime, policy: Policy) -> Step | OutOfTurn:
    """Return what *event* makes of *request* at *now*, or that it is out of turn."""
    match event:
        case Approved() | QuorumReached() | Denied() | Withdrawn() | Lapsed():
            return _undecided(request, event, now)
        case Confirmed() | Rejected() | LeftOpen():
            return _applying(request, event, now, policy)
        case EndReached() | EndNow() | Prolonged():
            return _lowered(request, event, now, policy)
        case Proved() | StillOverdue() | SubjectGone() | GivenUp():
            return _restoring(request, event, now, policy)
        case Slipped():
            return _slipped(request, event, now)
        case never:
            assert_never(never)


# --- pending -------------------------------------------------------------------------------


def _undecided(
    request: Request, event: Approved | QuorumReached | Denied | Withdrawn | Lapsed, now: datetime
) -> Step | OutOfTurn:
    if request.state is not State.PENDING:
        return _out_of_turn(request)
    match event:
        case Approved(by):
            return _counted(request, by, now)
        case QuorumReached():
            return _quorum(request, event, now)
        case Denied(by, because):
            closed = replace(_close(request, Outcome.DENIED, now, by), note=because)
            notice = Notice(News.DENIED, now, by, because)
            facts: dict[str, Fact] = {"reason_sha256": reason_digest(because)}
            return _ended_undecided(closed, notice, facts)
        case Withdrawn(by):
            closed = _close(request, Outcome.WITHDRAWN, now, by)
            return _ended_undecided(closed, Notice(News.WITHDRAWN, now, by), {})
        case Lapsed(why):
            closed = replace(_close(request, Outcome.LAPSED, now, Relatch()), note=why)
            return _ended_undecided(closed, Notice(News.LAPSED, now, detail=why), {})
        case never:
            assert_never(never)


def _counted(request: Request, by: Person, now: datetime) -> Step:
    counted = replace(request, approvals=(*request.approvals, Approval(by, now)))
    notice = Notice(News.APPROVED, now, by, count=request.needed - len(counted.approvals))
    facts: dict[str, Fact] = {"terms": request.terms, "approvals": len(counted.approvals)}
    return Step(counted, _say(now, notice, card=True, line=True), _entry(request, "approved", by, facts))


def _quorum(request: Request, event: QuorumReached, now: datetime) -> Step | OutOfTurn:
    approved = replace(request, approvals=(*event.standing, Approval(event.by, now)))
    facts: dict[str, Fact] = {
        "terms": request.terms,
        "approvals": len(approved.approvals),
        "subject": request.subject.id,
        **_asked(request),
    }
    notice = Notice(News.APPROVED, now, event.by, count=0)
    match request.action:
        case Extend():
            closed = _close(approved, Outcome.DONE, now, event.by)
            orders = (Drop(UNDECIDED), *_say(now, notice, card=True, line=True))
            return Step(closed, orders, _entry(request, "extension approved", event.by, facts))
        case Suspend(lasts=lasts):
            if event.prior is None:
                return _out_of_turn(request)
            applying = replace(approved, state=State.APPLYING, prior=event.prior)
            facts |= {
                "prior": event.prior.value,
                "ends_at_latest": (now + APPLY_LIMIT + lasts).isoformat(timespec="seconds"),
            }
            # The order to restore is a row before anything is sent: a change that Entra
            # made and we never heard of is still taken back.
            orders = (
                Drop(UNDECIDED),
                Do(kind=Kind.RESTORE, due_at=now + APPLY_LIMIT),
                Do(kind=Kind.APPLY, due_at=now),
                *_say(now, notice, card=True, line=True),
            )
            return Step(applying, orders, _entry(request, "applying", event.by, facts))
        case never:
            assert_never(never)


def _ended_undecided(closed: Request, notice: Notice, facts: dict[str, Fact]) -> Step:
    orders = (
        Drop(UNDECIDED),
        *_say(notice.at, notice, card=True, line=True),
        *_tell(notice.at, notice, Audience.REQUESTER),
    )
    return Step(closed, orders, _entry(closed, notice.news.value, notice.by, facts))


# --- applying ------------------------------------------------------------------------------


def _applying(
    request: Request, event: Confirmed | Rejected | LeftOpen, now: datetime, policy: Policy
) -> Step | OutOfTurn:
    if request.state is not State.APPLYING:
        return _out_of_turn(request)
    match event:
        case Confirmed():
            return _confirmed(request, now, policy)
        case Rejected(why):
            closed = replace(_close(request, Outcome.FAILED, now, Relatch()), note=why)
            notice = Notice(News.FAILED, now, detail=why)
            orders = (
                Drop((Kind.APPLY, *ENDING)),
                *_say(now, notice, card=True, line=True),
                *_tell(now, notice, Audience.REQUESTER),
            )
            return Step(closed, orders, _entry(request, "failed", Relatch(), {"why": why}))
        case LeftOpen(why):
            return _left_open(request, EndNow(Relatch(), why), now, policy)
        case never:
            assert_never(never)


def _confirmed(request: Request, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if not isinstance(request.action, Suspend):
        return _out_of_turn(request)
    ends_at = now + request.action.lasts
    active = replace(request, state=State.ACTIVE, confirmed_at=now, ends_at=ends_at)
    notice = Notice(News.ACTIVE, now, until=ends_at)
    orders = (
        Drop((Kind.APPLY,)),
        *_end_timers(ends_at, now, policy),
        *_say(now, notice, card=True, line=True),
        *_tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {"subject": request.subject.id, "ends_at": ends_at.isoformat(timespec="seconds")}
    return Step(active, orders, _entry(request, "active", Relatch(), facts))


def _left_open(request: Request, end: EndNow, now: datetime, policy: Policy) -> Step:
    restoring = replace(request, state=State.RESTORING, unconfirmed=True, ends_at=now, note=end.because)
    notice = Notice(News.UNCONFIRMED, now, end.by, end.because)
    orders = (
        Drop((Kind.APPLY, Kind.WARN)),
        Do(kind=Kind.RESTORE, due_at=now),
        Do(kind=Kind.OVERDUE, due_at=now + policy.timing.overdue),
        *_say(now, notice, card=True, line=True),
        *_tell(now, notice, Audience.REQUESTER),
    )
    return Step(restoring, orders, _entry(request, "unconfirmed", end.by, {"why": end.because}))


# --- lowered -------------------------------------------------------------------------------


def _lowered(
    request: Request, event: EndReached | EndNow | Prolonged, now: datetime, policy: Policy
) -> Step | OutOfTurn:
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
        return _out_of_turn(request)
    restoring = replace(request, state=State.RESTORING)
    orders = (Drop((Kind.WARN,)), Do(kind=Kind.CARD, due_at=now))
    return Step(restoring, orders, _entry(request, "restoring", Relatch(), {}))


def _end_now(request: Request, event: EndNow, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if not request.lowers:
        return _out_of_turn(request)
    if request.state is State.APPLYING:
        return _left_open(request, EndNow(event.by, "ended before Entra had confirmed"), now, policy)
    again = Do(kind=Kind.RESTORE, due_at=now)
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(event.because)}
    if request.state is State.RESTORING:
        return Step(request, (again,), _entry(request, "restore ordered again", event.by, facts))
    restoring = replace(request, state=State.RESTORING, ends_at=now)
    notice = Notice(News.ENDING, now, event.by, event.because)
    orders = (
        Drop((Kind.WARN,)),
        again,
        Do(kind=Kind.OVERDUE, due_at=now + policy.timing.overdue),
        *_say(now, notice, card=True, line=True),
    )
    return Step(restoring, orders, _entry(request, "restore ordered", event.by, facts))


def _prolonged(request: Request, event: Prolonged, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if request.state is not State.ACTIVE or request.ends_at is None:
        return _out_of_turn(request)
    ends_at = request.ends_at + event.length
    notice = Notice(News.PROLONGED, now, event.by, until=ends_at)
    orders = (
        *_end_timers(ends_at, now, policy),
        *_say(now, notice, card=True, line=True),
        *_tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {
        "extension": event.extension,
        "ends_at": ends_at.isoformat(timespec="seconds"),
    }
    return Step(replace(request, ends_at=ends_at), orders, _entry(request, "prolonged", event.by, facts))


# --- restoring -----------------------------------------------------------------------------


def _restoring(
    request: Request, event: Proved | StillOverdue | SubjectGone | GivenUp, now: datetime, policy: Policy
) -> Step | OutOfTurn:
    if not request.lowers:
        return _out_of_turn(request)
    match event:
        case Proved():
            return _proved(request, event, now, policy)
        case StillOverdue(attempts, why):
            notice = Notice(News.OVERDUE, now, detail=why, count=attempts, until=request.ends_at)
            orders = (
                Do(kind=Kind.PAGE, due_at=now, notice=notice),
                *_say(now, notice, card=True),
                *_tell(now, notice, Audience.REQUESTER),
            )
            facts: dict[str, Fact] = {"attempts": attempts, "why": why}
            return Step(replace(request, note=why), orders, _entry(request, "overdue", Relatch(), facts))
        case SubjectGone():
            return _over(request, Outcome.SUBJECT_DELETED, Notice(News.SUBJECT_DELETED, now))
        case GivenUp(by, because):
            return _over(request, Outcome.CLOSED_AS_IS, Notice(News.CLOSED_AS_IS, now, by, because))
        case never:
            assert_never(never)


def _proved(request: Request, event: Proved, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if request.prior is None or not event.found.at_least(request.prior):
        return _out_of_turn(request)
    by_us = event.wrote
    outcome = Outcome.RESTORED if by_us else Outcome.RESTORED_BY_SOMEONE_ELSE
    news = News.RESTORED if by_us else News.RESTORED_BY_SOMEONE_ELSE
    note = event.late_because or request.note
    closed = replace(_close(request, outcome, now, Relatch()), restored_to=event.found, note=note)
    notice = Notice(news, now, detail=event.found.value, until=request.ends_at)
    verify = VERIFY_SOON if request.unconfirmed else VERIFY_AFTER
    sign_out = (Do(kind=Kind.REVOKE_SESSIONS, due_at=now),) if policy.revoke_sessions else ()
    orders = (
        Drop((Kind.APPLY, *ENDING)),
        Do(kind=Kind.VERIFY, due_at=now + verify),
        *sign_out,
        *_say(now, notice, card=True, line=True),
        *_tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {
        "found": event.found.value,
        "prior": request.prior.value,
        "late_ms": _late(request, now) // timedelta(milliseconds=1),
    }
    return Step(closed, orders, _entry(request, news.value, Relatch(), facts))


def _over(request: Request, outcome: Outcome, notice: Notice) -> Step:
    closed = replace(_close(request, outcome, notice.at, notice.by), note=notice.detail)
    orders = (
        Drop((Kind.APPLY, *ENDING)),
        *_say(notice.at, notice, card=True, line=True),
        *_tell(notice.at, notice, Audience.REQUESTER),
    )
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(notice.detail)}
    return Step(closed, orders, _entry(request, notice.news.value, notice.by, facts))


def _slipped(request: Request, event: Slipped, now: datetime) -> Step | OutOfTurn:
    put_back = {Outcome.RESTORED, Outcome.RESTORED_BY_SOMEONE_ELSE}
    if request.state is not State.CLOSED or request.outcome not in put_back:
        return _out_of_turn(request)
    again = replace(
        request,
        state=State.RESTORING,
        outcome=None,
        unconfirmed=True,
        ends_at=now,
        closed_at=None,
        closed_by=None,
        restored_to=None,
    )
    notice = Notice(News.SLIPPED, now, detail=event.found.value)
    orders = (
        Drop((Kind.VERIFY,)),
        Do(kind=Kind.RESTORE, due_at=now),
        Do(kind=Kind.OVERDUE, due_at=now),
        *_say(now, notice, card=True, line=True),
    )
    return Step(again, orders, _entry(request, "slipped", Relatch(), {"found": event.found.value}))


# --- pieces --------------------------------------------------------------------------------


def _out_of_turn(request: Request) -> OutOfTurn:
    return OutOfTurn(request.state, request.outcome)


def _close(request: Request, outcome: Outcome, now: datetime, by: Actor) -> Request:
    return replace(request, state=State.CLOSED, outcome=outcome, closed_at=now, closed_by=by)


def _end_timers(ends_at: datetime, now: datetime, policy: Policy) -> tuple[Order, ...]:
    timing = policy.timing
    warning = (Do(kind=Kind.WARN, due_at=ends_at - timing.warn),) if ends_at - timing.warn > now else ()
    return (
        Do(kind=Kind.RESTORE, due_at=ends_at),
        Do(kind=Kind.OVERDUE, due_at=ends_at + timing.overdue),
        *warning,
    )


def _say(now: datetime, notice: Notice, *, card: bool = False, line: bool = False) -> tuple[Order, ...]:
    on_card = (Do(kind=Kind.CARD, due_at=now),) if card else ()
    in_thread = (Do(kind=Kind.LINE, due_at=now, notice=notice),) if line else ()
    return (*on_card, *in_thread)


def _tell(now: datetime, notice: Notice, *audiences: Audience) -> tuple[Order, ...]:
    return tuple(Do(kind=Kind.DIRECT, due_at=now, notice=notice, to=to) for to in audiences)


def _late(request: Request, now: datetime) -> timedelta:
    return max(now - request.ends_at, timedelta()) if request.ends_at else timedelta()


def _asked(request: Request) -> dict[str, Fact]:
    match request.action:
        case Suspend(lever, lasts, group):
            return {"lever": lever.value, "group": group, "seconds": int(lasts.total_seconds())}
        case Extend(of, by):
            return {"extends": of, "seconds": int(by.total_seconds())}
        case never:
            assert_never(never)


def _entry(request: Request, event: str, by: Actor, facts: dict[str, Fact]) -> Entry:
    return Entry(event=event, request=request.id, actor=actor_id(by), facts=facts)
