"""What the app may do, and which conversation a call is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sim.workspace.refusals import ApiError

if TYPE_CHECKING:
    from bot.sim.workspace.model import Conversation
    from bot.sim.workspace.world import World


def scoped(world: World, scope: str) -> None:
    """``missing_scope`` unless the app was granted *scope*."""
    world.used_scopes.add(scope)
    granted = world.installation.scopes
    if scope not in granted:
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(granted)))


def conversation_for(world: World, channel_id: object) -> Conversation:
    """Return the conversation *channel_id*; ``channel_not_found`` if it is none."""
    found = world.conversations.get(channel_id) if isinstance(channel_id, str) else None
    if found is None:
        raise ApiError("channel_not_found")
    return found
