"""``chat.*``: posting, editing, deleting, and showing something to one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sim.workspace import content
from bot.sim.workspace.access import conversation_for, scoped
from bot.sim.workspace.model import Conversation, Ephemeral, Json, Kind, Message
from bot.sim.workspace.refusals import ApiError, ThrottledError

if TYPE_CHECKING:
    from bot.sim.workspace.world import World


def post_message(world: World, arguments: Json) -> Json:
    """``chat.postMessage``; a user id as channel is the direct messages with that user."""
    scoped(world, "chat:write")
    channel = _postable(world, arguments)
    if world.rate_limited and (wait := world.pace.take(channel.id, world.now())):
        raise ThrottledError(wait)
    said = content.taken(arguments)
    message = Message(
        channel=channel.id,
        ts=world.next_ts(),
        author=world.installation.bot_user,
        thread_ts=_thread(channel, arguments),
        versions=[content.version(world, said)],
        unfurl=flag(arguments.get("unfurl_links", True)),
    )
    channel.posts.append(message)
    world.changed()
    shown = content.payload(world, message)
    return {"channel": channel.id, "ts": message.ts, "message": shown, **said.warnings}


def update(world: World, arguments: Json) -> Json:
    """``chat.update``: the app's own messages only."""
    scoped(world, "chat:write")
    channel = _postable(world, arguments)
    message = _own(world, channel, arguments, "cant_update_message")
    said = content.taken(arguments)
    if said.truncated:
        raise ApiError("msg_too_long")
    content.edit(world, message, said)
    shown = content.payload(world, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(world: World, arguments: Json) -> Json:
    """``chat.delete``: the app's own messages only."""
    scoped(world, "chat:write")
    channel = _postable(world, arguments)
    message = _own(world, channel, arguments, "cant_delete_message")
    message.deleted_at = world.now()
    world.changed()
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(world: World, arguments: Json) -> Json:
    """``chat.postEphemeral``: to a member of the channel; nobody can edit or delete it by ``ts``."""
    scoped(world, "chat:write")
    channel = _postable(world, arguments)
    if arguments.get("user") not in channel.members:
        raise ApiError("user_not_in_channel")
    said = content.taken(arguments)
    shown = show(world, str(arguments["user"]), channel.id, said)
    return {"message_ts": shown.ts, **said.warnings}


def show(world: World, user_id: str, channel_id: str, said: content.Content) -> Ephemeral:
    """Show *said* to *user_id* alone."""
    shown = Ephemeral(
        channel=channel_id,
        ts=world.next_ts(),
        author=world.installation.bot_user,
        versions=[content.version(world, said)],
        to=user_id,
    )
    world.ephemerals.append(shown)
    world.changed()
    return shown


def flag(value: object) -> bool:
    """Read a boolean, which forms carry as text."""
    return value is True or str(value).lower() in {"true", "1"}


def _postable(world: World, arguments: Json) -> Conversation:
    wanted = arguments.get("channel")
    if isinstance(wanted, str) and wanted in world.people:
        return world.dm(wanted)
    channel = conversation_for(world, wanted)
    if world.installation.bot_user not in channel.members:
        # A private channel is not even admitted to exist.
        raise ApiError("channel_not_found" if channel.kind is Kind.PRIVATE else "not_in_channel")
    if channel.is_archived:
        raise ApiError("is_archived")
    return channel


def _own(world: World, channel: Conversation, arguments: Json, error: str) -> Message:
    message = channel.find(str(arguments.get("ts")))
    if message is None:
        raise ApiError("message_not_found")
    if message.author != world.installation.bot_user:
        raise ApiError(error)
    return message


def _thread(channel: Conversation, arguments: Json) -> str | None:
    ts = arguments.get("thread_ts")
    if ts is None:
        return None
    parent = channel.find(str(ts))
    if parent is None:
        raise ApiError("thread_not_found")
    return parent.thread_ts or parent.ts
