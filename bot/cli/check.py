"""``relatch check``: everything that has to be right outside, one line each."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from json import dumps
from typing import Final

from rich.console import Console
from rich.text import Text

from bot import trust, wiring
from bot.checking import Grade, Line, Place, checked
from bot.checking.settings import of_fault
from bot.clock import SystemClock
from bot.config import Configuration, ConfigurationError, load
from bot.exit_codes import DONE, NO, USAGE
from bot.observability import Metrics, logging_to
from bot.sql.engine import Database

_COLOURS: Final = {Grade.OK: "green", Grade.NOTE: "cyan", Grade.WARNING: "yellow", Grade.FAILED: "bold red"}


async def check(*, json: bool = False) -> int:
    """Look at every setting, permission, channel and connection; nothing is changed.

    Parameters
    ----------
    json
        For machines: one object, with a list of what was looked at.
    """
    report = _Json() if json else _Lines()
    try:
        configuration = load()
    except ConfigurationError as error:
        for name, says, repair in map(of_fault, error.faults):
            report.add(Line(name, Grade.FAILED, says, repair))
        report.end()
        return USAGE
    await _report(configuration, report)
    report.end()
    return NO if report.counted[Grade.FAILED] else DONE


async def _report(configuration: Configuration, report: _Report) -> None:
    settings = configuration.settings
    # What a probe finds it says in its line: the log would say it a second time.
    with logging_to(style=settings.logs.format, level="ERROR", secrets=settings.secrets()):
        async with AsyncExitStack() as stack:
            async for line in checked(await _place(stack, configuration)):
                report.add(line)


async def _place(stack: AsyncExitStack, configuration: Configuration) -> Place:
    settings = configuration.settings
    tokens, graph = wiring.microsoft(stack, settings, Metrics())
    database = Database(settings.database.url.render_as_string(hide_password=False))
    stack.push_async_callback(database.close)
    return Place(
        configuration=configuration,
        web=await wiring.slack(stack, configuration),
        tokens=tokens,
        graph=graph,
        database=database,
        trust=trust.trusting(settings.network.ca_file),
        clock=SystemClock(),
    )


class _Report:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.counted = dict.fromkeys(Grade, 0)

    def add(self, line: Line) -> None:
        self.counted[line.grade] += 1

    def end(self) -> None:
        """Say what there is to say at the end."""


class _Lines(_Report):
    """For people: a line as soon as it is known, and what it comes to."""

    def __init__(self) -> None:
        super().__init__()
        self._console = Console(soft_wrap=True, highlight=False)

    def add(self, line: Line) -> None:
        super().add(line)
        grade = Text(f"{line.grade:<8}", style=_COLOURS[line.grade])
        repair = f" → {line.repair}" if line.repair else ""
        self._console.print(grade + Text(f"{line.name}: {line.says}{repair}"))

    def end(self) -> None:
        self._console.print(f"\n{_summed(self.counted)}")


class _Json(_Report):
    """For machines: everything at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []

    def add(self, line: Line) -> None:
        super().add(line)
        self._lines.append(line)

    def end(self) -> None:
        lines = [
            {"name": one.name, "grade": one.grade, "says": one.says, "repair": one.repair or None}
            for one in self._lines
        ]
        whole = {"ok": not self.counted[Grade.FAILED], "lines": lines}
        sys.stdout.write(dumps(whole, indent=2, ensure_ascii=False) + "\n")


def _summed(counted: dict[Grade, int]) -> str:
    said = [f"{number} {grade}" for grade, number in counted.items() if number]
    verdict = "Something would not work" if counted[Grade.FAILED] else "All of this would work"
    return f"{verdict}: {', '.join(said)}."
