"""What the tenant lets a Temporary Access Pass of one person be: read before one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from commands.factors_model import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRules:
    """A pass would be usable: the lifetimes that the tenant allows, and whether each is good *once* only.

    ``replaces`` says that one is there that is still usable and would be replaced; ``None`` where that could
    not be read.
    """

    shortest: timedelta
    longest: timedelta
    usual: timedelta
    once: bool
    replaces: bool | None


@dataclass(frozen=True, slots=True)
class NoPass:
    """A pass would not be usable: why, and what would make it so."""

    why: str
    what_to_do: str


PassPolicy = PassRules | NoPass | Unknown
