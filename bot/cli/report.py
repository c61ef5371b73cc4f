"""``relatch report``: the tenant's picture, as tables, chart, CSV and JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EISDIR
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from rich.console import Console
from sqlalchemy import URL

from approvals.errors import NoDatabase
from approvals.model import Request, State
from approvals.ports import Query
from bot.cli import opening, report_csv, report_text
from bot.cli.listing import is_overdue
from bot.cli.output import print_json
from bot.cli.watching import watched
from bot.config import PolicyFile, TenantSettings, load_with_policy
from bot.exit_codes import DONE, OUTSIDE
from bot.report.drawing import drawn
from bot.report.machines import whole
from bot.report.model import Lost, Picture, Suspended
from bot.report.scratch import Scratch, scratch
from bot.report.survey import Survey
from bot.report.taking import picture
from bot.sql.schema import WrongSchema
from commands.federation_model import Unread

LOWERED: Final = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
MOST: Final = 10_000


async def report(*, csv: Path | None = None, chart: Path | None = None, json: bool = False) -> int:
    """Show the MFA of the whole tenant; nothing is changed.

    Parameters
    ----------
    csv
        A file for a line a person, safe to open in a spreadsheet.
    chart
        A file for the picture, a PNG.
    json
        For machines: one object instead of the tables.
    """
    settings, policy = load_with_policy(TenantSettings)
    with _beside(csv) as table, _beside(chart) as image, scratch() as people:
        seen = await _taken(settings, policy, people)
        _tell(seen, json=json)
        if table:
            table.write(partial(_csv, people, seen))
        if image:
            png = await drawn(whole(seen))
            image.write(lambda file: file.write_bytes(png))
    return OUTSIDE if seen.failed else DONE


async def _taken(settings: TenantSettings, policy: PolicyFile, people: Scratch) -> Picture:
    suspensions = await _suspensions(settings, policy)
    with watched() as progress:
        async with opening.survey(settings) as graph:
            surveyed = await Survey(graph=graph, scratch=people, progress=progress).make()
    return picture(people, surveyed, suspensions, datetime.now(UTC))


async def _suspensions(settings: TenantSettings, policy: PolicyFile) -> tuple[Suspended, ...] | Lost:
    """Return what is suspended now; without a database, why that is not known."""
    if not _is_there(settings.database.url):
        return Lost(Unread("there is no database", "look at DATABASE_URL"), passing=False)
    try:
        async with opening.storage(settings) as storage, storage.store.transaction(writes=False) as tx:
            found = await tx.find(Query(states=LOWERED, limit=MOST))
            return tuple(_suspended(one, tx.now, policy) for one in found[::-1] if one.lowers)
    except NoDatabase as error:
        return Lost(Unread(error.why, "look at DATABASE_URL"), passing=True)
    except WrongSchema as error:
        return Lost(Unread(str(error)), passing=False)


def _is_there(url: URL) -> bool:
    """Return whether there can be a database: opening a file that is not there would make it."""
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


def _suspended(request: Request, now: datetime, policy: PolicyFile) -> Suspended:
    return Suspended(
        request=request.label,
        subject=request.subject.id,
        upn=request.subject.upn,
        state=request.state.value,
        until=request.ends_at,
        overdue=is_overdue(request, now, policy.suspend.overdue),
    )


def _tell(seen: Picture, *, json: bool) -> None:
    if json:
        print_json(whole(seen))
    else:
        Console(highlight=False).print(report_text.view(seen))
    sys.stdout.flush()


def _csv(people: Scratch, seen: Picture, file: Path) -> None:
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        report_csv.write(out, people.lines(), seen)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file to be, and the one beside it that is written first: nobody ever sees half of it."""

    beside: Path
    path: Path

    def write(self, content: Callable[[Path], object]) -> None:
        """Write it, and put it in its place."""
        content(self.beside)
        self.beside.replace(self.path)


@contextmanager
def _beside(path: Path | None) -> Iterator[_Place | None]:
    """Make a file beside *path* now: what cannot be written is to be known before anything is read.

    Nobody but its owner can read it, since it holds names.
    """
    if path is None:
        yield None
        return
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        yield _Place(Path(name), path)
    finally:
        Path(name).unlink(missing_ok=True)
