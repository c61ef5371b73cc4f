"""``relatch audit``: whether the record is whole, and what it says."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Final, Literal

from approvals.record import START, Broken, Line, Verification
from bot import wiring
from bot.config import StoreSettings, load_settings
from bot.exit_codes import DONE, NO
from bot.lifecycle import ready_schema
from commands import words

COLUMNS: Final = ("seq", "at", "event", "request", "actor", "facts", "previous", "hash")
_FORMULA: Final = ("=", "+", "-", "@")


async def verify(*, head: str = START) -> int:
    """Go over the whole record; the exit code is 1 when the chain is broken.

    Parameters
    ----------
    head
        A head that was logged or posted before: it must still be in the record.
    """
    async with AsyncExitStack() as stack:
        storage = await wiring.storage(stack, load_settings(StoreSettings))
        await ready_schema(storage)
        verification = Verification(head)
        async for line in storage.store.lines():
            broken = verification.see(line)
            if broken:
                return _broken(broken)
    result = verification.result()
    if isinstance(result, Broken):
        return _broken(result)
    sys.stdout.write(f"whole: {result.lines} lines\nhead: {result.head}\n")
    return DONE


async def export(*, format: Literal["jsonl", "csv"] = "jsonl", since: str = "") -> int:  # noqa: A002 - the option's name
    """Write the record to standard output, a line each.

    Parameters
    ----------
    format
        jsonl or csv; cells of csv are safe to open in a spreadsheet.
    since
        Only lines of this time and later: 2026-11-22, 2026-11-22T10:00Z, or a duration back such as 7d.
    """
    writer = csv.writer(sys.stdout)
    if format == "csv":
        writer.writerow(COLUMNS)
    async with AsyncExitStack() as stack:
        storage = await wiring.storage(stack, load_settings(StoreSettings))
        await ready_schema(storage)
        async for line in storage.store.lines(since=moment(since) if since else None):
            entry = exported(line)
            if format == "csv":
                writer.writerow([cell(entry[name]) for name in COLUMNS])
            else:
                sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return DONE


def exported(line: Line) -> dict[str, object]:
    """Return a line as machines see it: what it says, and how it is chained."""
    entry: dict[str, object] = json.loads(line.text)
    return {**entry, "previous": line.previous, "hash": line.digest}


def cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict)
        else str("" if value is None else value)
    )
    seen = unicodedata.normalize("NFKC", text).lstrip("\ufeff \t\r\n\xa0")
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or seen[:1] in _FORMULA else text


def moment(text: str) -> datetime:
    """Read a time, or a duration back from now; raise ``ValueError`` for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC) - words.duration(text)
    return found.replace(tzinfo=found.tzinfo or UTC)


def _broken(found: Broken) -> int:
    sys.stdout.write(f"broken at line {found.seq}: {found.why}\n")
    return NO
