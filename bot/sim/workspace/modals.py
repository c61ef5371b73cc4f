"""``views.*``: opening a modal in exchange for a trigger, and changing one that is open."""

from __future__ import annotations

import copy
import secrets
from typing import TYPE_CHECKING

from bot.sim.workspace import content, limits
from bot.sim.workspace.model import Json, View
from bot.sim.workspace.refusals import ApiError

if TYPE_CHECKING:
    from bot.sim.workspace.world import World

TRIGGER_SECONDS = 3.0
"""How long a ``trigger_id`` lives."""


def open_view(world: World, arguments: Json) -> Json:
    """``views.open``."""
    trigger = world.triggers.get(str(arguments.get("trigger_id")))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.exchanged:
        raise ApiError("exchanged_trigger_id")
    if world.now() - trigger.issued_at > TRIGGER_SECONDS:
        raise ApiError("expired_trigger_id")
    sent = checked(content.decoded(arguments, "view", "invalid_arguments"))
    trigger.exchanged = True
    view = View(
        id=world.next_id("V"),
        user=trigger.user,
        hash=_new_hash(),
        content={**sent, "blocks": content.completed(world, sent["blocks"])},
    )
    world.views.append(view)
    world.changed()
    return {"view": payload(world, view)}


def update_view(world: World, arguments: Json) -> Json:
    """``views.update``, by id or external id, with the hash of the version it is meant for."""
    view = _find(world, arguments)
    if arguments.get("hash") not in {None, view.hash}:
        raise ApiError("hash_conflict")
    replace(world, view, checked(content.decoded(arguments, "view", "invalid_arguments")))
    return {"view": payload(world, view)}


def checked(sent: object) -> Json:
    """Return the view *sent* if Slack would take it; ``invalid_arguments`` with the reasons if not."""
    if not isinstance(sent, dict) or sent.get("type", "message") == "message":
        raise ApiError("invalid_arguments", response_metadata={"messages": ["[ERROR] must provide a view"]})
    found = limits.findings(sent)
    if found:
        raise ApiError.because(found)
    return sent


def replace(world: World, view: View, sent: Json) -> None:
    """Show *sent*, a checked view, in the place of *view*."""
    view.content = {**sent, "blocks": content.completed(world, sent["blocks"])}
    view.hash = _new_hash()
    view.errors = {}
    world.changed()


def payload(world: World, view: View, values: Json | None = None) -> Json:
    """Return *view* as Slack hands it out; *values* is what is filled in."""
    app = world.installation
    optional = {"submit": None, "close": None, "private_metadata": "", "callback_id": "", "external_id": ""}
    flags = {"clear_on_close": False, "notify_on_close": False}
    return {
        **optional,
        **flags,
        **copy.deepcopy(view.content),
        "id": view.id,
        "hash": view.hash,
        "root_view_id": view.id,
        "previous_view_id": None,
        "team_id": app.team_id,
        "app_id": app.app_id,
        "bot_id": app.bot_id,
        "app_installed_team_id": app.team_id,
        "state": {"values": values or {}},
    }


def _find(world: World, arguments: Json) -> View:
    view_id, external_id = arguments.get("view_id"), arguments.get("external_id")
    for view in world.views:
        if not view.is_open:
            continue
        if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
            return view
    raise ApiError("not_found")


def _new_hash() -> str:
    return secrets.token_hex(8)
