"""The exclusion group: whether it can be used, and which policies would still ask its members for MFA."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.checking.model import Line, Place, Probe, failed, ok, warning
from bot.checking.tenant import SIGN_IN
from bot.entra.access import LIST, demanding
from bot.entra.exclusion_group import unfit
from bot.entra.permissions import Permission, needing

GROUP: Final = "exclusion group"
POLICIES: Final = "policies that exclude it"


async def _group(place: Place) -> Iterable[Line]:
    suspend = place.configuration.policy.suspend
    if suspend.lever != "exclusion_group" or not suspend.group:
        return []
    why = await unfit(place.graph, suspend.group)
    if why:
        return [failed(GROUP, f"suspend.group is one {why}", "name a group with assigned members of its own")]
    return [ok(GROUP, "its members can be changed"), await _policies(place, suspend.group)]


async def _policies(place: Place, group: str) -> Line:
    with needing(Permission.READ_STATE):
        every = await place.graph.every("v1.0", LIST.path, headers=LIST.headers)
    asking = demanding(every, group)
    if not asking:
        return ok(POLICIES, "every enabled policy that asks for MFA excludes it")
    names = ", ".join(f"“{name}”" for name in asking)
    return warning(POLICIES, f"{names}: still asked of members", "exclude the group there, if that is meant")


PROBES: Final = (Probe(GROUP, _group, after=(SIGN_IN,)),)
