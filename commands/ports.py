"""What the commands read from the directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from approvals.model import ChatId, Person, PersonId
from commands.model import PersonStatus


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

    async def status(self, who: PersonId) -> PersonStatus:
        """Return what the directory says about their MFA, right now."""
        ...
