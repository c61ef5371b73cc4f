"""A runbook as a message: notes to read, lines to copy.

Where it is too long for one message the certificates are cut: they are its longest words, and the terminal
prints them whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, assert_never

from slack_sdk.models.blocks import Block

from bot.slack.render.blocks import SECTION, Message, flow, message, paragraphs, section
from bot.slack.render.text import ELLIPSIS, code, fenced, plain, sentence
from commands.runbooks import Code, Note, Part, Runbook

WHOLE: Final = 12_500
FENCED: Final = SECTION - 100
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=]{120,}")
KEPT: Final = 24

Cut = Callable[[str], str]


def runbook(shown: Runbook, command: str) -> Message:
    """Return *shown*; *command* prints it in a terminal."""
    whole = _message(shown, lambda text: text, "")
    if _fits(shown, whole):
        return whole
    hint = f"Certificates are cut ({ELLIPSIS}) to fit here; {code(command)} prints them whole."
    return _message(shown, _without_certificates, hint)


def _fits(shown: Runbook, whole: Message) -> bool:
    longest = max(
        (len(item.lines) for part in shown.parts for item in part.items if isinstance(item, Code)), default=0
    )
    return longest <= FENCED and len(json.dumps(whole.blocks, ensure_ascii=False)) <= WHOLE


def _without_certificates(text: str) -> str:
    return _BASE64.sub(lambda found: f"{found[0][:KEPT]}{ELLIPSIS}", text)


def _message(shown: Runbook, cut: Cut, hint: str) -> Message:
    head = f"*{plain(shown.title, 300)}* · a runbook; Relatch has changed nothing"
    warnings = [f":warning: {sentence(text)}" for text in shown.warnings]
    rows = [row for part in shown.parts for row in _part(part, cut)]
    blocks: list[Block] = [section("runbook", "\n".join(filter(None, (head, *warnings, hint))))]
    return message(head, [*blocks, *paragraphs("part", flow(rows, budget=WHOLE - 1_500))])


def _part(part: Part, cut: Cut) -> list[str]:
    rows = [f"*{sentence(part.heading)}*"]
    for item in part.items:
        match item:
            case Note(text=text):
                rows.append(f"• {sentence(text)}")
            case Code(where=where, lines=lines):
                rows.append(f"{sentence(where)}\n{fenced(cut(lines), FENCED)}")
            case never:
                assert_never(never)
    return rows
