"""Showing an access pass: made in the moment in which its requester looks, and kept nowhere.

It is never stored, queued, logged or tried again. That it is removed is ordered before it is made: a
process that dies between the two, or a screen that stayed empty, leaves nobody with a pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from approvals.agenda import SHOW_LIMIT
from approvals.desk import Desk
from approvals.errors import Later, Never, PortError
from approvals.machine import OutOfTurn
from approvals.model import (
    AccessPass,
    Caller,
    IssuePass,
    LeftOpen,
    Rejected,
    Request,
    RequestId,
    Showing,
    Shown,
)
from approvals.policy import Policy, Refusal, bound_to_nobody, may_complete, may_see_pass, stale
from approvals.ports import Screen, Standing, SubjectFacts
from approvals.service.facts import unreadable, whose
from approvals.service.model import PassNotShown, PassShown, Refused
from approvals.service.steps import Attempt, must_take, refuse, refuse_alone, take

NOT_WRITTEN = "whether it was written down that it was shown is not known; /mfa restore takes it back"
TOO_SLOW = "it took too long"
ENDED = "it was ended meanwhile"


@dataclass(frozen=True, slots=True)
class _Showing:
    """A showing that is used up from here on; ``pressed`` is the monotonic time at which it was asked for."""

    request: Request
    action: IssuePass
    correlation: str
    pressed: float

    def too_late(self, desk: Desk) -> bool:
        """Return whether the pass's removal is so near that it is not shown any more."""
        return desk.clock.monotonic() - self.pressed > SHOW_LIMIT.total_seconds()


async def show_pass(
    desk: Desk, caller: Caller, request: RequestId, screen: Screen
) -> PassShown | PassNotShown | Refused:
    """Show an approved pass to its requester, once."""
    showing = await _begin(desk, caller, request)
    if isinstance(showing, Refused):
        return showing
    outcome = await _issue_and_show(desk, showing, screen)
    not_shown = "" if isinstance(outcome, Shown) else outcome.why
    try:
        async with desk.store.transaction() as tx:
            taken = await take(desk, tx, await tx.lock(request), outcome)
    except Later:  # what was ordered before removes it
        return PassNotShown(showing.request, not_shown or NOT_WRITTEN)
    if isinstance(taken, OutOfTurn):
        return PassNotShown(showing.request, not_shown or ENDED)
    return PassNotShown(taken, not_shown) if not_shown else PassShown(taken)


async def _begin(desk: Desk, caller: Caller, request: RequestId) -> _Showing | Refused:
    """Look at requester and subject once more, and use up the showing before anything is sent."""
    pressed, attempt = desk.clock.monotonic(), Attempt(caller.chat, "show pass", request)
    async with desk.store.transaction(writes=False) as tx:
        seen, now = await tx.get(request), tx.now
    try:
        who = await desk.directory.standing(caller)
        # Judged under the lock; here it only spares the looking up of the subject.
        refused = may_see_pass(seen, who, now)
        subject = None if refused else await desk.directory.subject(seen.subject.id)
    except PortError as error:
        return await refuse_alone(desk, attempt, unreadable(error))
    attempt, correlation = replace(attempt, actor=whose(who)), desk.correlation()
    async with desk.store.transaction() as tx:
        locked = await tx.lock(request)
        refusal = may_see_pass(locked, who, tx.now) or _people(desk.policy, locked, (who, subject), tx.now)
        if refusal or who.person is None or not isinstance(locked.action, IssuePass):
            return await refuse(tx, attempt, refusal or bound_to_nobody())
        showing = await must_take(desk, tx, locked, Showing(who.person, correlation))
        return _Showing(showing, locked.action, correlation, pressed)


def _people(
    policy: Policy, request: Request, looked_up: tuple[Standing, SubjectFacts | None], now: datetime
) -> Refusal | None:
    """Judge the people as in the click that completed the quorum."""
    who, subject = looked_up
    if subject is None or stale(now, who.at, subject.at):
        return Refusal("facts", "Looking everybody up took too long.", "Press the button again.")
    return may_complete(policy, request, who, subject)


async def _issue_and_show(desk: Desk, showing: _Showing, screen: Screen) -> Shown | Rejected | LeftOpen:
    """Have the pass made and look that it is seen; what may be there and was not seen is left open."""
    if showing.too_late(desk):
        return Rejected(f"nothing was made: {TOO_SLOW}")
    subject, correlation = showing.request.subject.id, showing.correlation
    try:
        issued = await desk.passes.issue(subject, showing.action, correlation)
    except Never as error:
        return Rejected(f"nothing was made: {error.whole}")
    except Later as error:
        return LeftOpen(error.why)
    unfit = _unfit(issued) or (TOO_SLOW if showing.too_late(desk) else "")
    if unfit:
        return LeftOpen(unfit, issued.id)
    try:
        await screen.show(showing.request, issued)
    except PortError as error:
        return LeftOpen(f"it could not be shown: {error.why}", issued.id)
    return Shown(issued.id)


def _unfit(issued: AccessPass) -> str:
    return f"nobody could sign in with it, says Entra: {issued.unusable}" if issued.unusable else ""
