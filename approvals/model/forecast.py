"""Whether lowering somebody's MFA will change anything, as far as it can be told before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Source(StrEnum):
    """What may ask for MFA whatever is lowered."""

    SECURITY_DEFAULTS = "security_defaults"
    CONDITIONAL_ACCESS = "conditional_access"
    FEDERATED_PROVIDER = "federated_provider"
    PER_USER = "per_user"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that asks all the same.

    *name* is a policy, a domain or a per-user state; security defaults have none.
    """

    source: Source
    name: str = ""


@dataclass(frozen=True, slots=True)
class WillWork:
    """Nothing else asks."""


@dataclass(frozen=True, slots=True)
class ChangesNothing:
    """Something else asks, so that nobody would notice a suspension."""

    because: tuple[Hindrance, ...]

    @property
    def for_everybody(self) -> bool:
        """Return whether nobody in the tenant can be spared."""
        return any(one.source is Source.SECURITY_DEFAULTS for one in self.because)


@dataclass(frozen=True, slots=True)
class CannotTell:
    """It is open: sentences on what could not be read, and the names of policies that may ask."""

    because: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


Forecast = WillWork | ChangesNothing | CannotTell
