"""A progress bar on standard error, where that is a terminal; elsewhere nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.report import model


class Bars:
    """Shows how far both lists are read."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._people = progress.add_task("people", total=None, said="")
        self._registrations = progress.add_task("registration", total=None, said="")

    def expects(self, people: int) -> None:
        """Show how many there are to read."""
        for task in (self._people, self._registrations):
            self._progress.update(task, total=people)

    def read(self, *, people: int = 0, registrations: int = 0) -> None:
        """Move on."""
        for task, more in ((self._people, people), (self._registrations, registrations)):
            if more:
                self._progress.update(task, advance=more, said="")

    def waits(self, how_long: timedelta) -> None:
        """Say why nothing moves."""
        for task in (self._people, self._registrations):
            said = f"Graph asks for a pause of {how_long.total_seconds():.0f} s"
            self._progress.update(task, said=said)


@contextmanager
def watched() -> Iterator[model.Progress]:
    """Show the bars as long as the context lasts."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress)
