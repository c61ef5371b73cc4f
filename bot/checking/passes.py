"""Temporary Access Passes: whether the tenant makes any, and any that the policy allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.checking.model import Line, Place, Probe, ok, warning
from bot.checking.tenant import SIGN_IN
from bot.entra.passes import CONFIGURATION, MINUTE, is_on, rules
from bot.entra.permissions import Permission, needing

PASSES: Final = "access passes"
_TURN_ON: Final = "turn the method on in the Entra admin center, or take [pass] out of the policy"
_APART: Final = "raise pass.longest, or lower the tenant's minimum in the Entra admin center"


async def _passes(place: Place) -> Iterable[Line]:
    """Compare the policy of methods with ours; for whom it is on is seen when somebody asks."""
    ours = place.configuration.policy.access_pass
    if ours is None:
        return []
    with needing(Permission.READ_STATE):
        policy = await place.graph.get("v1.0", CONFIGURATION)
    if not is_on(policy):
        return [warning(PASSES, "off in the tenant's policy of authentication methods", _TURN_ON)]
    theirs = rules(policy, replaces=None)
    says = f"on in the tenant, for {theirs.shortest // MINUTE} to {theirs.longest // MINUTE} minutes"
    if theirs.shortest > ours.longest:
        return [warning(PASSES, f"{says}: pass.longest allows none of them", _APART)]
    return [ok(PASSES, f"{says}{', each for one sign-in' if theirs.once else ''}")]


PROBES: Final = (Probe(PASSES, _passes, after=(SIGN_IN,)),)
