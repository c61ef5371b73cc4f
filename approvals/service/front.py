"""The front door of the core, behind which each use case has its module."""

from __future__ import annotations

from approvals.desk import Desk
from approvals.errors import PortError
from approvals.model import ActionKind, Actor, Caller, Person, PersonId, Request, RequestId
from approvals.policy import Refusal, may_approve, may_read, may_request
from approvals.ports import Query, Screen, Standing, SubjectFacts
from approvals.service import asking, changing, deciding, ending, showing
from approvals.service.facts import unreadable, whose
from approvals.service.model import (
    Ask,
    AskChange,
    Asked,
    AskForMore,
    Click,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refused,
    Revealed,
    Role,
    Unconfirmed,
)
from approvals.service.steps import Attempt, refuse_alone

RULES = {Role.REQUESTER: may_request, Role.APPROVER: may_approve, Role.EITHER: may_read}


class Service:
    """The use cases, over one ``Desk``.

    Every method may raise ``Later`` when the database does not answer: then nothing was changed,
    except for ``Uncertain``, when nobody knows. ``UnknownRequest`` is raised for a number that was
    never given.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def admit(self, caller: Caller, role: Role, *, to: str) -> Standing | Refused:
        """Say who *caller* is, if they may act as *role*; a refusal is recorded under *to*."""
        try:
            who = await self._desk.directory.standing(caller)
        except PortError as error:
            return await refuse_alone(self._desk, Attempt(caller.chat, to), unreadable(error))
        refusal = RULES[role](who)
        return await refuse_alone(self._desk, Attempt(whose(who), to), refusal) if refusal else who

    async def submit(self, ask: Ask) -> Asked | Refused | Unconfirmed:
        """Ask for a suspension."""
        return await asking.submit(self._desk, ask)

    async def extend(self, ask: AskForMore) -> Asked | Refused:
        """Ask for more time: a request of its own."""
        return await asking.extend(self._desk, ask)

    async def consider(self, caller: Caller, subject: PersonId, kind: ActionKind) -> SubjectFacts | Refused:
        """Say whether *caller* may ask for a change of this kind about *subject* at all."""
        return await changing.consider(self._desk, caller, subject, kind)

    async def ask_change(self, ask: AskChange) -> Asked | Refused:
        """Ask for a change that stays."""
        return await changing.ask_change(self._desk, ask)

    async def guide(self, caller: Caller, subject: PersonId) -> Person | Refused:
        """Send *subject* the steps for setting up an app; return who that is."""
        return await changing.guide(self._desk, caller, subject)

    async def show_number(self, click: Click) -> Revealed | Refused:
        """Show the number that waits for approval to an approver."""
        return await changing.show_number(self._desk, click)

    async def show_pass(
        self, caller: Caller, request: RequestId, screen: Screen
    ) -> PassShown | PassNotShown | Refused:
        """Show an approved access pass to its requester, once; it is made now."""
        return await showing.show_pass(self._desk, caller, request, screen)

    async def approve(self, click: Click) -> Counted | Moved | Refused:
        """Say yes."""
        return await deciding.approve(self._desk, click)

    async def deny(self, click: Click, because: str) -> Moved | Refused:
        """Say no, with a reason."""
        return await deciding.deny(self._desk, click, because)

    async def withdraw(self, caller: Caller, request: RequestId) -> Moved | Refused:
        """Take back one's own undecided request."""
        return await asking.withdraw(self._desk, caller, request)

    async def restore(self, caller: Caller, request: RequestId, because: str = "") -> Moved | Refused:
        """End a suspension, or take a pass back, now."""
        return await ending.restore(self._desk, caller, request, because)

    async def order_restore(self, actor: Actor, request: RequestId, because: str = "") -> Moved | Refused:
        """End a suspension now, by an operator at the command line."""
        return await ending.order_restore(self._desk, actor, request, because)

    async def close_as_is(self, actor: Actor, request: RequestId, because: str) -> Moved | Refused:
        """Give up on a restore; the only way to."""
        return await ending.close_as_is(self._desk, actor, request, because)

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> Refused:
        """Record an attempt that failed before it reached a use case (grammar, nobody found)."""
        return await refuse_alone(self._desk, Attempt(caller.chat, to), refusal)

    async def get(self, request: RequestId) -> Request:
        """Return one request; raise ``UnknownRequest``."""
        async with self._desk.store.transaction(writes=False) as tx:
            return await tx.get(request)

    async def find(self, query: Query) -> tuple[list[Request], int]:
        """Return what matches, newest first, and how many match in all."""
        async with self._desk.store.transaction(writes=False) as tx:
            return await tx.find(query), await tx.count(query)
