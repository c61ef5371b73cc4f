"""Faults on demand: what goes wrong with a call, and how often.

A fault is armed with a pattern of method names and an answer. Answers that only take time (``Delay``,
``Hold``, ``HoldAnswer``) let later faults act on the same call too; the others end the matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from bot.sim.workspace.model import Json


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer ``{"ok": false, "error": error}`` and do nothing."""

    error: str


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with an HTTP status and do nothing; ``retry_after`` is in seconds."""

    code: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class CutBefore:
    """Cut the connection and do nothing."""


@dataclass(frozen=True, slots=True)
class CutAfter:
    """Do what was asked, then cut the connection."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait *seconds* of real time first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for *gate* before doing what was asked."""

    gate: asyncio.Event


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """Do what was asked, and wait for *gate* before saying so."""

    gate: asyncio.Event


Passing: TypeAlias = Delay | Hold | HoldAnswer
Ending: TypeAlias = Refuse | Status | CutBefore | CutAfter
Answer: TypeAlias = Passing | Ending


@dataclass(slots=True, kw_only=True)
class Fault:
    """An armed fault. ``left`` counts down, unless it is None; ``taken`` counts the calls it met."""

    method: re.Pattern[str]
    answer: Answer
    left: int | None
    where: Callable[[Json], bool]
    taken: int = 0

    def lift(self) -> None:
        """Let every later call pass."""
        self.left = 0

    def meets(self, method: str, arguments: Json) -> bool:
        """Whether this fault is for the call; if so, it is counted."""
        if self.left == 0 or not self.method.fullmatch(method) or not self.where(arguments):
            return False
        self.taken += 1
        self.left = None if self.left is None else self.left - 1
        return True


class Faults:
    """The armed faults, the first armed first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def add(
        self,
        method: str,
        answer: Answer,
        *,
        times: int | None = 1,
        where: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Arm *answer* for the next *times* calls (None: for all) whose whole name *method* matches.

        *method* is a regular expression; posts to a ``response_url`` are called ``response_url``.
        *where* looks at the call's arguments.
        """
        fault = Fault(
            method=re.compile(method), answer=answer, left=times, where=where or (lambda _arguments: True)
        )
        self._armed.append(fault)
        return fault

    def claim(self, method: str, arguments: Json) -> tuple[list[Passing], Ending | None]:
        """Count and return what goes wrong with this call: what delays it, and how it ends, if oddly."""
        delays: list[Passing] = []
        for fault in self._armed:
            if not fault.meets(method, arguments):
                continue
            match fault.answer:
                case Delay() | Hold() | HoldAnswer() as passing:
                    delays.append(passing)
                case Refuse() | Status() | CutBefore() | CutAfter() as ending:
                    return delays, ending
        return delays, None
