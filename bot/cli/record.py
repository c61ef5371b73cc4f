"""``relatch audit``: whether the record is whole, and what it says."""

from __future__ import annotations

import csv
import json
import sys
from typing import Final, Literal

from approvals.record import START, Broken, Line, Verification
from bot.cli import opening
from bot.cli.cells import cell
from bot.cli.reading import Head, Since
from bot.config import StoreSettings, load_settings
from bot.exit_codes import DONE, NO

COLUMNS: Final = ("seq", "at", "event", "request", "actor", "facts", "previous", "hash")


async def verify(*, head: Head | None = None) -> int:
    """Go over the whole record, and print its head.

    Parameters
    ----------
    head
        A head that was logged or posted before, or printed by this command: it must still be in the
        record. Without it, lines that are missing at the end cannot be noticed.
    """
    verification = Verification(head or START)
    async with opening.storage(load_settings(StoreSettings)) as storage:
        async for line in storage.store.lines():
            if broken := verification.see(line):
                return _broken(broken)
    result = verification.result()
    if isinstance(result, Broken):
        return _broken(result)
    sys.stdout.write(f"whole: {result.lines} lines\nhead: {result.head}\n")
    return DONE


async def export(*, format: Literal["jsonl", "csv"] = "jsonl", since: Since | None = None) -> int:  # noqa: A002 - the option's name
    """Write the record to standard output, a line each, oldest first.

    Parameters
    ----------
    format
        jsonl unless it is given; cells of csv are safe to open in a spreadsheet.
    since
        Only lines of this time and later: 2026-11-22, 2026-11-22T10:00Z, or a time back, such as 7d.
    """
    writer = csv.writer(sys.stdout)
    async with opening.storage(load_settings(StoreSettings)) as storage:
        if format == "csv":
            writer.writerow(COLUMNS)
        async for line in storage.store.lines(since=since):
            entry = exported(line)
            if format == "csv":
                writer.writerow([cell(entry.get(name)) for name in COLUMNS])
            else:
                sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return DONE


def exported(line: Line) -> dict[str, object]:
    """Return a line as machines see it: what it says, and how it is chained.

    One that was tampered with until it is no JSON is shown as it is: a damaged record must be readable.
    """
    try:
        entry = json.loads(line.text)
    except ValueError:
        entry = None
    said = (
        entry if isinstance(entry, dict) else {"seq": line.seq, "at": line.at.isoformat(), "facts": line.text}
    )
    return {**said, "previous": line.previous, "hash": line.digest}


def _broken(found: Broken) -> int:
    sys.stdout.write(f"broken at line {found.seq}: {found.why}\n")
    return NO
