"""What a message is to say: taken from a call's arguments, checked, and completed as Slack does."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sim.workspace import limits
from bot.sim.workspace.model import Ephemeral, Json, Message, Version, elements
from bot.sim.workspace.refusals import ApiError

if TYPE_CHECKING:
    from bot.sim.workspace.world import World


@dataclass(frozen=True, slots=True)
class Content:
    """A message's checked content; None means that the call did not name it."""

    text: str | None
    blocks: list[Json] | None
    metadata: Json | None
    truncated: bool

    @property
    def warnings(self) -> Json:
        """What Slack adds to the answer when it cut the text."""
        if not self.truncated:
            return {}
        says = (
            f"[WARN] Your message was truncated but still posted. `text` takes {limits.TEXT_MOST} characters."
        )
        return {"response_metadata": {"messages": [says], "warnings": ["message_truncated"]}}


def taken(arguments: Json) -> Content:
    """Take the content of a message from *arguments*; ``ApiError`` as Slack refuses it."""
    message = {
        "text": arguments.get("text"),
        "blocks": decoded(arguments, "blocks", "invalid_blocks_format"),
        "metadata": decoded(arguments, "metadata", "invalid_metadata_format"),
    }
    found = limits.findings(message)
    refused = [problem for problem in found if problem.code != "message_truncated"]
    if refused:
        raise ApiError.because(refused)
    text = message["text"]
    cut = None if text is None else str(text)[: limits.TEXT_MOST]
    return Content(cut, message["blocks"], message["metadata"], truncated=len(refused) < len(found))


def decoded(arguments: Json, key: str, error: str) -> Any:  # noqa: ANN401 - whatever JSON the app sent
    """Return the JSON value under *key*, which forms carry as text; ``ApiError`` if it is not JSON."""
    value = arguments.get(key)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ApiError(error) from None


def version(world: World, content: Content) -> Version:
    """Return the first version of a message with *content*."""
    return Version(
        at=world.now(),
        text=content.text or "",
        blocks=completed(world, content.blocks or []),
        metadata=content.metadata or {},
    )


def edit(world: World, message: Message, content: Content) -> None:
    """Let *message* say *content*. Text alone takes the blocks away; metadata stays unless it is named."""
    metadata = message.metadata if content.metadata is None else content.metadata
    blocks = completed(world, content.blocks or [])
    message.versions.append(
        Version(at=world.now(), text=content.text or "", blocks=blocks, metadata=metadata)
    )
    world.changed()


def completed(world: World, blocks: list[Json]) -> list[Json]:
    """Copy *blocks* with an id for every block and action that has none."""
    mine = copy.deepcopy(blocks)
    for block in mine:
        block.setdefault("block_id", world.next_id("b"))
    for _, element in elements(mine):
        if element["type"] != "image":
            element.setdefault("action_id", world.next_id("a"))
    return mine


def payload(world: World, message: Message) -> Json:
    """Return *message* as Slack hands it out."""
    app = world.installation
    shown: Json = {
        "type": "message",
        "subtype": "bot_message",
        "text": message.text,
        "ts": message.ts,
        "user": message.author,
        "bot_id": app.bot_id,
        "app_id": app.app_id,
        "team": app.team_id,
        "blocks": copy.deepcopy(message.blocks),
    }
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata:
        shown["metadata"] = copy.deepcopy(message.metadata)
    if len(message.versions) > 1 and not isinstance(message, Ephemeral):
        shown["edited"] = {"user": message.author, "ts": f"{message.versions[-1].at:.6f}"}
    return shown
