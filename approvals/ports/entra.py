"""What is read and written in Entra: protection, methods, passes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Protocol

from approvals.model import (
    AccessPass,
    Change,
    IssuePass,
    Means,
    PersonId,
    PhoneNumber,
    Protection,
    StandingPass,
)


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

    async def list(self, subject: PersonId) -> tuple[StandingPass, ...]:
        """Return those that are there; ``Gone`` for an account that is not there."""
        ...

    async def remove(self, subject: PersonId, one: str, correlation: str) -> None:
        """Remove the one of this id; may be sent twice: one that is not there is as good as removed."""
        ...
