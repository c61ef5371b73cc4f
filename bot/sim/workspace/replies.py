"""What the app says through a ``response_url``.

Five posts within 30 minutes (docs.slack.dev, "Handling user interaction"). Visible to the one who acted
unless ``in_channel`` is asked for. ``replace_original`` replaces the message that was clicked, or, after a
slash command, what this address showed before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sim.workspace import content
from bot.sim.workspace.chat import flag, show
from bot.sim.workspace.model import Json, Message, ResponseUrl

if TYPE_CHECKING:
    from bot.sim.workspace.world import World

USES = 5
LIFETIME = 30 * 60.0
"""Seconds for which a ``response_url`` takes posts."""


class GoneError(Exception):
    """The address takes no more posts: HTTP 404, the argument is Slack's word for why."""


def reply(world: World, key: str, body: Json) -> None:
    """Do what *body* asks at the address *key*; ``GoneError`` or ``ApiError`` if Slack would not."""
    address = world.response_urls.get(key)
    if address is None or world.now() - address.issued_at > LIFETIME:
        raise GoneError("expired_url")
    if address.uses >= USES:
        raise GoneError("used_url")
    address.uses += 1
    original = address.message if address.message and address.message.deleted_at is None else None
    if flag(body.get("delete_original")):
        _delete(world, original)
        return
    said = content.taken(body)
    if original and flag(body.get("replace_original")):
        content.edit(world, original, said)
        return
    shown = _say(world, address, said, public=body.get("response_type") == "in_channel")
    address.message = address.message or shown


def _delete(world: World, original: Message | None) -> None:
    if original:
        original.deleted_at = world.now()
        world.changed()


def _say(world: World, address: ResponseUrl, said: content.Content, *, public: bool) -> Message:
    if not public:
        return show(world, address.user, address.channel, said)
    message = Message(
        channel=address.channel,
        ts=world.next_ts(),
        author=world.installation.bot_user,
        versions=[content.version(world, said)],
    )
    world.channel(address.channel).posts.append(message)
    world.changed()
    return message
