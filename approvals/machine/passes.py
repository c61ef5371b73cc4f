"""An approved access pass: offered, being shown, shown, and removed.

The order to remove a pass is a row before Entra is asked to make it. One that nobody is known to have
seen is removed as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from approvals.agenda import LANDED_LIMIT, UNSHOWN_LIMIT, Do, Drop, Kind
from approvals.machine.pieces import OutOfTurn, Step, close, entry, out_of_turn, overdue, say, tell
from approvals.model import (
    Audience,
    EndNow,
    EndReached,
    Event,
    GivenUp,
    IssuePass,
    Lapsed,
    LeftOpen,
    News,
    Notice,
    Outcome,
    Rejected,
    Relatch,
    Removed,
    Request,
    Showing,
    Shown,
    State,
    StillOverdue,
    SubjectGone,
)
from approvals.policy import Policy
from approvals.record import Fact, reason_digest

TIMERS = (Kind.LAPSE, Kind.REMOVE_PASS, Kind.OVERDUE)
NOT_IN_TIME = "the pass was not shown in time"
ENDED_BEFORE = "ended before it was shown"


@dataclass(frozen=True, slots=True)
class At:
    """When something happens, and the policy then."""

    now: datetime
    policy: Policy

    def overdue(self, end: datetime) -> Do:
        """Return the order to page people when the removal of what ends at *end* is late."""
        return Do(kind=Kind.OVERDUE, due_at=end + self.policy.timing.overdue)


def passed(request: Request, action: IssuePass, event: Event, at: At) -> Step | OutOfTurn:
    """Take what becomes of an approved pass."""
    match request.state:
        case State.APPLYING if not request.pass_is_out:
            return _offered(request, action, event, at.now)
        case State.APPLYING:
            return _being_shown(request, action, event, at)
        case State.ACTIVE | State.RESTORING:
            return _shown(request, event, at)
        case _:
            return out_of_turn(request)


def _offered(request: Request, action: IssuePass, event: Event, now: datetime) -> Step | OutOfTurn:
    match event:
        case Showing(by, correlation):
            showing = replace(request, unconfirmed=True, confirmed_at=now, ends_at=now + action.lasts)
            orders = (
                Drop((Kind.LAPSE,)),
                Do(kind=Kind.REMOVE_PASS, due_at=now + UNSHOWN_LIMIT),
                Do(kind=Kind.CARD, due_at=now),
            )
            facts: dict[str, Fact] = {"subject": request.subject.id, "client_request_id": correlation}
            return Step(showing, orders, entry(request, "making pass", by, facts))
        case Lapsed():
            return _over(request, Outcome.LAPSED, Notice(News.LAPSED, now, detail=NOT_IN_TIME))
        case EndNow(by, because):
            return _over(request, Outcome.WITHDRAWN, Notice(News.WITHDRAWN, now, by, because))
        case _:
            return out_of_turn(request)


def _being_shown(request: Request, action: IssuePass, event: Event, at: At) -> Step | OutOfTurn:
    match event:
        case Shown(issued):
            return _seen(request, replace(action, issued=issued), at)
        case Rejected(why):
            return _over(request, Outcome.FAILED, Notice(News.FAILED, at.now, detail=why))
        case LeftOpen(why, issued):
            known = replace(request, action=replace(action, issued=issued))
            return _not_shown(known, Notice(News.NOT_SHOWN, at.now, detail=why), at)
        case EndNow(by):
            return _not_shown(request, Notice(News.NOT_SHOWN, at.now, by, ENDED_BEFORE), at)
        case _:
            return out_of_turn(request)


def _seen(request: Request, action: IssuePass, at: At) -> Step:
    active = replace(request, state=State.ACTIVE, action=action, unconfirmed=False)
    until = request.ends_at or at.now
    notice = Notice(News.SHOWN, at.now, request.requester, until=until)
    orders = (
        Do(kind=Kind.REMOVE_PASS, due_at=until),
        at.overdue(until),
        *say(at.now, notice, card=True, line=True),
        *tell(at.now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    facts: dict[str, Fact] = {
        "subject": request.subject.id,
        "pass": action.issued,
        "ends_at": until.isoformat(timespec="seconds"),
    }
    return Step(active, orders, entry(request, "pass shown", request.requester, facts))


def _not_shown(request: Request, notice: Notice, at: At) -> Step:
    ending = replace(request, state=State.RESTORING, ends_at=at.now, note=notice.detail)
    # Before that nobody can tell whether it is there: its removal is not late, but waits.
    landed = (request.confirmed_at or at.now) + LANDED_LIMIT
    orders = (
        Do(kind=Kind.REMOVE_PASS, due_at=at.now),
        at.overdue(max(at.now, landed)),
        *say(at.now, notice, card=True, line=True),
        *tell(at.now, notice, Audience.REQUESTER),
    )
    facts: dict[str, Fact] = {"why": notice.detail}
    return Step(ending, orders, entry(request, "pass not shown", notice.by, facts))


def _shown(request: Request, event: Event, at: At) -> Step | OutOfTurn:
    match event:
        case EndReached() if request.state is State.ACTIVE:
            ending = replace(request, state=State.RESTORING)
            orders = (Do(kind=Kind.CARD, due_at=at.now),)
            return Step(ending, orders, entry(request, "restoring", Relatch(), {}))
        case EndNow() if request.state is State.ACTIVE:
            return _ended(request, event, at)
        case EndNow(by, because):
            facts: dict[str, Fact] = {"reason_sha256": reason_digest(because)}
            again = (Do(kind=Kind.REMOVE_PASS, due_at=at.now),)
            return Step(request, again, entry(request, "restore ordered again", by, facts))
        case Removed() | StillOverdue() | SubjectGone() | GivenUp():
            return _removing(request, event, at.now)
        case _:
            return out_of_turn(request)


def _ended(request: Request, event: EndNow, at: At) -> Step:
    ending = replace(request, state=State.RESTORING, ends_at=at.now)
    notice = Notice(News.ENDING, at.now, event.by, event.because)
    orders = (
        Do(kind=Kind.REMOVE_PASS, due_at=at.now),
        at.overdue(at.now),
        *say(at.now, notice, card=True, line=True),
    )
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(event.because)}
    return Step(ending, orders, entry(request, "restore ordered", event.by, facts))


def _removing(request: Request, event: Removed | StillOverdue | SubjectGone | GivenUp, now: datetime) -> Step:
    match event:
        case Removed():
            outcome = Outcome.FAILED if request.unconfirmed else Outcome.DONE
            return _over(request, outcome, Notice(News.REMOVED, now))
        case StillOverdue():
            return overdue(request, event, now)
        case SubjectGone():
            return _over(request, Outcome.SUBJECT_DELETED, Notice(News.SUBJECT_DELETED, now))
        case GivenUp(by, because):
            return _over(request, Outcome.CLOSED_AS_IS, Notice(News.CLOSED_AS_IS, now, by, because))
        case never:
            assert_never(never)


def _over(request: Request, outcome: Outcome, notice: Notice) -> Step:
    closed = close(request, outcome, notice.at, notice.by)
    orders = (
        Drop(TIMERS),
        *say(notice.at, notice, card=True, line=True),
        *tell(notice.at, notice, Audience.REQUESTER),
    )
    facts: dict[str, Fact] = {"reason_sha256": reason_digest(notice.detail)} if notice.detail else {}
    noted = replace(closed, note=notice.detail or request.note)
    return Step(noted, orders, entry(request, notice.news.value, notice.by, facts))
