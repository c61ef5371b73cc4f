"""How well somebody is protected, and the levers that lower it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import assert_never


@unique
class Protection(StrEnum):
    """What a lever moves: a per-user MFA state, or whether an exclusion group spares somebody.

    Of each lever weakest first (Graph docs, strongAuthenticationRequirements, for the first three).
    """

    DISABLED = "disabled"
    ENABLED = "enabled"
    ENFORCED = "enforced"
    EXCLUDED = "excluded"
    NOT_EXCLUDED = "not excluded"

    @property
    def strength(self) -> int:
        """Return its rank: of one lever's values a higher number protects more."""
        return list(Protection).index(self)

    @property
    def lever(self) -> Lever:
        """Return which lever moves it."""
        excluding = self in {Protection.EXCLUDED, Protection.NOT_EXCLUDED}
        return Lever.EXCLUSION_GROUP if excluding else Lever.PER_USER

    def at_least(self, other: Protection) -> bool:
        """Return whether this protects as well as *other*, or better; another lever's value never does."""
        return self.lever is other.lever and self.strength >= other.strength


LOWERED = Protection.DISABLED
"""Per-user MFA as it is while it is suspended."""


@unique
class Lever(StrEnum):
    """How MFA is lowered."""

    PER_USER = "per_user"
    EXCLUSION_GROUP = "exclusion_group"

    @property
    def lowered(self) -> Protection:
        """Return what is there while MFA is suspended."""
        match self:
            case Lever.PER_USER:
                return LOWERED
            case Lever.EXCLUSION_GROUP:
                return Protection.EXCLUDED
            case never:
                assert_never(never)

    @property
    def signs_out(self) -> bool:
        """Return whether putting back is felt only by somebody who is signed out."""
        return self is Lever.EXCLUSION_GROUP


@dataclass(frozen=True, slots=True)
class Means:
    """A lever with what it works on: *group* is the exclusion group's object id."""

    lever: Lever
    group: str = ""

    def __post_init__(self) -> None:
        if bool(self.group) != (self.lever is Lever.EXCLUSION_GROUP):
            raise ValueError("a group belongs to the lever exclusion_group, and to no other")


PER_USER = Means(Lever.PER_USER)
"""The one lever that works on nothing but the person."""
