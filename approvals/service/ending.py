"""Ending: restore now, by people in the chat or at the command line, and giving up on record."""

from __future__ import annotations

from dataclasses import replace

from approvals.desk import Desk, Essentials
from approvals.errors import PortError
from approvals.machine import OutOfTurn
from approvals.model import Actor, Caller, EndNow, GivenUp, Request, RequestId, actor_id
from approvals.policy import bound_to_nobody, may_end
from approvals.ports import Transaction
from approvals.redaction import mask_long_digits
from approvals.service.facts import unreadable, whose
from approvals.service.model import Moved, Refused
from approvals.service.steps import Attempt, out_of_turn, refuse, refuse_alone, take


async def restore(desk: Desk, caller: Caller, request: RequestId, because: str) -> Moved | Refused:
    """End a suspension now; any requester or approver may, for raising protection needs no approval."""
    attempt = Attempt(caller.chat, "restore", request)
    try:
        who = await desk.directory.standing(caller)
    except PortError as error:
        return await refuse_alone(desk, attempt, unreadable(error))
    attempt = replace(attempt, actor=whose(who))
    async with desk.store.transaction() as tx:
        locked = await tx.lock(request)
        refusal = may_end(locked, who)
        if refusal or who.person is None:
            return await refuse(tx, attempt, refusal or bound_to_nobody())
        return await _end(desk, tx, locked, EndNow(who.person, mask_long_digits(because)))


async def order_restore(desk: Essentials, actor: Actor, request: RequestId, because: str) -> Moved | Refused:
    """End a suspension now, by an operator at the command line."""
    async with desk.store.transaction() as tx:
        locked = await tx.lock(request)
        return await _end(desk, tx, locked, EndNow(actor, mask_long_digits(because)))


async def close_as_is(desk: Essentials, actor: Actor, request: RequestId, because: str) -> Moved | Refused:
    """Give up on a restore: the only other way out, on record and announced."""
    async with desk.store.transaction() as tx:
        locked = await tx.lock(request)
        return await _end(desk, tx, locked, GivenUp(actor, mask_long_digits(because)))


async def _end(
    desk: Essentials, tx: Transaction, locked: Request, event: EndNow | GivenUp
) -> Moved | Refused:
    taken = await take(desk, tx, locked, event)
    if isinstance(taken, OutOfTurn):
        to = "restore" if isinstance(event, EndNow) else "close"
        attempt = Attempt(actor_id(event.by), to, locked.id)
        return await refuse(tx, attempt, out_of_turn(locked, taken))
    return Moved(taken)
