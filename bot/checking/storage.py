"""The database: whether it answers, and whether its schema fits."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, assert_never

from bot.checking.model import Line, Place, Probe, failed, note, ok
from bot.sql.schema import REVISIONS, Current, Empty, Newer, Older, schema_state

DATABASE: Final = "database"


async def _database(place: Place) -> Iterable[Line]:
    url = place.configuration.settings.database.url
    if place.database.sqlite and (missing := _missing(Path(url.database or ""))):
        return [missing]
    match await schema_state(place.database):
        case Current():
            return [ok(DATABASE, f"answers; its schema is {REVISIONS[-1]}, the current one")]
        case Empty():
            return [note(DATABASE, "answers, and is empty: the first `relatch serve` makes the tables")]
        case Older(version):
            return [failed(DATABASE, f"has schema {version}, which is older", "run `relatch migrate`")]
        case Newer(version):
            newer = f"has schema {version}, which a newer Relatch made"
            return [failed(DATABASE, newer, "run that version: there is no way back")]
        case never:
            assert_never(never)


def _missing(file: Path) -> Line | None:
    """Judge a file that is not there yet, without making it."""
    if file.exists():
        return None
    return note(DATABASE, f"{file} is not there yet: the first `relatch serve` makes it")


PROBES: Final = (Probe(DATABASE, _database),)
