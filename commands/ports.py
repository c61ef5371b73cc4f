"""What the commands need: the core's use cases, and what is read from the directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from approvals.model import ActionKind, Caller, ChatId, Person, PersonId, PhoneNumber, Request, RequestId
from approvals.ports import Query, Screen, Standing, SubjectFacts
from approvals.service import (
    Ask,
    AskChange,
    Asked,
    AskForMore,
    Click,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refusal,
    Refused,
    Revealed,
    Role,
    Unconfirmed,
)
from commands.domain_names import DomainName
from commands.factors_model import Factors, TenantMethods, Unknown
from commands.federation_model import Domain, DomainCheck, DomainView
from commands.mailbox_model import MailboxView
from commands.passes_model import PassPolicy
from commands.person_model import PersonStatus, SignInsSeen


@dataclass(frozen=True, slots=True)
class ByAddress:
    """A UPN or mail address, as typed."""

    address: str


@dataclass(frozen=True, slots=True)
class ByChat:
    """A chat account, as in ``<@U123>``."""

    chat: ChatId


@dataclass(frozen=True, slots=True)
class ById:
    """An Entra object id."""

    id: PersonId


Who = ByAddress | ByChat | ById


class People(Protocol):
    """Reads about people. Raises ``Later``, ``Never``, or ``Gone`` for nobody."""

    async def find(self, who: Who) -> Person:
        """Return the one person meant; ``Gone`` for nobody, ``Never`` for more than one."""
        ...

    async def status(self, who: Person) -> PersonStatus:
        """Return what the directory says about their MFA, right now."""
        ...

    async def sign_ins(self, who: PersonId) -> SignInsSeen:
        """Return their last sign-ins, and what protects them; ``Gone`` for nobody."""
        ...


class Registrations(Protocol):
    """Reads about registered methods and the tenant; ``of`` and ``sharing`` raise as ``People`` does."""

    async def of(self, who: PersonId) -> Factors:
        """Return what *who* has registered, and what the directory has as their mobile number."""
        ...

    async def sharing(self, number: PhoneNumber) -> int:
        """Return how many people the directory has this mobile number for, however it is written."""
        ...

    async def tenant(self) -> TenantMethods | Unknown:
        """Return what the tenant's policy of authentication methods has on and off."""
        ...

    async def passes(self, who: PersonId) -> PassPolicy:
        """Return what the tenant lets a Temporary Access Pass of *who* be; never raises ``PortError``."""
        ...

    async def conditional_access(self) -> int | Unknown:
        """Return how many Conditional Access policies are on."""
        ...


class Domains(Protocol):
    """Reads about domains. ``list`` and ``show`` raise ``Later``, ``Never``, or ``Gone``.

    ``Gone`` is a domain that this tenant does not have: another tenant's is none of ours.
    """

    async def list(self) -> tuple[Domain, ...]:
        """Return every domain of the tenant: the default one first, then by name."""
        ...

    async def show(self, name: DomainName) -> DomainView:
        """Return one domain whole: settings, certificates, and what realm discovery tells the world."""
        ...

    def check(self, name: DomainName) -> AsyncIterator[DomainCheck]:
        """Yield the check as far as it has come, each time a step ends; the last one is ``finished``.

        Raises ``Gone`` only, and then before anything but Microsoft was asked: every other failure is
        a finding. It ends within 20 seconds. Closing the iterator early ends what is under way.
        """
        ...


class Mailboxes(Protocol):
    """Reads about mailboxes. Raises ``Later`` or ``Never`` when the directory does not answer."""

    async def show(self, of: ByAddress | ById) -> MailboxView:
        """Return everything that is known of an address; that it is nothing is an answer too."""
        ...


class Approvals(Protocol):
    """The core's use cases, as ``approvals.service.Service`` has them.

    Each may raise ``Later``: then nothing was changed, except for ``Uncertain``, when nobody
    knows. Those that take a request's number may raise ``UnknownRequest``.
    """

    async def admit(self, caller: Caller, role: Role, *, to: str) -> Standing | Refused:
        """Say who *caller* is, if they may act as *role*; a refusal is recorded under *to*."""
        ...

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> Refused:
        """Record an attempt that failed before it reached a use case."""
        ...

    async def submit(self, ask: Ask) -> Asked | Refused | Unconfirmed:
        """Ask for a suspension."""
        ...

    async def extend(self, ask: AskForMore) -> Asked | Refused:
        """Ask for more time."""
        ...

    async def consider(self, caller: Caller, subject: PersonId, kind: ActionKind) -> SubjectFacts | Refused:
        """Say whether *caller* may ask for a change of this kind about *subject* at all."""
        ...

    async def ask_change(self, ask: AskChange) -> Asked | Refused:
        """Ask for a change that stays."""
        ...

    async def guide(self, caller: Caller, subject: PersonId) -> Person | Refused:
        """Send *subject* the steps for setting up an app; return who that is."""
        ...

    async def show_number(self, click: Click) -> Revealed | Refused:
        """Show the number that waits for approval to an approver."""
        ...

    async def show_pass(
        self, caller: Caller, request: RequestId, screen: Screen
    ) -> PassShown | PassNotShown | Refused:
        """Show an approved access pass to its requester, once; it is made now."""
        ...

    async def approve(self, click: Click) -> Counted | Moved | Refused:
        """Say yes."""
        ...

    async def deny(self, click: Click, because: str) -> Moved | Refused:
        """Say no, with a reason."""
        ...

    async def withdraw(self, caller: Caller, request: RequestId) -> Moved | Refused:
        """Take back one's own undecided request."""
        ...

    async def restore(self, caller: Caller, request: RequestId, because: str = "") -> Moved | Refused:
        """End a suspension, or take a pass back, now."""
        ...

    async def get(self, request: RequestId) -> Request:
        """Return one request."""
        ...

    async def find(self, query: Query) -> tuple[list[Request], int]:
        """Return what matches, newest first, and how many match in all."""
        ...
