"""A request that waits for a decision: asked, approved, denied, withdrawn, lapsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from approvals.agenda import APPLY_LIMIT, OFFER_LIMIT, Do, Drop, Kind
from approvals.machine.pieces import (
    UNDECIDED,
    OutOfTurn,
    Step,
    asked,
    close,
    entry,
    out_of_turn,
    say,
    tell,
)
from approvals.model import (
    Approval,
    Approved,
    Audience,
    CannotTell,
    ChangesNothing,
    Denied,
    EnableMfa,
    Extend,
    Forecast,
    IssuePass,
    Lapsed,
    News,
    Notice,
    Outcome,
    Person,
    QuorumReached,
    Relatch,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    Suspend,
    WillWork,
    Withdrawn,
)
from approvals.policy import Policy
from approvals.record import Fact, reason_digest


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
        **asked(request),
        **_foreseen(request.briefing.forecast),
    }
    return Step(request, orders, entry(request, "asked", request.requester, facts))


def _foreseen(forecast: Forecast | None) -> dict[str, Fact]:
    """Return what the record keeps of a forecast: without the names of policies."""
    match forecast:
        case None:
            return {}
        case WillWork():
            return {"forecast": "will work"}
        case ChangesNothing(because=because):
            sources = sorted({one.source.value for one in because})
            return {"forecast": "changes nothing", "because": ", ".join(sources)}
        case CannotTell():
            return {"forecast": "cannot tell"}
        case never:
            assert_never(never)


def undecided(
    request: Request, event: Approved | QuorumReached | Denied | Withdrawn | Lapsed, now: datetime
) -> Step | OutOfTurn:
    """Take a decision, or that there was none in time."""
    if request.state is not State.PENDING:
        return out_of_turn(request)
    match event:
        case Approved(by):
            return _counted(request, by, now)
        case QuorumReached():
            return _quorum(request, event, now)
        case Denied(by, because):
            closed = replace(close(request, Outcome.DENIED, now, by), note=because)
            notice = Notice(News.DENIED, now, by, because)
            facts: dict[str, Fact] = {"reason_sha256": reason_digest(because)}
            return _ended_undecided(closed, notice, facts)
        case Withdrawn(by):
            closed = close(request, Outcome.WITHDRAWN, now, by)
            return _ended_undecided(closed, Notice(News.WITHDRAWN, now, by), {})
        case Lapsed(why):
            closed = replace(close(request, Outcome.LAPSED, now, Relatch()), note=why)
            return _ended_undecided(closed, Notice(News.LAPSED, now, detail=why), {})
        case never:
            assert_never(never)


def _counted(request: Request, by: Person, now: datetime) -> Step:
    counted = replace(request, approvals=(*request.approvals, Approval(by, now)))
    notice = Notice(News.APPROVED, now, by, count=request.needed - len(counted.approvals))
    facts: dict[str, Fact] = {"terms": request.terms, "approvals": len(counted.approvals)}
    return Step(counted, say(now, notice, card=True, line=True), entry(request, "approved", by, facts))


def _quorum(request: Request, event: QuorumReached, now: datetime) -> Step | OutOfTurn:
    approved = replace(request, approvals=(*event.standing, Approval(event.by, now)))
    facts: dict[str, Fact] = {
        "terms": request.terms,
        "approvals": len(approved.approvals),
        "subject": request.subject.id,
        **asked(request),
    }
    notice = Notice(News.APPROVED, now, event.by, count=0)
    match request.action:
        case Extend():
            closed = close(approved, Outcome.DONE, now, event.by)
            orders = (Drop(UNDECIDED), *say(now, notice, card=True, line=True))
            return Step(closed, orders, entry(request, "extension approved", event.by, facts))
        case Suspend(lasts=lasts):
            if event.prior is None:
                return out_of_turn(request)
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
                *say(now, notice, card=True, line=True),
            )
            return Step(applying, orders, entry(request, "applying", event.by, facts))
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp():
            changing = replace(approved, state=State.APPLYING)
            orders = (
                Drop(UNDECIDED),
                Do(kind=Kind.CHANGE, due_at=now),
                *say(now, notice, card=True, line=True),
            )
            return Step(changing, orders, entry(request, "applying", event.by, facts))
        case IssuePass():
            offered = replace(approved, state=State.APPLYING, ends_at=now + OFFER_LIMIT)
            offer = Notice(News.GRANTED, now, event.by, until=offered.ends_at)
            orders = (
                Drop(UNDECIDED),
                Do(kind=Kind.LAPSE, due_at=now + OFFER_LIMIT),
                *say(now, notice, card=True, line=True),
                *tell(now, offer, Audience.REQUESTER),
            )
            return Step(offered, orders, entry(request, "pass granted", event.by, facts))
        case never:
            assert_never(never)


def _ended_undecided(closed: Request, notice: Notice, facts: dict[str, Fact]) -> Step:
    orders = (
        Drop(UNDECIDED),
        *say(notice.at, notice, card=True, line=True),
        *tell(notice.at, notice, Audience.REQUESTER),
    )
    return Step(closed, orders, entry(closed, notice.news.value, notice.by, facts))
