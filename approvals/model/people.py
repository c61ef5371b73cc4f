"""Who is who: in the directory, in the chat, and in the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType, assert_never

PersonId = NewType("PersonId", str)
"""An Entra object id: a GUID in lower case, never a chat account."""
ChatId = NewType("ChatId", str)
"""An account in the chat, for example ``U0HANNA``."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory; ``chat`` is ``None`` for people without an account there."""

    id: PersonId
    name: str
    upn: str
    chat: ChatId | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the command line, written ``cli:USER@HOST``."""

    name: str


@dataclass(frozen=True, slots=True)
class Relatch:
    """The product itself, for what happens because a time has come."""


Actor = Person | Operator | Relatch


def actor_id(actor: Actor) -> str:
    """Return how the record names *actor*: an object id, ``cli:USER@HOST`` or ``relatch``."""
    match actor:
        case Person(id=who):
            return who
        case Operator(name=name):
            return f"cli:{name}"
        case Relatch():
            return "relatch"
        case never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class Caller:
    """A chat account as a signed delivery names it, and the workspace it comes from."""

    chat: ChatId
    workspace: str
