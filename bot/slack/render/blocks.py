"""Messages and their parts, within Slack's limits.

Slack counts a message's blocks as a whole too, undocumented, at about 13,200 characters of JSON
(slackapi/bolt-js issue 2509), so long texts are laid out under a budget of our own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from commands.model import Button

SECTION = 2_900
TEXT = 3_500
NOTHING = "\N{EN DASH}"
"""Stands where there are no words: Slack refuses an empty text."""
BUDGET = 10_000
"""What lists may take of a message's characters, as JSON; the rest is for what surrounds them."""

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: ``text`` for notifications and screen readers, ``blocks`` for the eye."""

    text: str
    blocks: tuple[Json, ...]


def message(text: str, blocks: Iterable[Block]) -> Message:
    """Make a message; raises slack_sdk's ``SlackObjectFormationError`` beyond a block's own limits."""
    return Message(text[:TEXT] or NOTHING, tuple(block.to_dict() for block in blocks))


def short(text: str, *buttons: ButtonElement, block_id: str = "said") -> Message:
    """Make a message of one paragraph, at most 2,900 characters, with buttons under it."""
    rows: list[Block] = [section(block_id, text)]
    return message(text, [*rows, *actions("press", *buttons)])


def section(block_id: str, text: str) -> SectionBlock:
    """Make a paragraph of mrkdwn in which only ``<…>`` is live."""
    return SectionBlock(block_id=block_id, text=mrkdwn(text))


def small(block_id: str, text: str) -> ContextBlock:
    """Make a line in small grey type."""
    return ContextBlock(block_id=block_id, elements=[mrkdwn(text)])


def actions(block_id: str, *buttons: ButtonElement) -> list[Block]:
    """Make a row of buttons; none without buttons."""
    return [ActionsBlock(block_id=block_id, elements=list(buttons))] if buttons else []


def button(what: Button, label: str, value: str, *, style: str | None = None) -> ButtonElement:
    """Make a button whose press comes back as *what* with *value*."""
    return ButtonElement(text=PlainTextObject(text=label), action_id=what.value, value=value, style=style)


def confirmed(asked: ButtonElement, title: str, text: str) -> ButtonElement:
    """Let Slack ask before *asked* is pressed, so that one click is one payload."""
    go = asked.text.text if asked.text else "Yes"
    asked.confirm = ConfirmObject(title=title, text=mrkdwn(text), confirm=go, deny="Cancel")
    return asked


def mrkdwn(text: str) -> MarkdownTextObject:
    """Make mrkdwn that turns no bare address or name into a link."""
    return MarkdownTextObject(text=text or NOTHING, verbatim=True)


def flow(rows: Sequence[str], *, joint: str = "\n", budget: int = BUDGET, more: int = 0) -> list[str]:
    """Lay *rows* out in paragraphs within *budget*; what does not fit is counted, with *more* besides."""
    shown, left = _within(rows, budget)
    if left + more:
        shown.append(f"and {left + more} more")
    texts: list[str] = []
    for row in shown:
        if texts and len(texts[-1]) + len(joint) + len(row) <= SECTION:
            texts[-1] += joint + row
        else:
            texts.append(row)
    return texts


def paragraphs(name: str, texts: Iterable[str]) -> list[Block]:
    """Make a section of each text, with ids from *name*."""
    return [section(f"{name}-{place}", text) for place, text in enumerate(texts)]


def _within(rows: Sequence[str], budget: int) -> tuple[list[str], int]:
    """Return the rows that fit, and how many do not."""
    used = 0
    for place, row in enumerate(rows):
        used += len(json.dumps(row, ensure_ascii=False)) + 4
        if used > budget:
            return list(rows[:place]), len(rows) - place
    return list(rows), 0
