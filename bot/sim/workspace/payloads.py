"""The forms and payloads Slack sends when a person acts (docs.slack.dev, "Interaction payloads")."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from bot.sim.workspace import content, inputs, modals
from bot.sim.workspace.model import Conversation, Ephemeral, Json, Kind, Message, Person, View

if TYPE_CHECKING:
    from bot.sim.workspace.world import World


def command(world: World, person: Person, channel: Conversation, *, line: tuple[str, str]) -> dict[str, str]:
    """Return the form of the slash command *line* (its name and its text), with live addresses in it."""
    app = world.installation
    shown_as = {Kind.DIRECT: "directmessage", Kind.PRIVATE: "privategroup", Kind.PUBLIC: channel.name}
    return {
        "token": app.verification_token,
        "team_id": person.team_id,
        "team_domain": app.team_domain,
        "channel_id": channel.id,
        "channel_name": shown_as[channel.kind],
        "user_id": person.id,
        "user_name": person.name,
        "command": line[0],
        "text": line[1],
        "api_app_id": app.app_id,
        "is_enterprise_install": "false",
        "response_url": _response_url(world, world.new_response_url(person.id, channel.id)),
        "trigger_id": world.new_trigger(person.id),
    }


def block_actions(world: World, person: Person, message: Message, *, pressed: tuple[Json, Json]) -> Json:
    """Return the payload of a press on *pressed*, a block of *message* and an element of it."""
    channel = world.channel(message.channel)
    ephemeral = isinstance(message, Ephemeral)
    payload = {
        "type": "block_actions",
        **_common(world, person),
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.name},
        "response_url": _response_url(world, world.new_response_url(person.id, channel.id, message)),
        "state": {"values": inputs.values(message.blocks)},
        "actions": [_action(world, *pressed)],
    }
    # Of an ephemeral message Slack sends no content along.
    return payload if ephemeral else {**payload, "message": content.payload(world, message)}


def view_submission(world: World, person: Person, view: View, values: Json) -> Json:
    """Return the payload of sending off *view* with *values* filled in."""
    return {
        "type": "view_submission",
        **_common(world, person),
        "view": modals.payload(world, view, values),
        "response_urls": [],
    }


def view_closed(world: World, person: Person, view: View) -> Json:
    """Return the payload of closing *view* without sending it off; it carries no trigger."""
    payload = {"type": "view_closed", **_common(world, person), "view": modals.payload(world, view)}
    del payload["trigger_id"]
    return {**payload, "is_cleared": False}


def _common(world: World, person: Person) -> Json:
    app = world.installation
    return {
        "team": {"id": app.team_id, "domain": app.team_domain},
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": app.app_id,
        "token": app.verification_token,
        "trigger_id": world.new_trigger(person.id),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _action(world: World, block: Json, element: Json) -> Json:
    kept: Json = {
        key: copy.deepcopy(element[key]) for key in ("type", "text", "value", "style") if key in element
    }
    return {
        **kept,
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": world.next_ts(),
    }


def _response_url(world: World, key: str) -> str:
    return f"{world.url}respond/{key}"
