"""Looking whether a claim still holds, and giving work back."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import Work
from approvals.desk import Desk
from approvals.model import Request, RequestId
from approvals.ports import Transaction


async def locked(tx: Transaction, work: Work, request: RequestId) -> Request | None:
    """Lock the request, then look at the claim: ``None`` when it has passed to another or moved."""
    found = await tx.lock(request)
    return found if await tx.holds(work) else None


async def give_back(desk: Desk, work: Work, after: timedelta, why: str) -> None:
    """Let *work* fall due again *after* a while."""
    async with desk.store.transaction() as tx:
        await tx.again(work, tx.now + after, why)
