"""Asking for a change that stays, and showing the number that waits for approval to those who decide."""

from __future__ import annotations

from dataclasses import replace

from approvals.agenda import Do, Kind
from approvals.desk import Desk
from approvals.errors import AlreadyLive, PortError
from approvals.model import PER_USER, ActionKind, Caller, Person, PersonId, Request, Withdrawn, kind_of
from approvals.policy import (
    Changing,
    Refusal,
    bound_to_nobody,
    may_change,
    may_consider,
    may_see_number,
    may_withdraw,
)
from approvals.ports import SubjectFacts, Transaction
from approvals.record import Entry
from approvals.redaction import mask_long_digits
from approvals.service.facts import Barred, Known, gather, unreadable, whose
from approvals.service.model import AskChange, Asked, Click, Refused, Revealed
from approvals.service.opening import Wish, asked_lately, live_one, open_wish, out_of_date, refuse_second
from approvals.service.steps import Attempt, must_take, refuse, refuse_alone


async def consider(desk: Desk, caller: Caller, subject: PersonId, kind: ActionKind) -> SubjectFacts | Refused:
    """Say whether *caller* may ask for a change of this kind about *subject*, before more is looked up."""
    known = await _considered(desk, caller, subject, kind)
    return known if isinstance(known, Refused) else known.subject


async def _considered(desk: Desk, caller: Caller, subject: PersonId, kind: ActionKind) -> Known | Refused:
    known = await gather(desk, caller, subject, PER_USER)
    if isinstance(known, Barred):
        return await refuse_alone(desk, Attempt(known.actor, kind.value), known.refusal)
    refusal = may_consider(desk.policy, kind, known.standing, known.subject)
    if refusal:
        return await refuse_alone(desk, Attempt(known.requester.id, kind.value), refusal)
    return known


async def ask_change(desk: Desk, ask: AskChange) -> Asked | Refused:
    """Ask for a change: facts first, then judged and written in one transaction."""
    kind = kind_of(ask.action)
    known = await gather(desk, ask.caller, ask.subject, PER_USER)
    if isinstance(known, Barred):
        return await refuse_alone(desk, Attempt(known.actor, kind.value), known.refusal)
    try:
        async with desk.store.transaction() as tx:
            return await _ask(desk, tx, ask, known)
    except AlreadyLive:
        return await refuse_second(desk, known, kind)


async def _ask(desk: Desk, tx: Transaction, ask: AskChange, known: Known) -> Asked | Refused:
    kind = kind_of(ask.action)
    before = await tx.lock(ask.instead_of) if ask.instead_of is not None else None
    facts = Changing(
        requester=known.standing,
        subject=known.subject,
        protection=known.protection,
        action=ask.action,
        reason=ask.reason,
        asked_lately=await asked_lately(desk, tx, known, kind),
        live=await live_one(tx, known, kind, besides=ask.instead_of),
    )
    verdict = out_of_date(tx, known) or _replaceable(before, known) or may_change(desk.policy, facts)
    if before is not None and verdict is None:
        await must_take(desk, tx, before, Withdrawn(known.requester))
    wish = Wish(
        action=ask.action,
        reason=ask.reason,
        ticket=mask_long_digits(ask.ticket),
        lapses_at=tx.now + desk.policy.timing.pending,
        verdict=verdict,
        remarks=ask.remarks,
        number=ask.number,
    )
    return await open_wish(desk, tx, known, wish)


def _replaceable(before: Request | None, known: Known) -> Refusal | None:
    """Judge what would be taken back: the same requester's undecided request about the same person."""
    if before is None:
        return None
    if before.subject.id != known.subject.person.id:
        return Refusal("state", f"{before.label} is about somebody else.", "Type the command.")
    return may_withdraw(before, known.standing)


async def guide(desk: Desk, caller: Caller, subject: PersonId) -> Person | Refused:
    """Send the subject the steps for setting up an app, on record; nothing of theirs is changed."""
    known = await _considered(desk, caller, subject, ActionKind.DEFAULT)
    if isinstance(known, Refused):
        return known
    person = known.subject.person
    async with desk.store.transaction() as tx:
        if person.chat is not None:
            await tx.order(None, Do(kind=Kind.GUIDE, due_at=tx.now, about=person.chat))
        await tx.record(Entry("guide ordered", None, known.requester.id, {"subject": person.id}))
    return person


async def show_number(desk: Desk, click: Click) -> Revealed | Refused:
    """Show the number that a request is about to an approver, on record."""
    attempt = Attempt(click.caller.chat, "show number", click.request)
    try:
        who = await desk.directory.standing(click.caller)
    except PortError as error:
        return await refuse_alone(desk, attempt, unreadable(error))
    attempt = replace(attempt, actor=whose(who))
    async with desk.store.transaction() as tx:
        request = await tx.lock(click.request)
        refusal = may_see_number(request, who)
        if refusal or who.person is None:
            return await refuse(tx, attempt, refusal or bound_to_nobody())
        number = await tx.number(request.id)
        if number is None:
            return await refuse(tx, attempt, _no_number(request))
        await tx.record(Entry("number shown", request.id, who.person.id, {"subject": request.subject.id}))
        return Revealed(request, number)


def _no_number(request: Request) -> Refusal:
    return Refusal("state", f"{request.label} is about no number.", "Look at the card.")
