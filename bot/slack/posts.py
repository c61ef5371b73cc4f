"""Posting, editing and opening: the calls by which anything appears in Slack.

Each raises ``Later``, ``Never`` or ``Gone``. Names and addresses are not made into links or mentions by
Slack (``parse``, ``link_names``), and links are not unfolded.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from approvals.errors import Later, Never
from approvals.model import ChatId, MessageRef
from bot.slack.foreign import text
from bot.slack.render.blocks import Json, Message
from bot.slack.web import Web, answered, passing


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a post goes: a channel, and a thread in it; ``loud`` shows it in the channel too."""

    channel: str
    ts: str | None = None
    loud: bool = False


async def post(web: Web, message: Message, to: Thread) -> MessageRef:
    """Post *message* and return where it stands; without an idempotency key, so perhaps twice."""
    call = web.client.chat_postMessage(
        channel=to.channel,
        thread_ts=to.ts,
        reply_broadcast=to.loud if to.ts else None,
        text=message.text,
        blocks=list(message.blocks),
        parse="none",
        link_names=False,
        unfurl_links=False,
        unfurl_media=False,
    )
    answer = await answered(call)
    return MessageRef(text(answer, "channel") or to.channel, text(answer, "ts"))


async def edit(web: Web, message: Message, at: MessageRef) -> MessageRef:
    """Let the message *at* say *message*; ``Gone`` when it cannot be edited any more."""
    call = web.client.chat_update(
        channel=at.channel,
        ts=at.ts,
        text=message.text,
        blocks=list(message.blocks),
        parse="none",
        link_names=False,
    )
    await answered(call)
    return at


async def whisper(web: Web, message: Message, to: ChatId) -> MessageRef:
    """Send *message* to one person."""
    opened = await answered(web.client.conversations_open(users=[to]))
    channel = text(opened, "channel", "id")
    if not channel:
        raise Later("Slack opened no direct messages")
    return await post(web, message, Thread(channel))


async def show(web: Web, view: Json, trigger: str) -> str:
    """Open a form, within three seconds of the press that *trigger* is from; return its id."""
    return text(await answered(web.client.views_open(trigger_id=trigger, view=view)), "view", "id")


async def turn(web: Web, view: Json, opened: str) -> None:
    """Let the form that is *opened* show *view*; ``Never`` when it has been closed."""
    await answered(web.client.views_update(view_id=opened, view=view))


async def reply(web: Web, url: str, message: Message, *, replace: bool) -> None:
    """Post to a ``response_url``, visible to its reader alone; the address is in no error."""
    body = {
        "response_type": "ephemeral",
        "replace_original": replace,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    try:
        async with web.session.post(url, json=body, ssl=web.tls, allow_redirects=False) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Later(f"the answer's address could not be reached ({type(error).__name__})") from None
    if passing(status):
        raise Later(f"the answer's address answers {status}")
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise Never(f"the answer's address answers {status}")
