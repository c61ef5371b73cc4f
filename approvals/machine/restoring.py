"""A suspension whose end has come: proved, overdue, gone, given up, slipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from approvals.agenda import VERIFY_AFTER, VERIFY_SOON, Do, Drop, Kind
from approvals.machine.pieces import (
    ENDING,
    OutOfTurn,
    Step,
    close,
    entry,
    late,
    out_of_turn,
    overdue,
    say,
    tell,
)
from approvals.model import (
    Audience,
    GivenUp,
    News,
    Notice,
    Outcome,
    Proved,
    Relatch,
    Request,
    Slipped,
    State,
    StillOverdue,
    SubjectGone,
    Suspend,
)
from approvals.policy import Policy
from approvals.record import Fact, reason_digest


def restoring(
    request: Request, event: Proved | StillOverdue | SubjectGone | GivenUp, now: datetime, policy: Policy
) -> Step | OutOfTurn:
    """Take what became of putting back."""
    if not request.lowers:
        return out_of_turn(request)
    match event:
        case Proved():
            return _proved(request, event, now, policy)
        case StillOverdue():
            return overdue(request, event, now)
        case SubjectGone():
            return _over(request, Outcome.SUBJECT_DELETED, Notice(News.SUBJECT_DELETED, now))
        case GivenUp(by, because):
            return _over(request, Outcome.CLOSED_AS_IS, Notice(News.CLOSED_AS_IS, now, by, because))
        case never:
            assert_never(never)


def _proved(request: Request, event: Proved, now: datetime, policy: Policy) -> Step | OutOfTurn:
    if request.prior is None or not event.found.at_least(request.prior):
        return out_of_turn(request)
    by_us = event.wrote
    outcome = Outcome.RESTORED if by_us else Outcome.RESTORED_BY_SOMEONE_ELSE
    news = News.RESTORED if by_us else News.RESTORED_BY_SOMEONE_ELSE
    note = event.late_because or request.note
    closed = replace(close(request, outcome, now, Relatch()), restored_to=event.found, note=note)
    notice = Notice(news, now, detail=event.found.value, until=request.ends_at)
    verify = VERIFY_SOON if request.unconfirmed else VERIFY_AFTER
    sign_out = (Do(kind=Kind.REVOKE_SESSIONS, due_at=now),) if _signs_out(request, policy) else ()
    orders = (
        Drop((Kind.APPLY, *ENDING)),
        Do(kind=Kind.VERIFY, due_at=now + verify),
        *sign_out,
        *say(now, notice, card=True, line=True),
        *tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {
        "found": event.found.value,
        "prior": request.prior.value,
        "late_ms": late(request, now) // timedelta(milliseconds=1),
    }
    return Step(closed, orders, entry(request, news.value, Relatch(), facts))


def _signs_out(request: Request, policy: Policy) -> bool:
    """Tell whether the subject is signed out; where the lever takes it, whatever the policy says."""
    match request.action:
        case Suspend(lever=lever) if lever.signs_out:
            return True
        case _:
            return policy.revoke_sessions


def _over(request: Request, outcome: Outcome, notice: Notice) -> Step:
    closed = replace(close(request, outcome, notice.at, notice.by), note=notice.detail)
    orders = (
        Drop((Kind.APPLY, *ENDING)),
        *say(notice.at, notice, card=True, line=True),
        *tell(notice.at, notice, Audience.REQUESTER),
    )
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(notice.detail)}
    return Step(closed, orders, entry(request, notice.news.value, notice.by, facts))


def slipped(request: Request, event: Slipped, now: datetime, policy: Policy) -> Step | OutOfTurn:
    """Open a request again whose subject is protected less than what was put back."""
    put_back = {Outcome.RESTORED, Outcome.RESTORED_BY_SOMEONE_ELSE}
    if request.state is not State.CLOSED or request.outcome not in put_back:
        return out_of_turn(request)
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
        Do(kind=Kind.OVERDUE, due_at=now + policy.timing.overdue),
        Do(kind=Kind.PAGE, due_at=now, notice=notice),
        *say(now, notice, card=True),
    )
    return Step(again, orders, entry(request, "slipped", Relatch(), {"found": event.found.value}))
