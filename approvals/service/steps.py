"""Taking a step: state, record and work in the transaction that holds the lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import Do, Kind
from approvals.desk import Essentials
from approvals.machine import OutOfTurn, Step, step
from approvals.model import Event, Extend, Lapsed, Request, RequestId, SetPhone, SetUp, State
from approvals.policy import Refusal
from approvals.ports import Query, Transaction
from approvals.record import Entry, Fact
from approvals.service.model import Refused

HELD_BACK = timedelta(minutes=1)
"""Repeated refusals of one person by one rule are one line in this time, with a count."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tried what: ``actor`` as the record names them, ``to`` a verb, and the request, if any."""

    actor: str
    to: str
    request: RequestId | None = None


async def take(desk: Essentials, tx: Transaction, request: Request, event: Event) -> Request | OutOfTurn:
    """Take the step that *event* means for the locked *request*; return it as it becomes."""
    outcome = step(request, event, tx.now, desk.policy)
    if isinstance(outcome, OutOfTurn):
        return outcome
    over = request.state is State.ACTIVE and outcome.request.state is not State.ACTIVE
    # Before anything is recorded: whoever holds the end of the record waits for no other lock.
    extensions = await _lock_extensions(tx, request.id) if over else []
    await tx.save(outcome.request)
    await _order_and_record(tx, outcome)
    if outcome.request.state is State.CLOSED and isinstance(request.action, SetPhone | SetUp):
        await _forget_number(tx, request.id)
    for extension in extensions:
        await take(desk, tx, extension, Lapsed(f"{request.label} is over"))
    return outcome.request


async def must_take(desk: Essentials, tx: Transaction, request: Request, event: Event) -> Request:
    """Take a step that cannot be out of turn; raise, so that nothing is committed, if it is."""
    taken = await take(desk, tx, request, event)
    if isinstance(taken, OutOfTurn):
        why = f"{request.label} is {taken.state}: {type(event).__name__} is out of turn"
        raise RuntimeError(why)  # noqa: TRY004  # a state, not a type, is wrong
    return taken


async def commit_new(tx: Transaction, first: Step) -> None:
    """Write the first step of a request; raise ``AlreadyLive`` when it is one too many."""
    await tx.add(first.request)
    await _order_and_record(tx, first)


async def lock_in_order(tx: Transaction, request: Request) -> tuple[Request, Request | None]:
    """Lock what *request* extends, then *request*; return both. One order, so no deadlock."""
    extended = await tx.lock(request.action.of) if isinstance(request.action, Extend) else None
    return await tx.lock(request.id), extended


async def refuse(tx: Transaction, attempt: Attempt, refusal: Refusal) -> Refused:
    """Put a refusal on record; the same one again within a minute is only counted."""
    held_back = await tx.refused(attempt.actor, refusal.rule)
    if held_back is None:
        facts: dict[str, Fact] = {"to": attempt.to, "rule": refusal.rule}
        await tx.record(Entry("refused", attempt.request, attempt.actor, facts))
    elif held_back == 1:
        about = f"{attempt.actor}|{refusal.rule}"
        await tx.order(None, Do(kind=Kind.REFUSALS, due_at=tx.now + HELD_BACK, about=about))
    return Refused(refusal.rule, refusal.why, refusal.what_to_do, tx.now, attempt.request)


async def refuse_alone(desk: Essentials, attempt: Attempt, refusal: Refusal) -> Refused:
    """Put a refusal on record in a transaction of its own."""
    async with desk.store.transaction() as tx:
        return await refuse(tx, attempt, refusal)


def out_of_turn(request: Request, found: OutOfTurn) -> Refusal:
    """Say why a step could not be taken."""
    stands = found.outcome or found.state
    return Refusal("state", f"{request.label} is {stands}.", "Look at the card, or at /mfa show.")


async def _order_and_record(tx: Transaction, taken: Step) -> None:
    await tx.order(taken.request.id, *taken.orders)
    await tx.record(taken.entry)


async def _forget_number(tx: Transaction, request: RequestId) -> None:
    """Erase the number that waited for this request: however it ended, nobody needs it any more."""
    await tx.erase_number(request)
    await tx.order(request, Do(kind=Kind.ERASE, due_at=tx.now))


async def _lock_extensions(tx: Transaction, extended: RequestId) -> list[Request]:
    pending = Query(states=frozenset({State.PENDING}), extends=extended)
    return [await tx.lock(extension.id) for extension in await tx.find(pending)]
