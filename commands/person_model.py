"""What the directory says about one person's MFA. What could not be read, or is not shown, says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from approvals.model import Person, Protection
from commands.federation_model import Unread
from commands.picture import Picture, SignIn


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A fact that could not be read: why, and what would make it readable."""

    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A fact that is known and not shown, and why."""

    why: str


@unique
class Use(StrEnum):
    """What a registered method is good for."""

    SECOND_FACTOR = "second factor"
    PASSWORD_RESET = "password reset only"  # noqa: S105  # a label, not a secret
    FIRST_FACTOR = "password"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Method:
    """A registered authentication method in words: ``name`` of its kind, ``detail`` masked."""

    name: str
    detail: str
    use: Use
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonStatus:
    """What the directory says about one person's MFA. What could not be read says so.

    ``protected`` holds a sentence for each rule that protects them; while ``roles`` could not
    be read they count as protected. Withholding is the command's, not the directory's.
    """

    person: Person
    guest: bool
    enabled: bool
    synchronised: bool
    protection: Protection | Unreadable
    methods: tuple[Method, ...] | Unreadable | Withheld
    roles: tuple[str, ...] | Unreadable
    protected: tuple[str, ...]
    picture: Picture | Withheld


@dataclass(frozen=True, slots=True)
class SignInsSeen:
    """The last sign-ins of a person; ``protected`` holds a sentence for all that protects them."""

    person: Person
    protected: tuple[str, ...]
    sign_ins: tuple[SignIn, ...] | Unread | Withheld
