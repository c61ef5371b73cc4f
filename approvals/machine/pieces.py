"""What steps are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from approvals.agenda import Do, Kind, Order
from approvals.model import (
    Actor,
    Audience,
    Change,
    EnableMfa,
    Extend,
    IssuePass,
    News,
    Notice,
    Outcome,
    Relatch,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    StillOverdue,
    Suspend,
    actor_id,
)
from approvals.policy import Policy
from approvals.record import Entry, Fact

UNDECIDED = (Kind.LAPSE, Kind.REMIND)
"""Timers of a request that nobody has decided."""
WHILE_ACTIVE = (Kind.WARN, Kind.DRIFT)
"""Timers of a suspension that is active."""
ENDING = (Kind.RESTORE, Kind.OVERDUE, *WHILE_ACTIVE)
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


def out_of_turn(request: Request) -> OutOfTurn:
    """Refuse an event that does not apply."""
    return OutOfTurn(request.state, request.outcome)


def close(request: Request, outcome: Outcome, now: datetime, by: Actor) -> Request:
    """Return *request* closed."""
    return replace(request, state=State.CLOSED, outcome=outcome, closed_at=now, closed_by=by)


def end_timers(ends_at: datetime, now: datetime, policy: Policy) -> tuple[Order, ...]:
    """Return what falls due at, before and after an end."""
    timing = policy.timing
    warning = (Do(kind=Kind.WARN, due_at=ends_at - timing.warn),) if ends_at - timing.warn > now else ()
    return (
        Do(kind=Kind.RESTORE, due_at=ends_at),
        Do(kind=Kind.OVERDUE, due_at=ends_at + timing.overdue),
        *warning,
    )


def say(now: datetime, notice: Notice, *, card: bool = False, line: bool = False) -> tuple[Order, ...]:
    """Return what shows the news in the channel: the card brought up to date, a line in its thread."""
    on_card = (Do(kind=Kind.CARD, due_at=now),) if card else ()
    in_thread = (Do(kind=Kind.LINE, due_at=now, notice=notice),) if line else ()
    return (*on_card, *in_thread)


def tell(now: datetime, notice: Notice, *audiences: Audience) -> tuple[Order, ...]:
    """Return direct messages with the news."""
    return tuple(Do(kind=Kind.DIRECT, due_at=now, notice=notice, to=to) for to in audiences)


def overdue(request: Request, event: StillOverdue, now: datetime) -> Step:
    """Page people about what should have ended by now."""
    notice = Notice(News.OVERDUE, now, detail=event.why, count=event.attempts, until=request.ends_at)
    orders = (
        Do(kind=Kind.PAGE, due_at=now, notice=notice),
        *say(now, notice, card=True),
        *tell(now, notice, Audience.REQUESTER),
    )
    facts: dict[str, Fact] = {"attempts": event.attempts, "why": event.why}
    return Step(replace(request, note=event.why), orders, entry(request, "overdue", Relatch(), facts))


def late(request: Request, now: datetime) -> timedelta:
    """Return how long after its end *request* is."""
    return max(now - request.ends_at, timedelta()) if request.ends_at else timedelta()


def asked(request: Request) -> dict[str, Fact]:
    """Return what is asked for, as the record has it."""
    match request.action:
        case Suspend(lever, lasts, group):
            return {"lever": lever.value, "group": group, "seconds": int(lasts.total_seconds())}
        case Extend(of, by):
            return {"extends": of, "seconds": int(by.total_seconds())}
        case SetUp(changes=changes):
            return {name: fact for change in changes for name, fact in change_facts(change).items()}
        case SetPhone() | SetDefaultMethod() | EnableMfa() as change:
            return change_facts(change)
        case IssuePass(lasts, once):
            return {"pass_seconds": int(lasts.total_seconds()), "once": once}
        case never:
            assert_never(never)


def change_facts(change: Change) -> dict[str, Fact]:
    """Return what is set, as the record has it. Of a phone only the place: a number's hash is no secret."""
    match change:
        case SetPhone(place=place):
            return {"phone": place.value}
        case SetDefaultMethod(method=method):
            return {"default": method.value}
        case EnableMfa(to=to):
            return {"state": to.value}
        case never:
            assert_never(never)


def entry(request: Request, event: str, by: Actor, facts: dict[str, Fact]) -> Entry:
    """Return a line for the record."""
    return Entry(event=event, request=request.id, actor=actor_id(by), facts=facts)
