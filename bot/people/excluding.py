"""The exclusion group that the policy names, looked at once, at the start."""

from __future__ import annotations

from typing import Final

from bot.config import Fault
from bot.entra.client import GraphClient
from bot.entra.exclusion_group import unfit

_KEY: Final = "suspend.group"


async def resolve_group(graph: GraphClient, group: str | None) -> Fault | None:
    """Return a fault for a group that cannot be the exclusion group; raises what a read raises.

    A group that nobody can be taken out of would hold whoever was put in, so it stops the start.
    """
    if group is None:
        return None
    objection = await unfit(graph, group)
    wanted = "the object id of a security group with assigned members, of the cloud, without roles"
    return Fault(_KEY, f'"{group}", {objection}', wanted) if objection else None
