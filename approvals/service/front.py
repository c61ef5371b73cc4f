"""The front door of the core, behind which each use case has its module."""

from __future__ import annotations

from approvals.model import Actor, Caller, Request, RequestId
from approvals.policy import Refusal
from approvals.ports import Query, Standing
from approvals.service.model import Ask, Asked, AskForMore, Click, Counted, Moved, Refused, Role


class Service:
    """Every method may raise ``Later`` when the database does not answer: then nothing was changed."""

    async def admit(self, caller: Caller, role: Role, *, to: str) -> Standing | Refused:
        """Say who *caller* is, if they may act as *role*; a refusal is recorded under *to*."""
        raise NotImplementedError

    async def submit(self, ask: Ask) -> Asked | Refused:
        """Ask for a suspension."""
        raise NotImplementedError

    async def extend(self, ask: AskForMore) -> Asked | Refused:
        """Ask for more time: a request of its own."""
        raise NotImplementedError

    async def approve(self, click: Click) -> Counted | Moved | Refused:
        """Say yes."""
        raise NotImplementedError

    async def deny(self, click: Click, because: str) -> Moved | Refused:
        """Say no, with a reason."""
        raise NotImplementedError

    async def withdraw(self, caller: Caller, request: RequestId) -> Moved | Refused:
        """Take back one's own undecided request."""
        raise NotImplementedError

    async def restore(self, caller: Caller, request: RequestId, because: str = "") -> Moved | Refused:
        """End a suspension now."""
        raise NotImplementedError

    async def order_restore(self, actor: Actor, request: RequestId, because: str = "") -> Moved | Refused:
        """End a suspension now, by an operator at the command line."""
        raise NotImplementedError

    async def close_as_is(self, actor: Actor, request: RequestId, because: str) -> Moved | Refused:
        """Give up on a restore; the only way to."""
        raise NotImplementedError

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> Refused:
        """Record an attempt that failed before it reached a use case (grammar, nobody found)."""
        raise NotImplementedError

    async def get(self, request: RequestId) -> Request:
        """Return one request; raise ``UnknownRequest``."""
        raise NotImplementedError

    async def find(self, query: Query) -> tuple[list[Request], int]:
        """Return what matches, newest first, and how many match in all."""
        raise NotImplementedError
