"""Looking whether a claim still holds, giving work back, and what a suspension lowers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import Work
from approvals.desk import Essentials
from approvals.model import Means, PersonId, Protection, Request, RequestId, Suspend
from approvals.ports import Transaction


@dataclass(frozen=True, slots=True)
class Lowering:
    """Whose protection is lowered, how, and what is put back. All three belong to the request."""

    subject: PersonId
    by: Means
    prior: Protection


def lowering(request: Request) -> Lowering:
    """Return what *request* lowers; raise ``RuntimeError`` unless it is an approved suspension."""
    if request.prior is None or not isinstance(request.action, Suspend):
        raise RuntimeError(f"{request.label} lowers nothing, or what it would put back is unknown")
    return Lowering(request.subject.id, request.action.means, request.prior)


async def locked(tx: Transaction, work: Work, request: RequestId) -> Request | None:
    """Lock the request, then look at the claim: ``None`` when it has passed to another or moved."""
    found = await tx.lock(request)
    return found if await tx.holds(work) else None


async def give_back(desk: Essentials, work: Work, after: timedelta, why: str) -> None:
    """Let *work* fall due again *after* a while."""
    async with desk.store.transaction() as tx:
        await tx.again(work, tx.now + after, why)


async def finish(desk: Essentials, work: Work) -> None:
    """Remove *work*: there is nothing left to do."""
    async with desk.store.transaction() as tx:
        await tx.done(work)
