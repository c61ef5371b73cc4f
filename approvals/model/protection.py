"""How well somebody is protected."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Protection(StrEnum):
    """A per-user MFA state (Graph docs, strongAuthenticationRequirements), weakest first."""

    DISABLED = "disabled"
    ENABLED = "enabled"
    ENFORCED = "enforced"

    @property
    def strength(self) -> int:
        """Return its rank: a higher number protects more."""
        return list(Protection).index(self)

    def at_least(self, other: Protection) -> bool:
        """Return whether this protects as well as *other*, or better."""
        return self.strength >= other.strength


LOWERED = Protection.DISABLED
