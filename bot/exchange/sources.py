"""The port of the sources, and what they are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from approvals.errors import Never, PortError
from approvals.model import PersonId
from commands.mailbox_model import Facts, Missing, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An address, and the account behind it, if it is one."""

    address: str
    account: PersonId | None = None
    upn: str = ""
    synchronised: bool = False
    guest: bool = False
    deleted: bool = False

    @property
    def identity(self) -> str:
        """Return how Exchange finds it most surely: by object id, which no renaming changes."""
        return self.account or self.address


@dataclass(frozen=True, slots=True)
class Told:
    """What a source told, and what it could not."""

    facts: Facts
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """One source of mailboxes, tried with a harmless call: what came of it, and the repair."""

    source: Source
    works: bool
    what: str
    what_to_do: str = ""


class MailboxSource(Protocol):
    """Somebody who can be asked about mailboxes. Never raises: what fails is told."""

    @property
    def source(self) -> Source:
        """Return who it is."""
        ...

    async def tell(self, subject: Subject) -> Told:
        """Return what it knows of *subject*."""
        ...


def missing(source: Source, what: str, error: PortError) -> Missing:
    """Return why *what* is not known."""
    return Missing(source, what, error.why, error.what_to_do if isinstance(error, Never) else "try again")
