"""Asking: for a suspension, for more time, and taking a request back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.desk import Desk
from approvals.errors import AlreadyLive, PortError
from approvals.machine import opened
from approvals.model import (
    Action,
    ActionKind,
    Briefing,
    Caller,
    Extend,
    Person,
    Request,
    RequestId,
    State,
    Suspend,
    Withdrawn,
    kind_of,
)
from approvals.policy import (
    Asking,
    Prolonging,
    Refusal,
    bound_to_nobody,
    may_ask,
    may_prolong,
    may_withdraw,
    one_at_a_time,
    stale,
)
from approvals.ports import Query, Transaction
from approvals.redaction import mask_long_digits
from approvals.service.facts import Barred, Known, gather, unreadable, whose
from approvals.service.model import Ask, Asked, AskForMore, Moved, Refused
from approvals.service.steps import Attempt, commit_new, must_take, refuse, refuse_alone

LIVE = frozenset({State.PENDING, State.APPLYING, State.ACTIVE, State.RESTORING})
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A wish, and what the rules say of it."""

    action: Action
    reason: str
    ticket: str
    lapses_at: datetime
    verdict: Refusal | None


async def submit(desk: Desk, ask: Ask) -> Asked | Refused:
    """Ask for a suspension: facts first, then judged and written in one transaction."""
    known = await gather(desk, ask.caller, ask.subject)
    if isinstance(known, Barred):
        return await refuse_alone(desk, Attempt(known.actor, "suspend"), known.refusal)
    lasts = desk.policy.default if ask.lasts is None else ask.lasts
    try:
        async with desk.store.transaction() as tx:
            facts = Asking(
                requester=known.standing,
                subject=known.subject,
                protection=known.protection,
                lasts=lasts,
                ticket=ask.ticket,
                reason=ask.reason,
                asked_lately=await _asked_lately(desk, tx, known, ActionKind.SUSPEND),
                live=await _live(tx, known, ActionKind.SUSPEND),
            )
            action = Suspend(desk.policy.lever, lasts, desk.policy.group)
            lapses_at = tx.now + desk.policy.timing.pending
            # What a policy's pattern has matched is a ticket; anything else could be a telephone number.
            ticket = ask.ticket if desk.policy.ticket else mask_long_digits(ask.ticket)
            wish = _Wish(action, ask.reason, ticket, lapses_at, may_ask(desk.policy, facts))
            return await _open(desk, tx, known, wish)
    except AlreadyLive:
        return await _refuse_second(desk, known, ActionKind.SUSPEND)


async def extend(desk: Desk, ask: AskForMore) -> Asked | Refused:
    """Ask for more time: a request of its own, which lapses with what it extends."""
    async with desk.store.transaction(writes=False) as tx:
        live = await tx.get(ask.of)
    known = await gather(desk, ask.caller, live.subject.id)
    if isinstance(known, Barred):
        return await refuse_alone(desk, Attempt(known.actor, "extend", ask.of), known.refusal)
    try:
        async with desk.store.transaction() as tx:
            live = await tx.lock(ask.of)
            facts = Prolonging(
                requester=known.standing,
                subject=known.subject,
                live=live,
                by=ask.by,
                reason=ask.reason,
                asked_lately=await _asked_lately(desk, tx, known, ActionKind.EXTEND),
            )
            lapses_at = min(live.ends_at or tx.now, tx.now + desk.policy.timing.pending)
            verdict = may_prolong(desk.policy, facts)
            wish = _Wish(Extend(live.id, ask.by), ask.reason, live.ticket, lapses_at, verdict)
            return await _open(desk, tx, known, wish)
    except AlreadyLive:
        return await _refuse_second(desk, known, ActionKind.EXTEND)


async def withdraw(desk: Desk, caller: Caller, request: RequestId) -> Moved | Refused:
    """Take back one's own undecided request."""
    attempt = Attempt(caller.chat, "withdraw", request)
    try:
        who = await desk.directory.standing(caller)
    except PortError as error:
        return await refuse_alone(desk, attempt, unreadable(error))
    attempt = replace(attempt, actor=whose(who))
    async with desk.store.transaction() as tx:
        locked = await tx.lock(request)
        refusal = may_withdraw(locked, who)
        if refusal or who.person is None:
            return await refuse(tx, attempt, refusal or bound_to_nobody())
        return Moved(await must_take(desk, tx, locked, Withdrawn(who.person)))


async def _open(desk: Desk, tx: Transaction, known: Known, wish: _Wish) -> Asked | Refused:
    """Write the request, or the refusal, under a number of its own."""
    verdict = wish.verdict
    number = await tx.new_id()
    if stale(tx.now, known.standing.at, known.subject.at):
        verdict = Refusal("facts", "Looking everybody up took too long.", "Try again in a minute.")
    if verdict:
        return await refuse(tx, Attempt(known.requester.id, kind_of(wish.action).value, number), verdict)
    request = Request(
        id=number,
        action=wish.action,
        subject=known.subject.person,
        requester=known.requester,
        reason=mask_long_digits(wish.reason),
        ticket=wish.ticket,
        briefing=await _briefing(tx, known),
        needed=desk.policy.approvals,
        created_at=tx.now,
        lapses_at=wish.lapses_at,
    )
    await commit_new(tx, opened(request, desk.policy, tx.now))
    return Asked(request, _others(known))


async def _briefing(tx: Transaction, known: Known) -> Briefing:
    subject = known.subject.person.id
    past = Query(subject=subject, kind=ActionKind.SUSPEND)
    return Briefing(
        protection=known.protection,
        roles=known.subject.roles,
        second_factors=known.subject.second_factors,
        requests_last_day=await tx.count(replace(past, since=tx.now - DAY)),
        suspensions_last_90_days=await tx.count(replace(past, since=tx.now - 90 * DAY)),
    )


async def _asked_lately(desk: Desk, tx: Transaction, known: Known, kind: ActionKind) -> int:
    since = tx.now - desk.policy.per_person.within
    return await tx.count(Query(requester=known.requester.id, kind=kind, since=since))


def _others(known: Known) -> tuple[Person, ...]:
    barred = {known.requester.id, known.subject.person.id}
    return tuple(person for person in known.approvers if person.id not in barred)


async def _refuse_second(desk: Desk, known: Known, kind: ActionKind) -> Refused:
    """Refuse because of a live request that won the race, and name it."""
    async with desk.store.transaction() as tx:
        live = await _live(tx, known, kind) or "Another request"
        refusal = one_at_a_time(live, known.subject)
        return await refuse(tx, Attempt(known.requester.id, kind.value, await tx.new_id()), refusal)


async def _live(tx: Transaction, known: Known, kind: ActionKind) -> str:
    """Return the label of the subject's live request of this kind, or nothing."""
    live = await tx.find(Query(subject=known.subject.person.id, kind=kind, states=LIVE, limit=1))
    return live[0].label if live else ""
