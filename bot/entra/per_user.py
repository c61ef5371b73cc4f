"""Per-user MFA, read and written.

Source: Graph docs, "authentication-get", "authentication-update" and "strongAuthenticationRequirements
resource type" (beta).
"""

from __future__ import annotations

from typing import Final

from approvals.errors import Never
from approvals.model import PersonId, Protection
from bot.entra.address import Path, Version, path
from bot.entra.answers import Json
from bot.entra.client import GraphClient, Once
from bot.entra.permissions import Permission, needing

REQUIREMENTS: Final[Version] = "beta"
"""Where ``authentication/requirements`` lives; the one thing to change when v1.0 has it."""
STATE: Final = "perUserMfaState"
_STATES: Final = frozenset({Protection.DISABLED, Protection.ENABLED, Protection.ENFORCED})


async def read_state(graph: GraphClient, subject: PersonId) -> Protection:
    """Return what Graph shows, which may lag what was written."""
    with needing(Permission.READ_STATE):
        return protection(await graph.get(REQUIREMENTS, requirements(subject)))


async def write_state(graph: GraphClient, subject: PersonId, state: Protection, once: Once) -> None:
    """Write *state*, once."""
    with needing(Permission.WRITE_STATE):
        await graph.patch(REQUIREMENTS, requirements(subject), {STATE: state.value}, once)


def requirements(subject: PersonId) -> Path:
    """Return where the per-user state of *subject* stands."""
    return path("/users/{}/authentication/requirements", subject)


def protection(body: Json) -> Protection:
    """Read a state; one that cannot be named could not be put back, and is refused."""
    found = body.get(STATE)
    for state in _STATES:
        if found == state.value:
            return state
    raise Never(
        "Entra shows no per-user MFA state that Relatch knows",
        "look at the person's per-user MFA in the Entra admin center",
    )
