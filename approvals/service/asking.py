"""Asking: for a suspension, for more time, and taking a request back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from approvals.desk import Desk
from approvals.errors import AlreadyLive, PortError
from approvals.model import (
    ActionKind,
    Caller,
    ChangesNothing,
    Extend,
    Forecast,
    RequestId,
    Suspend,
    Withdrawn,
)
from approvals.policy import (
    PREFLIGHT,
    Asking,
    Prolonging,
    bound_to_nobody,
    may_ask,
    may_prolong,
    may_withdraw,
)
from approvals.redaction import mask_long_digits
from approvals.service.facts import Barred, foreseen, gather, unreadable, whose
from approvals.service.model import Ask, Asked, AskForMore, Moved, Refused, Unconfirmed
from approvals.service.opening import Wish, asked_lately, live_one, open_wish, refuse_second
from approvals.service.steps import Attempt, must_take, refuse, refuse_alone


async def submit(desk: Desk, ask: Ask) -> Asked | Refused | Unconfirmed:
    """Ask for a suspension: facts first, then judged and written in one transaction."""
    known = await gather(desk, ask.caller, ask.subject)
    if isinstance(known, Barred):
        return await refuse_alone(desk, Attempt(known.actor, "suspend"), known.refusal)
    lasts = desk.policy.default if ask.lasts is None else ask.lasts
    forecast = await foreseen(desk, known)
    try:
        async with desk.store.transaction() as tx:
            facts = Asking(
                requester=known.standing,
                subject=known.subject,
                protection=known.protection,
                lasts=lasts,
                ticket=ask.ticket,
                reason=ask.reason,
                asked_lately=await asked_lately(desk, tx, known, ActionKind.SUSPEND),
                live=await live_one(tx, known, ActionKind.SUSPEND),
                forecast=forecast,
                anyway=ask.anyway,
            )
            action = Suspend(desk.policy.means.lever, lasts, desk.policy.means.group)
            lapses_at = tx.now + desk.policy.timing.pending
            # What a policy's pattern has matched is a ticket; anything else could be a telephone number.
            ticket = ask.ticket if desk.policy.ticket else mask_long_digits(ask.ticket)
            verdict = may_ask(desk.policy, facts)
            wish = Wish(action, ask.reason, ticket, lapses_at, verdict, forecast=forecast)
            answer = await open_wish(desk, tx, known, wish)
    except AlreadyLive:
        return await refuse_second(desk, known, ActionKind.SUSPEND)
    return _unconfirmed(answer, forecast, lasts)


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
                asked_lately=await asked_lately(desk, tx, known, ActionKind.EXTEND),
            )
            lapses_at = min(live.ends_at or tx.now, tx.now + desk.policy.timing.pending)
            verdict = may_prolong(desk.policy, facts)
            wish = Wish(Extend(live.id, ask.by), ask.reason, live.ticket, lapses_at, verdict)
            return await open_wish(desk, tx, known, wish)
    except AlreadyLive:
        return await refuse_second(desk, known, ActionKind.EXTEND)


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


def _unconfirmed(
    answer: Asked | Refused, forecast: Forecast | None, lasts: timedelta
) -> Asked | Refused | Unconfirmed:
    """Let the requester lift the one refusal that only asks whether they know what they ask for."""
    match answer, forecast:
        case Refused(rule=rule), ChangesNothing() if rule == PREFLIGHT:
            return Unconfirmed(answer, forecast, lasts)
        case _:
            return answer
