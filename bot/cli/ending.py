"""``relatch restore`` and ``relatch close``: ending suspensions from this machine."""

from __future__ import annotations

import asyncio
import getpass
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Final

from cyclopts import ArgumentCollection, Group, Parameter

from approvals.agenda import Kind, Work
from approvals.errors import PortError
from approvals.model import (
    ActionKind,
    Extend,
    IssuePass,
    Operator,
    Outcome,
    Request,
    RequestId,
    State,
    Suspend,
    label,
)
from approvals.ports import Query
from approvals.runner import Runner, putting_back
from approvals.service import Refused
from approvals.service.ending import close_as_is, order_restore
from approvals.work.claims import lowering
from bot.cli import opening
from bot.cli.listing import is_overdue
from bot.cli.reading import Number, Reason, Wait
from bot.entra.answers import Refused as GraphRefused
from bot.entra.answers import Unclear
from bot.exit_codes import DONE, NO, OUTSIDE, USAGE
from bot.wiring import Base

LOWERED: Final = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
PATIENCE: Final = timedelta(seconds=60)
LOOK_EVERY: Final = 0.25
"""Seconds between two looks at what another process may have proved."""
LAST_CALL: Final = 20.0
"""Seconds for a call that is under way when the time is over; cut off, it would block others for a minute."""


def _exactly_one(which: ArgumentCollection) -> None:
    if len(which.filter_by(value_set=True)) != 1:
        raise ValueError("Give one of them: a request such as R-12, --overdue, or --all.")


WHICH = Group("Which", validator=_exactly_one)


async def restore(  # noqa: PLR0913  # the options of a command
    request: Annotated[Number | None, Parameter(group=WHICH)] = None,
    /,
    *,
    overdue: Annotated[bool, Parameter(group=WHICH)] = False,
    all_: Annotated[bool, Parameter(name="--all", group=WHICH)] = False,
    dry_run: bool = False,
    wait: Wait = PATIENCE,
    because: Reason = "",
) -> int:
    """Put MFA back from this machine, with the bot down or beside it, and prove it by a read.

    Parameters
    ----------
    request
        One request, such as R-12.
    overdue
        Every suspension that should have ended longer ago than the policy allows (suspend.overdue).
    all_
        Every live suspension.
    dry_run
        Only say which, and change nothing.
    wait
        How long to wait for the proof, such as 5m; 60s unless it is given.
    because
        A reason, for the record and the announcement.
    """
    async with opening.tenant() as base:
        chosen = await _chosen(base, request, only_overdue=overdue)
        if not chosen:
            _say(["Nothing is suspended." if all_ else "Nothing is overdue."])
        if other := next((one for one in chosen if not isinstance(one.action, Suspend)), None):
            return _misused(_no_suspension(other))
        if dry_run:
            _say(_would(one) for one in chosen)
            return DONE
        for one in chosen:
            if one.lowers:
                await order_restore(base.essentials, operator(), one.id, because)
        return await _until_proved(base, [one.id for one in chosen], wait)


async def close(request: Number, /, *, as_is: bool, because: Reason) -> int:
    """Give up on a restore and leave MFA as it is: on record, and posted.

    Parameters
    ----------
    request
        The request, such as R-12.
    as_is
        Says that you mean it.
    because
        The reason, for the record and the announcement.
    """
    if not as_is:
        return _misused("close leaves somebody without MFA, so it needs --as-is")
    async with opening.tenant() as base:
        done = await close_as_is(base.essentials, operator(), request, because)
    if isinstance(done, Refused):
        _say([f"{done.why} There is nothing to give up."])
        return NO
    subject = done.request.subject.upn
    what = "the access pass" if isinstance(done.request.action, IssuePass) else "MFA"
    _say([f"{done.request.label} is closed without restoring; {what} of {subject} stays as it is."])
    return DONE


def operator() -> Operator:
    """Return who acts, as the record names them."""
    return Operator(f"{getpass.getuser()}@{socket.gethostname()}")


async def _chosen(base: Base, request: RequestId | None, *, only_overdue: bool) -> Sequence[Request]:
    allowed = base.essentials.policy.timing.overdue
    async with base.storage.store.transaction(writes=False) as tx:
        if request is not None:
            return [await tx.get(request)]
        live = await tx.find(Query(states=LOWERED, kind=ActionKind.SUSPEND, limit=10_000))
        return [one for one in live if not only_overdue or is_overdue(one, tx.now, allowed)]


@dataclass(slots=True)
class _Attempts:
    """What this process tries; satisfies ``approvals.ports.Observer``."""

    failed_last: dict[RequestId, Exception] = field(default_factory=dict)

    def claimed(self, work: Work) -> None:
        """Nobody asks for the metrics of a command."""

    def restored(self, request: Request, late: timedelta) -> None:  # noqa: ARG002  # the port's
        """Forget what stood in the way; the result is told from the database, whoever proved it."""
        self.failed_last.pop(request.id, None)

    def put_back_from_memory(self, request: Request) -> None:
        """Only ``serve`` remembers anything."""

    def failed(self, work: Work, error: Exception) -> None:
        """Say and keep it."""
        if work.request is not None:
            why = error.why if isinstance(error, PortError) else type(error).__name__
            _say([f"{label(work.request)}: {why}; trying again"])
            self.failed_last[work.request] = error

    def unanswered(self, requests: Iterable[Request]) -> bool:
        """Return whether it was Graph that stood in the way of one of *requests*."""
        found = (self.failed_last.get(one.id) for one in requests)
        return any(isinstance(error, Unclear | GraphRefused) for error in found)


async def _until_proved(base: Base, waiting: Sequence[RequestId], patience: timedelta) -> int:
    """Put back here what falls due, until all is proved, here or by the bot, or the time is over."""
    attempts, clock = _Attempts(), base.essentials.clock
    essentials = replace(base.essentials, observer=attempts)
    runner = Runner(essentials, {Kind.RESTORE: putting_back(essentials)[Kind.RESTORE]})
    over = clock.monotonic() + patience.total_seconds()
    open_ = await _open(base, waiting)
    while open_ and clock.monotonic() < over:
        await runner.tick()
        await asyncio.sleep(LOOK_EVERY)
        open_ = await _open(base, [one.id for one in open_])
    runner.stop_claiming()
    await runner.drain(LAST_CALL)
    open_ = await _open(base, [one.id for one in open_])
    _say(f"{_name(one)} is not proved: {_how(one)}" for one in open_)
    if not open_:
        return await _verdict(base, waiting)
    return OUTSIDE if attempts.unanswered(open_) or not await _answers(base, open_[0]) else NO


async def _open(base: Base, requests: Sequence[RequestId]) -> list[Request]:
    """Return those that still lower, and say how the others ended."""
    async with base.storage.store.transaction(writes=False) as tx:
        found = [await tx.get(number) for number in requests]
    _say(f"{_name(one)} {_how(one)}" for one in found if not one.lowers)
    return [one for one in found if one.lowers]


async def _verdict(base: Base, requests: Sequence[RequestId]) -> int:
    """Return "no" when MFA was given up for one of *requests*, which nothing proves to be back."""
    async with base.storage.store.transaction(writes=False) as tx:
        outcomes = [(await tx.get(number)).outcome for number in requests]
    return NO if Outcome.CLOSED_AS_IS in outcomes else DONE


async def _answers(base: Base, open_: Request) -> bool:
    """Ask Entra once, for the bot may have tried instead of us."""
    lowered = lowering(open_)
    try:
        async with asyncio.timeout(LAST_CALL):
            await base.essentials.target.read(lowered.subject, lowered.by)
    except (PortError, TimeoutError):
        return False
    return True


def _name(request: Request) -> str:
    return f"{request.label} {request.subject.upn}"


def _would(request: Request) -> str:
    if not request.lowers:
        return f"{_name(request)} {_how(request)}"
    return f"{_name(request)} is {request.state}: MFA would be put back to {request.prior}"


def _no_suspension(request: Request) -> str:
    if isinstance(request.action, Extend):
        return f"{request.label} only extends {label(request.action.of)}: restore that one"
    if isinstance(request.action, IssuePass):
        return f"{request.label} is about an access pass: /mfa restore {request.label} takes it back"
    return f"{request.label} is no suspension: there is nothing to restore"


def _how(request: Request) -> str:
    """Say how *request* stands, as far as MFA goes."""
    match request.outcome:
        case Outcome.RESTORED | Outcome.RESTORED_BY_SOMEONE_ELSE:
            at = f"{request.closed_at:%Y-%m-%d %H:%M:%S} UTC" if request.closed_at else ""
            return f"is {request.outcome}: MFA is {request.restored_to}, checked {at}"
        case Outcome.SUBJECT_DELETED:
            return "is over: the account is deleted"
        case Outcome.CLOSED_AS_IS:
            return "was closed without restoring: MFA stays as it is"
        case Outcome.DENIED | Outcome.WITHDRAWN | Outcome.LAPSED | Outcome.FAILED | Outcome.DONE:
            return f"is {request.outcome}: nothing was lowered"
        case None if request.lowers:
            return f"is {request.state}; the order to restore stands, and is carried out by `relatch serve`"
        case None:
            return "is not approved: nothing was lowered"


def _misused(why: str) -> int:
    sys.stderr.write(f"relatch: {why}\n")
    return USAGE


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
