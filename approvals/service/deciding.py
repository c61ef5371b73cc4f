"""Deciding: one click counts once, and the click that completes the quorum looks at everybody again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from approvals.desk import Desk
from approvals.errors import PortError
from approvals.model import (
    Approval,
    Approved,
    Denied,
    EnableMfa,
    Extend,
    IssuePass,
    Person,
    Prolonged,
    Protection,
    QuorumReached,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    Suspend,
)
from approvals.policy import (
    Policy,
    Refusal,
    bound_to_nobody,
    may_complete,
    may_decide,
    may_deny,
    may_prolong_to,
    something_to_suspend,
    stale,
    still_standing,
)
from approvals.ports import Standing, SubjectFacts, Transaction
from approvals.record import Entry
from approvals.redaction import mask_long_digits
from approvals.service.facts import standing_of, unreadable, whose
from approvals.service.model import Click, Counted, Moved, Refused
from approvals.service.steps import Attempt, lock_in_order, must_take, refuse, refuse_alone

TRIES = 3


@dataclass(frozen=True, slots=True)
class _Completing:
    """Everybody looked at again: what the click that completes the quorum rests on."""

    requester: Standing
    subject: SubjectFacts
    standing: tuple[Approval, ...]
    prior: Protection | None

    @property
    def looked_up(self) -> tuple[datetime, datetime]:
        return self.requester.at, self.subject.at


@dataclass(frozen=True, slots=True)
class _Decision:
    """A click with who made it and, where it may complete the quorum, everybody else."""

    click: Click
    approver: Standing
    completing: _Completing | None

    @property
    def attempt(self) -> Attempt:
        return Attempt(whose(self.approver), "approve", self.click.request)

    def too_old(self, now: datetime) -> bool:
        looked_up = self.completing.looked_up if self.completing else ()
        return stale(now, self.approver.at, *looked_up)


@dataclass(frozen=True, slots=True)
class _Locked:
    """The request and, for an extension, what it extends: both locked."""

    request: Request
    extended: Request | None


async def approve(desk: Desk, click: Click) -> Counted | Moved | Refused:
    """Count a yes. Facts are gathered without a lock, and again if the request moved meanwhile."""
    for _ in range(TRIES):
        async with desk.store.transaction(writes=False) as tx:
            seen = await tx.get(click.request)
        decision = await _gather(desk, seen, click)
        if isinstance(decision, Refused):
            return decision
        async with desk.store.transaction() as tx:
            request, extended = await lock_in_order(tx, seen)
            if request.version != seen.version or decision.too_old(tx.now):
                continue
            return await _count(desk, tx, decision, _Locked(request, extended))
    busy = Refusal("state", "The request kept changing while you clicked.", "Look at the card and try again.")
    return await refuse_alone(desk, Attempt(click.caller.chat, "approve", click.request), busy)


async def deny(desk: Desk, click: Click, because: str) -> Moved | Refused:
    """Say no."""
    attempt = Attempt(click.caller.chat, "deny", click.request)
    try:
        approver = await desk.directory.standing(click.caller)
    except PortError as error:
        return await refuse_alone(desk, attempt, unreadable(error))
    attempt = replace(attempt, actor=whose(approver))
    async with desk.store.transaction() as tx:
        request = await tx.lock(click.request)
        refusal = may_deny(request, approver, click.terms)
        if refusal or approver.person is None:
            return await refuse(tx, attempt, refusal or bound_to_nobody())
        denied = Denied(approver.person, mask_long_digits(because))
        return Moved(await must_take(desk, tx, request, denied))


async def _gather(desk: Desk, seen: Request, click: Click) -> _Decision | Refused:
    try:
        approver = await desk.directory.standing(click.caller)
        # Judged under the lock; here it only spares the looking up of everybody else.
        allowed = may_decide(seen, approver, click.terms) is None
        completes = allowed and len(seen.approvals) + 1 >= seen.needed
        completing = await _look_again(desk, seen, click.caller.workspace) if completes else None
    except PortError as error:
        return await refuse_alone(desk, Attempt(click.caller.chat, "approve", seen.id), unreadable(error))
    return _Decision(click, approver, completing)


async def _look_again(desk: Desk, seen: Request, home: str) -> _Completing:
    """Look at requester, earlier approvers and subject, and read the prior state."""
    requester = await standing_of(desk, seen.requester, home)
    earlier = [
        approval
        for approval in seen.approvals
        if still_standing(await standing_of(desk, approval.by, home)) is None
    ]
    subject = await desk.directory.subject(seen.subject.id)
    prior = await _prior(desk, seen)
    return _Completing(requester, subject, tuple(earlier), prior)


async def _prior(desk: Desk, seen: Request) -> Protection | None:
    match seen.action:
        case Suspend() as suspension:
            return await desk.target.read(seen.subject.id, suspension.means)
        case Extend() | SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp() | IssuePass():
            return None
        case never:
            assert_never(never)


async def _count(
    desk: Desk, tx: Transaction, decision: _Decision, locked: _Locked
) -> Counted | Moved | Refused:
    request, completing, by = locked.request, decision.completing, decision.approver.person
    refusal = may_decide(request, decision.approver, decision.click.terms)
    if refusal or by is None:
        return await refuse(tx, decision.attempt, refusal or bound_to_nobody())
    if completing is None:
        return await _one_more(desk, tx, request, by)
    if len(completing.standing) + 1 < request.needed:
        await _forget(tx, request, completing.standing)
        return await _one_more(desk, tx, replace(request, approvals=completing.standing), by)
    refusal = _may_complete(desk.policy, locked, completing, tx.now)
    if refusal:
        return await refuse(tx, decision.attempt, refusal)
    return await _complete(desk, tx, locked, QuorumReached(by, completing.standing, completing.prior))


async def _one_more(desk: Desk, tx: Transaction, request: Request, by: Person) -> Counted:
    counted = await must_take(desk, tx, request, Approved(by))
    return Counted(counted, missing=counted.needed - len(counted.approvals))


async def _forget(tx: Transaction, request: Request, standing: tuple[Approval, ...]) -> None:
    """Record the approvals that no longer count: their approver has left or may no longer approve."""
    for approval in request.approvals:
        if approval not in standing:
            facts = {"approver": approval.by.id}
            await tx.record(Entry("approval no longer counts", request.id, "relatch", facts))


def _may_complete(policy: Policy, locked: _Locked, facts: _Completing, now: datetime) -> Refusal | None:
    request, extended = locked.request, locked.extended
    refusal = may_complete(policy, request, facts.requester, facts.subject)
    if refusal is None and facts.prior is not None:
        refusal = something_to_suspend(facts.prior)
    if refusal is None and extended is not None and isinstance(request.action, Extend):
        refusal = may_prolong_to(policy, extended, request.action.by, now)
    return refusal


async def _complete(desk: Desk, tx: Transaction, locked: _Locked, event: QuorumReached) -> Moved:
    """Take the deciding step; an extension moves the end of what it extends in the same transaction."""
    request, extended = locked.request, locked.extended
    decided = await must_take(desk, tx, request, event)
    if extended is not None and isinstance(request.action, Extend):
        longer = Prolonged(request.requester, request.id, request.action.by)
        await must_take(desk, tx, extended, longer)
    return Moved(decided)
