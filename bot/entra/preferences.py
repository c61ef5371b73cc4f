"""The default second factor. Source: Graph docs, "authentication-update" (beta), signInPreferences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.model import PersonId, Preference
from bot.entra.address import Path, Version, path
from bot.entra.client import GraphClient, Once
from bot.entra.permissions import Permission, needing

PREFERENCES: Final[Version] = "beta"
"""Where ``signInPreferences`` lives; the one thing to change when v1.0 has it."""
PREFERRED: Final = "userPreferredMethodForSecondaryAuthentication"
SYSTEM_PREFERRED: Final = "isSystemPreferredAuthenticationMethodEnabled"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is offered first: ``method`` as chosen (``None``: none, or one that is not known).

    While ``system_preferred`` is on, Entra offers the strongest registered method whatever was chosen.
    """

    method: Preference | None
    system_preferred: bool


async def preferences(graph: GraphClient, who: PersonId) -> Preferences:
    """Read the default method of *who*."""
    with needing(Permission.READ_METHODS):
        body = await graph.get(PREFERENCES, preferred_at(who))
    chosen = body.get(PREFERRED)
    method = Preference(str(chosen)) if chosen in set(Preference) else None
    return Preferences(method, body.get(SYSTEM_PREFERRED) is True)


async def prefer(graph: GraphClient, who: PersonId, method: Preference, once: Once) -> None:
    """Make *method* the default of *who*."""
    with needing(Permission.WRITE_METHODS):
        await graph.patch(PREFERENCES, preferred_at(who), {PREFERRED: method.value}, once)


def preferred_at(who: PersonId) -> Path:
    """Return where the default method of *who* stands."""
    return path("/users/{}/authentication/signInPreferences", who)
