"""A change that is made once and stays: proved step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from approvals.agenda import Do, Drop, Kind
from approvals.machine.pieces import OutOfTurn, Step, change_facts, close, entry, out_of_turn, say, tell
from approvals.model import (
    Audience,
    Extend,
    IssuePass,
    Made,
    News,
    Notice,
    Outcome,
    Relatch,
    Request,
    State,
    Suspend,
    still_to_make,
    with_one_made,
)
from approvals.record import Fact


def made(request: Request, event: Made, now: datetime) -> Step | OutOfTurn:
    """Take that the next change is proved: go on with the one after it, or be done."""
    action = request.action
    if request.state is not State.APPLYING or isinstance(action, Suspend | Extend | IssuePass):
        return out_of_turn(request)
    change, *more = still_to_make(action)
    proved = replace(request, action=with_one_made(action))
    facts: dict[str, Fact] = {"subject": request.subject.id, **change_facts(change)}
    if more:
        notice = Notice(News.STEP_MADE, now, detail=event.shown)
        # Taken back and ordered: the next change has had no attempt yet.
        next_one = (Drop((Kind.CHANGE,)), Do(kind=Kind.CHANGE, due_at=now))
        orders = (*next_one, *say(now, notice, card=True, line=True))
        return Step(proved, orders, entry(request, "step made", Relatch(), facts))
    notice = Notice(News.DONE, now, detail=event.shown)
    closed = replace(close(proved, Outcome.DONE, now, Relatch()), note=event.shown)
    done = (
        Drop((Kind.CHANGE,)),
        *say(now, notice, card=True, line=True),
        *tell(now, notice, Audience.REQUESTER, Audience.SUBJECT),
    )
    return Step(closed, done, entry(request, "done", Relatch(), facts))
