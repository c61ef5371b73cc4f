"""Several lists at once, each read to its end or not at all.

An unreadable list is a value, not an exception: the others still count, and whoever decides on them
has to look at what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from approvals.errors import Never, PortError
from bot.entra.address import NEXT_LINK
from bot.entra.answers import Json
from bot.entra.batch import LARGEST, Failed, Get, Got, Outcome
from bot.entra.client import GraphClient
from bot.entra.permissions import Permission, named


@dataclass(frozen=True, slots=True)
class Question:
    """A list to read, what it is called in words, and the permission that it takes."""

    what: str
    permission: Permission
    get: Get


@dataclass(frozen=True, slots=True)
class Unread:
    """A list that could not be read to its end, and why."""

    what: str
    error: PortError

    @property
    def what_to_do(self) -> str:
        """Return what would make it readable; ``""`` when waiting will."""
        return self.error.what_to_do if isinstance(self.error, Never) else ""

    def __str__(self) -> str:
        advice = self.what_to_do
        return f"{self.what} ({self.error.why}{advice and '; '}{advice})"


Listed: TypeAlias = list[Json] | Unread


async def ask(graph: GraphClient, questions: Sequence[Question]) -> list[Listed]:
    """Read all the lists; the answers are in the order of the questions.

    Raises what ``GraphClient.batch`` raises when a whole batch fails.
    """
    parts = [questions[start : start + LARGEST] for start in range(0, len(questions), LARGEST)]
    answered = await asyncio.gather(*(_ask(graph, part) for part in parts))
    return [listed for part in answered for listed in part]


async def _ask(graph: GraphClient, questions: Sequence[Question]) -> list[Listed]:
    outcomes = await graph.batch("v1.0", [question.get for question in questions])
    return await settled(graph, questions, outcomes)


async def settled(
    graph: GraphClient, questions: Sequence[Question], outcomes: Sequence[Outcome]
) -> list[Listed]:
    """Turn what a batch answered into whole lists."""
    pairs = zip(questions, outcomes, strict=True)
    return [await _settled(graph, question, outcome) for question, outcome in pairs]


async def _settled(graph: GraphClient, question: Question, outcome: Outcome) -> Listed:
    match outcome:
        case Failed(error=error):
            return Unread(question.what, named(error, question.permission))
        case Got(body=body):
            return await _whole(graph, question, body)
        case never:
            assert_never(never)


async def _whole(graph: GraphClient, question: Question, body: Json) -> Listed:
    """Return the items of *body* if they are all; else read the list again, page by page."""
    match body:
        case {"value": list(items)} if NEXT_LINK not in body and all(isinstance(one, dict) for one in items):
            return items
    get = question.get
    try:
        return await graph.every("v1.0", get.path, get.params, headers=get.headers)
    except PortError as error:
        return Unread(question.what, named(error, question.permission))
