"""The answer to ``/mailbox diagnose``: proved, not proved, looked at, next, in that order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slack_sdk.models.blocks import Block

from bot.slack.render.blocks import Message, flow, message, paragraphs, section, small
from bot.slack.render.text import code, fenced, listed, plain, sentence
from commands.diagnosis.model import Checked, Client, Diagnosis

PROVES_BUDGET: Final = 2_400
CHECKED_BUDGET: Final = 2_200
STEPS_BUDGET: Final = 3_200
REGISTRY: Final = 1_000


def diagnosed(found: Diagnosis, about: str) -> Message:
    """Return what a pasted text means; *about* is whose state it was compared with."""
    head = f"*Found* {listed((plain(one, 60) for one in found.found), 12)}"
    blocks: list[Block] = [section("found", head)]
    proved = [*_under("It proves", found.proves), *_under("It does not prove", found.does_not)]
    blocks += paragraphs("proves", flow(proved, budget=PROVES_BUDGET))
    if found.checked:
        looked = [f"*Looked at for {plain(about, 254)}*", *map(_checked, found.checked)]
        blocks += paragraphs("checked", flow(looked, budget=CHECKED_BUDGET))
    steps = [f"{place}. {sentence(step, 400)}" for place, step in enumerate(found.steps, start=1)]
    blocks += paragraphs("steps", flow(["*Next, in this order*", *steps], budget=STEPS_BUDGET))
    if found.clients:
        blocks.append(section("clients", "\n".join(["*Which Outlook can*", *map(_client, found.clients)])))
    if found.registry:
        blocks.append(section("registry", f"*Registry*\n{fenced(chr(10).join(found.registry), REGISTRY)}"))
    if found.suspension:
        blocks.append(section("suspension", f"Only if neither can be had: {code(found.suspension)}"))
    blocks += _small(found)
    return message(head, blocks)


def _under(heading: str, said: Iterable[str]) -> list[str]:
    rows = [sentence(one, 500) for one in said]
    return [f"*{heading}* {rows[0]}", *rows[1:]] if rows else []


def _checked(one: Checked) -> str:
    follows = f" {sentence(one.follows, 250)}" if one.follows else ""
    return f"• {sentence(one.what, 250)}{follows}"


def _client(one: Client) -> str:
    return f"{':point_right:' if one.seen else '•'} {one.name}: {one.modern}"


def _small(found: Diagnosis) -> list[Block]:
    said = []
    if found.traces:
        said.append(f"For Microsoft's support: {listed((plain(one) for one in found.traces), 6)}.")
    if found.cut:
        said.append("The text was too long: only its beginning was read.")
    return [small("trace", " ".join([*said, "Nothing of the text is kept."]))]
