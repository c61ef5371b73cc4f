"""Writing a wish down: the request with its number, or the refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.desk import Desk
from approvals.machine import opened
from approvals.model import (
    Action,
    ActionKind,
    Briefing,
    Forecast,
    Person,
    PhoneNumber,
    Request,
    RequestId,
    State,
    clashing,
    kind_of,
)
from approvals.policy import Refusal, one_at_a_time, stale
from approvals.ports import Query, Transaction
from approvals.redaction import mask_long_digits
from approvals.service.facts import Known
from approvals.service.model import Asked, Refused
from approvals.service.steps import Attempt, commit_new, refuse

LIVE = frozenset({State.PENDING, State.APPLYING, State.ACTIVE, State.RESTORING})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish, and what the rules say of it."""

    action: Action
    reason: str
    ticket: str
    lapses_at: datetime
    verdict: Refusal | None
    remarks: tuple[str, ...] = ()
    number: PhoneNumber | None = None
    forecast: Forecast | None = None


async def open_wish(desk: Desk, tx: Transaction, known: Known, wish: Wish) -> Asked | Refused:
    """Write the request, or the refusal, under a number of its own."""
    number = await tx.new_id()
    verdict = out_of_date(tx, known) or wish.verdict
    if verdict:
        return await refuse(tx, Attempt(known.requester.id, kind_of(wish.action).value, number), verdict)
    request = Request(
        id=number,
        action=wish.action,
        subject=known.subject.person,
        requester=known.requester,
        reason=mask_long_digits(wish.reason),
        ticket=wish.ticket,
        briefing=await _briefing(tx, known, wish),
        needed=desk.policy.needed(kind_of(wish.action)) or 1,
        created_at=tx.now,
        lapses_at=wish.lapses_at,
    )
    await commit_new(tx, opened(request, desk.policy, tx.now))
    if wish.number is not None:
        await tx.keep_number(number, wish.number)
    return Asked(request, _others(known))


def out_of_date(tx: Transaction, known: Known) -> Refusal | None:
    """Refuse to decide on facts that are too old."""
    if not stale(tx.now, known.standing.at, known.subject.at):
        return None
    return Refusal("facts", "Looking everybody up took too long.", "Try again in a minute.")


async def _briefing(tx: Transaction, known: Known, wish: Wish) -> Briefing:
    subject = known.subject.person.id
    past = Query(subject=subject, kind=ActionKind.SUSPEND)
    return Briefing(
        protection=known.protection,
        roles=known.subject.roles,
        second_factors=known.subject.second_factors,
        requests_last_day=await tx.count(replace(past, since=tx.now - DAY)),
        suspensions_last_90_days=await tx.count(replace(past, since=tx.now - 90 * DAY)),
        remarks=tuple(map(mask_long_digits, wish.remarks)),
        forecast=wish.forecast,
    )


async def asked_lately(desk: Desk, tx: Transaction, known: Known, kind: ActionKind) -> int:
    """Return how often the requester has asked for this kind within the policy's span."""
    since = tx.now - desk.policy.per_person.within
    return await tx.count(Query(requester=known.requester.id, kind=kind, since=since))


def _others(known: Known) -> tuple[Person, ...]:
    barred = {known.requester.id, known.subject.person.id}
    return tuple(person for person in known.approvers if person.id not in barred)


async def refuse_second(desk: Desk, known: Known, kind: ActionKind) -> Refused:
    """Refuse because of a live request that won the race, and name it."""
    async with desk.store.transaction() as tx:
        live = await live_one(tx, known, kind) or "Another request"
        refusal = one_at_a_time(live, known.subject)
        return await refuse(tx, Attempt(known.requester.id, kind.value, await tx.new_id()), refusal)


async def live_one(tx: Transaction, known: Known, kind: ActionKind, besides: RequestId | None = None) -> str:
    """Return the label of a live request that sets some of the same for the subject, or nothing."""
    its = Query(subject=known.subject.person.id, kinds=clashing(kind), states=LIVE)
    return next((one.label for one in await tx.find(its) if one.id != besides), "")
