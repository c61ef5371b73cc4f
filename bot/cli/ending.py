"""``relatch restore`` and ``relatch close``: ending suspensions from this machine."""

from __future__ import annotations

import asyncio
import getpass
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Annotated, Final

from cyclopts import Group, Parameter, validators

from approvals.agenda import Kind, Work
from approvals.errors import NotYet, PortError
from approvals.model import Operator, Outcome, Request, RequestId, State, label
from approvals.ports import Query
from approvals.runner import Runner, putting_back
from approvals.service import Refused
from approvals.service.ending import close_as_is, order_restore
from bot import wiring
from bot.config import TenantSettings, load_policy, load_settings
from bot.exit_codes import DONE, NO, OUTSIDE
from bot.lifecycle import ready_schema
from bot.wiring import Base
from commands import words

LOWERED: Final = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
WELL: Final = frozenset({Outcome.RESTORED, Outcome.RESTORED_BY_SOMEONE_ELSE, Outcome.SUBJECT_DELETED})
WHICH = Group("Which", validator=validators.mutually_exclusive)
LOOK_EVERY: Final = 0.25


async def restore(  # noqa: PLR0913  # the options of a command
    request: Annotated[str | None, Parameter(group=WHICH)] = None,
    /,
    *,
    overdue: Annotated[bool, Parameter(group=WHICH)] = False,
    all_: Annotated[bool, Parameter(name="--all", group=WHICH)] = False,
    dry_run: bool = False,
    wait: str = "60s",
    because: str = "",
) -> int:
    """Put MFA back from this machine, with the bot down or beside it.

    The exit code is 0 when all is proved or was so already, 1 when a restore is not proved in
    time, 2 for an unknown request, 3 when Entra or the database does not answer.

    Parameters
    ----------
    request
        One request, such as R-12.
    overdue
        Every suspension that should have ended already.
    all_
        Every live suspension.
    dry_run
        Only say which.
    wait
        How long to wait for the proof.
    because
        A reason, for the record.
    """
    if not (request or overdue or all_):
        raise ValueError("say which: a request such as R-12, --overdue, or --all")
    patience = words.duration(wait)
    async with AsyncExitStack() as stack:
        base = await opened(stack)
        chosen = await _chosen(base, request, only_overdue=overdue)
        if dry_run:
            _say([f"{one.label} {one.subject.upn} would be put back to {one.prior}" for one in chosen])
            return DONE
        for one in chosen:
            if one.state in LOWERED:
                await order_restore(base.essentials, operator(), one.id, because)
        return await _wait(base, [one.id for one in chosen], patience)


async def close(request: str, /, *, as_is: bool = False, because: str = "") -> int:
    """Give up on a restore and leave MFA as it is: on record, and posted.

    Parameters
    ----------
    request
        The request, such as R-12.
    as_is
        Says that you mean it; required.
    because
        The reason; required.
    """
    if not as_is or not because.strip():
        raise ValueError("close leaves somebody without MFA: it needs --as-is and --because REASON")
    async with AsyncExitStack() as stack:
        base = await opened(stack)
        done = await close_as_is(base.essentials, operator(), words.request(request), because)
    if isinstance(done, Refused):
        _say([f"{done.why} {done.what_to_do}"])
        return NO
    subject = done.request.subject.upn
    _say([f"{done.request.label} is closed without restoring; MFA of {subject} stays as it is."])
    return DONE


def operator() -> Operator:
    """Return who acts, as the record names them."""
    return Operator(f"{getpass.getuser()}@{socket.gethostname()}")


async def opened(stack: AsyncExitStack) -> Base:
    """Open database and Entra."""
    settings, policy = load_settings(TenantSettings), load_policy()
    storage = await wiring.storage(stack, settings)
    await ready_schema(storage)
    return await wiring.base(stack, settings, policy, storage)


async def _chosen(base: Base, request: str | None, *, only_overdue: bool) -> Sequence[Request]:
    async with base.storage.store.transaction(writes=False) as tx:
        if request is not None:
            return [await tx.get(words.request(request))]
        live = await tx.find(Query(states=LOWERED, limit=10_000))
        return [one for one in live if not only_overdue or (one.ends_at and one.ends_at < tx.now)]


@dataclass(slots=True)
class _Faults:
    """What stood in the way; satisfies ``approvals.ports.Observer``."""

    errors: list[Exception] = field(default_factory=list)

    def restored(self, request: Request, late: timedelta) -> None:
        """Say so."""
        seconds = int(late.total_seconds())
        proof = f"{request.outcome} to {request.restored_to}, checked, {seconds} s after its end"
        _say([f"{request.label} {request.subject.upn}: {proof}"])

    def put_back_from_memory(self, request: Request) -> None:
        """Say so."""
        _say([f"{request.label} {request.subject.upn}: put back while the database was away"])

    def failed(self, work: Work, error: Exception) -> None:
        """Keep it."""
        why = error.why if isinstance(error, PortError) else type(error).__name__
        _say([f"{label(work.request) if work.request else work.kind}: {why}; trying again"])
        self.errors.append(error)


async def _wait(base: Base, requests: Sequence[RequestId], patience: timedelta) -> int:
    """Put back here what falls due, until all is proved or the time is over."""
    faults = _Faults()
    essentials = replace(base.essentials, observer=faults)
    restoring = {Kind.RESTORE: putting_back(essentials)[Kind.RESTORE]}
    runner = Runner(essentials, restoring)
    deadline = essentials.clock.monotonic() + patience.total_seconds()
    while True:
        await runner.run_due()
        open_ = await _open(base, requests)
        if not open_:
            return DONE
        if essentials.clock.monotonic() >= deadline:
            break
        await asyncio.sleep(LOOK_EVERY)
    _say([f"{one.label} {one.subject.upn} is {one.outcome or one.state}: not proved" for one in open_])
    unanswered = [error for error in faults.errors if isinstance(error, PortError)]
    return OUTSIDE if any(not isinstance(error, NotYet) for error in unanswered) else NO


async def _open(base: Base, requests: Sequence[RequestId]) -> list[Request]:
    """Return those that are not known to be well."""
    async with base.storage.store.transaction(writes=False) as tx:
        found = [await tx.get(number) for number in requests]
    return [one for one in found if one.lowers or one.outcome is Outcome.CLOSED_AS_IS]


def _say(lines: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
