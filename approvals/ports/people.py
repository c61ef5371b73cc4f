"""Facts about people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from approvals.model import (
    Caller,
    ChatId,
    Forecast,
    Means,
    Person,
    PersonId,
)


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
