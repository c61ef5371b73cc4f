"""What the core needs from outside. Adapters in ``bot`` satisfy these structurally.

Every method of ``Directory``, ``Target`` and ``Tell`` raises ``Later`` or ``Never`` (``Gone``
for what does not exist) and nothing else on purpose. Nothing here may be called inside a
``Store`` transaction.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto, unique
from typing import Protocol

from approvals.agenda import Kind, Order, Work
from approvals.model import (
    AccessPass,
    ActionKind,
    Caller,
    Change,
    ChatId,
    Forecast,
    IssuePass,
    Means,
    MessageRef,
    Notice,
    Person,
    PersonId,
    PhoneNumber,
    Protection,
    Request,
    RequestId,
    StandingPass,
    State,
)
from approvals.record import Entry, Line


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a chat account is and what it may do, looked up at ``at``.

    ``barred`` says in words why this account may do nothing (a guest, deactivated, another
    workspace, bound to nobody, disabled in Entra); it is empty for people in good standing.
    ``person`` is ``None`` only together with ``barred``.
    """

    chat: ChatId
    person: Person | None
    requester: bool
    approver: bool
    barred: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What matters about the person whose MFA it is, looked up at ``at``.

    ``protected`` holds a sentence for each rule that protects them, after the rule's key:
    ``("protect.roles", "holds Exchange Administrator (eligible)")``. ``unreadable`` names
    what could not be read; while it holds anything the subject counts as protected.
    ``second_factors`` is ``None`` when the methods could not be read.
    """

    person: Person
    guest: bool
    enabled: bool
    roles: tuple[str, ...]
    protected: tuple[tuple[str, str], ...]
    unreadable: tuple[str, ...]
    second_factors: int | None
    at: datetime


class Directory(Protocol):
    """Facts about people."""

    async def standing(self, caller: Caller) -> Standing:
        """Look up who *caller* is and which of the policy's groups hold them, now."""
        ...

    async def subject(self, who: PersonId) -> SubjectFacts:
        """Look up *who* and everything that protects them; ``Gone`` when there is no such account."""
        ...

    async def approvers(self) -> tuple[Person, ...]:
        """Return everybody in good standing who may decide, now."""
        ...

    async def forecast(self, who: Person, by: Means) -> Forecast:
        """Say whether lowering *who* *by* a lever would change anything; within 10 s, whatever is away."""
        ...


@unique
class Whereabouts(Enum):
    """Where an account is to be found."""

    PRESENT = auto()
    DELETED = auto()
    NOWHERE = auto()


class Target(Protocol):
    """A lever: where protection is lowered and put back."""

    async def read(self, subject: PersonId, by: Means) -> Protection:
        """Return what is there now; ``Never`` for a value that cannot be named, ``Gone`` on 404."""
        ...

    async def lower(self, subject: PersonId, by: Means, correlation: str) -> None:
        """Lower it, once, within 20 s.

        ``Never`` means certainly not done; ``Later`` and anything else leave it open.
        """
        ...

    async def put_back(self, subject: PersonId, by: Means, prior: Protection, correlation: str) -> None:
        """Write *prior*; may be sent twice."""
        ...

    async def revoke_sessions(self, subject: PersonId, correlation: str) -> None:
        """Sign the subject out everywhere; may be sent twice."""
        ...

    async def whereabouts(self, subject: PersonId) -> Whereabouts:
        """Return whether the account is there, deleted but recoverable, or nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read shows of a change: whether it ``holds``, and in ``words``, numbers masked."""

    holds: bool
    words: str


class Registrar(Protocol):
    """Where phones, default methods and MFA itself are set for good.

    ``number`` belongs to a phone and to nothing else. The right to ask for it is the core's to judge.
    """

    async def look(self, subject: PersonId, change: Change, number: PhoneNumber | None) -> Seen:
        """Return whether *change* is so now; ``Gone`` for an account that is not there."""
        ...

    async def make(
        self, subject: PersonId, change: Change, number: PhoneNumber | None, correlation: str
    ) -> None:
        """Write *change*, within 20 s; may be sent twice.

        ``Never`` means certainly not done; ``Later`` and anything else leave it open.
        """
        ...


class Passes(Protocol):
    """Where Temporary Access Passes are made and removed."""

    async def issue(self, subject: PersonId, asked: IssuePass, correlation: str) -> AccessPass:
        """Make one, once, within 20 s.

        ``Never`` means certainly not made; ``Later`` and anything else leave it open.
        """
        ...

    async def standing(self, subject: PersonId) -> tuple[StandingPass, ...]:
        """Return those that are there; ``Gone`` for an account that is not there."""
        ...

    async def remove(self, subject: PersonId, one: str, correlation: str) -> None:
        """Remove the one of this id; may be sent twice: one that is not there is as good as removed."""
        ...


class Screen(Protocol):
    """What the one who pressed a button sees, nobody else, and only while it is open."""

    async def open(self, request: RequestId) -> None:
        """Open it at once, empty; ``PortError`` when it could not be."""
        ...

    async def show(self, request: Request, issued: AccessPass) -> None:
        """Show the pass on it; anything that is raised means that it may not have been seen."""
        ...


class Tell(Protocol):
    """What people see. Rendering is the adapter's; here only meanings go in."""

    async def card(self, request: Request, at: MessageRef | None) -> MessageRef:
        """Post the card, or bring the one *at* up to date; ``Gone`` when that one cannot be edited."""
        ...

    async def line(self, request: Request, notice: Notice, thread: MessageRef) -> None:
        """Add a line to the card's thread."""
        ...

    async def page(self, request: Request, notice: Notice, thread: MessageRef | None) -> None:
        """Mention the people on duty, in the card's thread and in the channel."""
        ...

    async def direct(self, request: Request, notice: Notice, to: ChatId) -> MessageRef:
        """Send a direct message."""
        ...

    async def settle(self, request: Request, notice: Notice, at: MessageRef) -> None:
        """Take the buttons off an earlier direct message."""
        ...

    async def guide(self, to: ChatId) -> None:
        """Tell somebody in person how an authenticator app is set up."""
        ...

    async def head(self, seq: int, digest: str) -> None:
        """Post the record's head in the channel."""
        ...

    async def alarm(self, request: Request, why: str) -> None:
        """Tell the people on duty, one by one, that the channel takes no messages."""
        ...


class Observer(Protocol):
    """Told of what happened, for the log and the metrics; never fails."""

    def claimed(self, work: Work) -> None:
        """Note a piece of work that was taken on."""
        ...

    def restored(self, request: Request, late: timedelta) -> None:
        """Note a proved restore, *late* after its end."""
        ...

    def put_back_from_memory(self, request: Request) -> None:
        """Note that MFA was put back while the database was away."""
        ...

    def failed(self, work: Work, error: Exception) -> None:
        """Note a piece of work that will be tried again."""
        ...


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
