"""The answer to ``/domain check``: each step, then both sides, then what follows from all of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from slack_sdk.models.blocks import Block, SectionBlock

from bot.slack.render.blocks import NOTHING, Message, flow, message, mrkdwn, paragraphs, section
from bot.slack.render.marks import (
    NOT_TESTED,
    RELATIONS,
    RUNNING,
    SIGNS,
    finding,
    told,
    took,
    worst_first,
)
from bot.slack.render.text import counted, listed, plain, sentence
from commands.domain_names import shown_domain
from commands.federation_model import (
    Compared,
    DomainCheck,
    Grade,
    NotTested,
    Relation,
    Step,
    Tested,
    Waiting,
)

STEPS_BUDGET: Final = 4_600
SIDES_BUDGET: Final = 4_600
HEALTH_BUDGET: Final = 2_000
"""Of a message's characters, together less than Slack takes."""
FINDINGS: Final = 5
VALUE: Final = 180
CONSEQUENCE: Final = 200
SHORTER: Final = 140
ABOUT: Final = 120
TRIED: Final = 160

VERDICTS: Final[Mapping[Grade, str]] = {
    Grade.GOOD: "nothing is wrong",
    Grade.NOTE: "nothing is wrong",
    Grade.WARNING: "it works, but look at the warnings",
    Grade.WRONG: "*something is wrong*",
}


def checked(check: DomainCheck) -> Message:
    """Return the check as far as it has come."""
    head = headline(check)
    blocks: list[Block] = [section("check", head)]
    blocks += paragraphs("steps", flow([_step(one) for one in check.steps], budget=STEPS_BUDGET))
    blocks += _sides(check.compared)
    health = [finding(one) for one in worst_first(check.health)]
    blocks += paragraphs("health", flow(health, budget=HEALTH_BUDGET))
    return message(head, blocks)


def headline(check: DomainCheck) -> str:
    """Return how the check stands, in a line."""
    name = f"*{plain(shown_domain(check.name), ABOUT)}*"
    if not check.finished:
        over = sum(not isinstance(step.outcome, Waiting) for step in check.steps)
        return f"{RUNNING} {name} · single sign-on check under way, {counted(over, 'step')} done"
    verdict = VERDICTS[check.grade]
    return f"{SIGNS[check.grade]} {name} · single sign-on check: {verdict} · {took(check.took)}"


# --- steps ---------------------------------------------------------------------------------


def _step(step: Step) -> str:
    about = f" {plain(step.about, ABOUT)}" if step.about else ""
    name = f"*{step.kind}*{about}"
    match step.outcome:
        case Waiting(running=running):
            return f"{RUNNING} {name}{'' if running else ' · waits'}"
        case NotTested(why=why):
            return f"{NOT_TESTED} {name} · not tested: {sentence(why, VALUE)}"
        case Tested() as tested:
            return f"{SIGNS[tested.grade]} {name} · {took(tested.took)}\n{_found(tested)}"
        case never:
            assert_never(never)


def _found(tested: Tested) -> str:
    """Return what was tried and what came back, the worst first."""
    tried = sentence(tested.tried, TRIED)
    match worst_first(tested.findings):
        case [only]:
            return f"{tried}: {told(only)}"
        case every:
            more = f"\nand {len(every) - FINDINGS} more" if len(every) > FINDINGS else ""
            return "\n".join([f"{tried}:", *map(finding, every[:FINDINGS])]) + more


# --- both sides ----------------------------------------------------------------------------


def _sides(compared: Sequence[Compared]) -> list[Block]:
    """Return the properties that differ with both values beside each other, the others in a line each."""
    if not compared:
        return []
    wrong = [one for one in compared if one.relation is Relation.WRONG]
    right = [one for one in compared if one.relation is Relation.RIGHT]
    plainly = [one for one in compared if one.relation in {Relation.EQUAL, Relation.UNKNOWN}]
    rows = ["*Entra and the federation service*, property by property", *map(_in_a_line, plainly)]
    beside, left = _within([_beside(one) for one in (*wrong, *right)], SIDES_BUDGET - sum(map(len, rows)))
    if left:
        names = listed((one.property for one in (*wrong, *right)[-left:]), len(compared))
        rows.append(f"Different too, and too long to show here: {names}.")
    return [*paragraphs("sides", flow(rows)), *beside]


def _beside(one: Compared) -> SectionBlock:
    consequence = f"\n{sentence(one.consequence, CONSEQUENCE)}" if one.consequence else ""
    to_do = f"\n→ {sentence(one.what_to_do, CONSEQUENCE)}" if one.what_to_do else ""
    return SectionBlock(
        block_id=f"side-{one.property}",
        text=mrkdwn(f"{RELATIONS[one.relation]} *{one.property}* · {one.relation}{consequence}{to_do}"),
        fields=[mrkdwn(f"Entra: {_value(one.entra)}"), mrkdwn(f"Service: {_value(one.service)}")],
    )


def _in_a_line(one: Compared) -> str:
    name = f"{RELATIONS[one.relation]} *{one.property}*"
    if one.relation is Relation.EQUAL:
        return f"{name} {_value(one.entra, SHORTER)}"
    why = f" · {sentence(one.consequence, SHORTER)}" if one.consequence else ""
    return f"{name} {_value(one.entra, SHORTER)} · {one.relation}{why}"


def _value(text: str, limit: int = VALUE) -> str:
    return plain(text, limit) or NOTHING


def _within(blocks: Sequence[SectionBlock], budget: int) -> tuple[list[SectionBlock], int]:
    """Return the blocks that fit, and how many do not."""
    used = 0
    for place, block in enumerate(blocks):
        used += len(json.dumps(block.to_dict(), ensure_ascii=False))
        if used > budget:
            return list(blocks[:place]), len(blocks) - place
    return list(blocks), 0
