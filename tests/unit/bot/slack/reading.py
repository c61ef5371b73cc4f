"""Reading messages as people do, and holding them against what Slack takes."""

from __future__ import annotations

import json

from bot.sim.workspace import limits, mrkdwn
from bot.slack.render.blocks import Message

NAMES = {
    "U0HANNA": "@Hanna",
    "U0OMAR": "@Omar",
    "S0DUTY": "@duty",
    "U0DUTY": "@Dirk",
    "C0APPROVALS": "#mfa-approvals",
}


def shown(message: Message) -> str:
    """Return what a person reads of *message*."""
    return mrkdwn.display("\n".join(texts(message.blocks)), NAMES)


def texts(part: object) -> list[str]:
    """Return every text in blocks, in order."""
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [found for value in part.values() for found in texts(value)]
    return [found for one in part for found in texts(one)] if isinstance(part, list | tuple) else []


def buttons(message: Message) -> dict[str, str]:
    """Return what can be pressed: the action and the value by label."""
    rows = [
        element for block in message.blocks if block["type"] == "actions" for element in block["elements"]
    ]
    return {element["text"]["text"]: f"{element['action_id']} {element['value']}" for element in rows}


def pinged(message: Message) -> set[str]:
    return {who for text in [message.text, *texts(message.blocks)] for who in mrkdwn.mentions(text)}


def accepted(message: Message) -> None:
    """Fail unless Slack would take *message* whole, within our own narrower bounds."""
    whole = {"text": message.text, "blocks": list(message.blocks)}
    assert limits.problems(whole) == []
    assert message.text
    assert len(message.text) < 4_000
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 13_000
