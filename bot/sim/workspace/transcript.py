"""What a person sees, as plain lines of text: for the terminal demo and for tests that fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.sim.workspace import mrkdwn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sim.workspace.model import Conversation, Json, Message, View

RULE = "-" * 40


def message(shown: Message, names: Mapping[str, str]) -> list[str]:
    """Return the lines of a message as it stands: its blocks, or its text when it has none."""
    return content({"text": shown.text, "blocks": shown.blocks}, names)


def view(shown: View, names: Mapping[str, str]) -> list[str]:
    """Return the lines of a modal: title, blocks, what is wrong with which input, buttons."""
    wrong = [f"! {says}" for says in [*shown.errors.values(), shown.trouble] if says]
    buttons = [f"[{shown.content[key]['text']}]" for key in ("submit", "close") if shown.content.get(key)]
    return [shown.content["title"]["text"], *content(shown.content, names), *wrong, " ".join(buttons)]


def conversation(shown: Conversation, names: Mapping[str, str]) -> list[str]:
    """Return the lines of a conversation: each message with its UTC time, its thread below, indented."""
    lines = [f"== {names.get(shown.id, shown.id)}"] if shown.posts else []
    for post in shown.messages:
        lines += [f"-- {_clock(post.ts)}", *message(post, names)]
        for answer in shown.thread(post.ts):
            lines += [f"    {_clock(answer.ts)} {line}" for line in message(answer, names)]
    return lines


def content(payload: Json, names: Mapping[str, str]) -> list[str]:
    """Return the lines of a payload with ``blocks`` and, as fallback, ``text``.

    *names* maps ids to what people see for them (``U0HANNA`` to ``@Hanna``).
    """
    blocks = payload.get("blocks") or []
    if not blocks:
        return _text(payload.get("text") or "", names)
    return [line for block in blocks for line in _block(block, names)]


def _block(block: Json, names: Mapping[str, str]) -> list[str]:
    match block:
        case {"type": "section"}:
            texts = [block[key] for key in ("text",) if key in block] + block.get("fields", [])
            accessory = [_element(block["accessory"], names)] if "accessory" in block else []
            return [line for text in texts for line in _object(text, names)] + accessory
        case {"type": "header", "text": text}:
            return _object(text, names)
        case {"type": "context" | "actions", "elements": parts}:
            return [" ".join(_element(part, names) for part in parts)]
        case {"type": "input", "label": label, "element": element}:
            return [f"{label['text']}: {_element(element, names)}"]
        case {"type": "image", "alt_text": alt}:
            return [f"({alt})"]
        case _:
            return [RULE]


def _element(element: Json, names: Mapping[str, str]) -> str:
    match element:
        case {"type": "plain_text" | "mrkdwn"}:
            return " ".join(_object(element, names))
        case {"type": "image", "alt_text": alt}:
            return f"({alt})"
        case {"type": "button", "text": {"text": label}}:
            return f"[{label}]"
        case {"initial_option": {"text": {"text": chosen}}}:
            return f"[{chosen} v]"
        case {"placeholder": {"text": hint}}:
            return f"[{element.get('initial_value') or hint}]"
        case _:
            return f"[{element.get('initial_value', '')}]"


def _object(text: Json, names: Mapping[str, str]) -> list[str]:
    if text["type"] == "plain_text":
        return str(text["text"]).splitlines()
    return _text(text["text"], names)


def _text(text: str, names: Mapping[str, str]) -> list[str]:
    return mrkdwn.display(text, names).splitlines()


def _clock(ts: str) -> str:
    return f"{datetime.fromtimestamp(float(ts), UTC):%H:%M:%S}"
