"""The database."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from approvals.agenda import Kind, Order, Work
from approvals.model import (
    ActionKind,
    MessageRef,
    Notice,
    PersonId,
    PhoneNumber,
    Request,
    RequestId,
    State,
)
from approvals.record import Entry, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which requests: all that match every criterion given, newest first."""

    states: frozenset[State] | None = None
    kind: ActionKind | None = None
    kinds: frozenset[ActionKind] | None = None
    requester: PersonId | None = None
    subject: PersonId | None = None
    extends: RequestId | None = None
    since: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that stands in the chat: the card (``role`` "card") or a direct message."""

    ref: MessageRef
    notice: Notice | None


class Transaction(Protocol):
    """One database transaction. ``now`` is one value for all of it."""

    @property
    def now(self) -> datetime:
        """Return the time of this transaction, aware, in UTC."""
        ...

    async def new_id(self) -> RequestId:
        """Return the next request number; one that is rolled back may be used again."""
        ...

    async def get(self, request: RequestId) -> Request:
        """Return it without a lock; raise ``UnknownRequest``."""
        ...

    async def lock(self, request: RequestId) -> Request:
        """Return it locked until the end of the transaction; raise ``UnknownRequest``."""
        ...

    async def find(self, query: Query) -> list[Request]:
        """Return what matches, newest first."""
        ...

    async def count(self, query: Query) -> int:
        """Return how many match, whatever ``query.limit`` is."""
        ...

    async def add(self, request: Request) -> None:
        """Insert it; raise ``AlreadyLive`` when one with its slot is live for its subject."""
        ...

    async def save(self, request: Request) -> None:
        """Write it over the row that is locked, with the next ``version``."""
        ...

    async def keep_number(self, request: RequestId, number: PhoneNumber) -> None:
        """Keep the number that *request* is about until it is erased."""
        ...

    async def number(self, request: RequestId) -> PhoneNumber | None:
        """Return the number that *request* is about, while it is kept."""
        ...

    async def erase_number(self, request: RequestId) -> bool:
        """Erase it; return whether there was one."""
        ...

    async def order(self, request: RequestId | None, *orders: Order) -> None:
        """Order work and take work back, in the order given."""
        ...

    async def claim(self, kinds: tuple[Kind, ...], limit: int, lease: timedelta) -> list[Work]:
        """Lease up to *limit* items of *kinds* that are due, restores most overdue first."""
        ...

    async def holds(self, work: Work) -> bool:
        """Return whether *work* is still leased by this claim, still there and still due."""
        ...

    async def start(self, work: Work) -> None:
        """Note that a call is about to be sent for *work*."""
        ...

    async def done(self, *works: Work) -> None:
        """Remove *works*, apart from what was ordered anew or leased by another meanwhile."""
        ...

    async def again(self, work: Work, due_at: datetime, error: str, *, tried: bool = True) -> None:
        """Give *work* back, to fall due at *due_at*; a newer order's time wins.

        What was not even *tried* counts as no attempt.
        """
        ...

    async def ordered(self, request: RequestId | None, kind: Kind) -> Work | None:
        """Return the work of *kind* that is ordered (for *request*, or for none), whoever holds it."""
        ...

    async def waits(self, work: Work) -> bool:
        """Return whether older work of the same kind for the same request is still to be done."""
        ...

    async def ripe(self, kinds: tuple[Kind, ...]) -> frozenset[Kind]:
        """Return of which of *kinds* something can be claimed now."""
        ...

    async def next_due(self, kinds: tuple[Kind, ...]) -> datetime | None:
        """Return when the next unleased item falls due, or the next lease ends."""
        ...

    async def record(self, entry: Entry) -> Line:
        """Append to the record."""
        ...

    async def head(self) -> Line | None:
        """Return the record's last line."""
        ...

    async def refused(self, actor: str, rule: str) -> int | None:
        """Count a refusal of *actor* by *rule*.

        Returns ``None`` for the first within a minute (record it), else how many were held back.
        """
        ...

    async def held_back(self, actor: str, rule: str) -> int:
        """Return how many refusals were held back, and forget them."""
        ...

    async def sent(self, request: RequestId, role: str) -> Sent | None:
        """Return where the message of that role stands."""
        ...

    async def keep(self, request: RequestId, role: str, sent: Sent) -> None:
        """Remember where the message of that role stands."""
        ...


class Store(Protocol):
    """The database."""

    def transaction(self, *, writes: bool = True) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction: committed at the end of the block, rolled back by any exception.

        Raises ``Later`` when the database does not answer, ``Uncertain`` when it does not answer
        to the commit. One that only reads (``writes=False``) waits for nobody.
        """
        ...

    async def scrub(self) -> None:
        """Make what was erased unreadable in the database's own files too; ``Later`` when it is in use."""
        ...
