"""How long the record takes to verify, and how much memory, when it has grown for years."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import insert, update

from approvals.model import RequestId
from approvals.record import Entry, Line, write
from bot.sql.engine import Database
from bot.sql.tables import HeadRow, LineRow
from tests.bench.figures import Finding
from tests.bench.processes import Broken, environment_of
from tests.bench.suspended import storing

SHORT, LONG = 100_000, 1_000_000
SECONDS = 30.0
MORE_MEMORY = 10.0
"""Megabytes that the long record may take above the short one: constant, but for the allocator's moods."""
BULK = 20_000


@dataclass(frozen=True, slots=True)
class Verified:
    """Seconds and megabytes (``ru_maxrss``) of one run of the command."""

    seconds: float
    megabytes: float


async def verifying(_folder: Path, name: str, database: str) -> list[Finding]:
    """Verify a short record, then the same one when it is long."""
    async with storing(database) as (opened, _):
        lines = _lines()
        await _append(opened, lines, SHORT)
        short = await asyncio.to_thread(_verified, database, SHORT)
        await _append(opened, lines, LONG - SHORT)
        long = await asyncio.to_thread(_verified, database, LONG)
    more = long.megabytes - short.megabytes
    return [
        Finding(
            what=f"A record of {LONG} lines verified, {name}",
            goal=f"under {SECONDS:g} s",
            measured=f"{long.seconds:.1f} s",
            ratio=long.seconds / SECONDS,
        ),
        Finding(
            what=f"Memory for that beside {SHORT} lines, {name}",
            goal=f"at most {MORE_MEMORY:g} MB more",
            measured=f"{more:.1f} MB: {long.megabytes:.1f} MB against {short.megabytes:.1f} MB",
            ratio=max(more, 0.0) / MORE_MEMORY,
        ),
    ]


def _lines() -> Iterator[Line]:
    """Yield a record without an end, each line like the one at an approval."""
    last, at = None, datetime(2025, 11, 22, tzinfo=UTC)
    number = 0
    while True:
        number += 1
        facts = {"subject": f"a3000000-0000-4000-8000-{number:012}", "prior": "enforced", "lever": "per_user"}
        entry = Entry("applying", RequestId(number), "relatch", {**facts, "client_request_id": f"c-{number}"})
        last = write(entry, at + timedelta(seconds=number), last)
        yield last


async def _append(database: Database, lines: Iterator[Line], number: int) -> None:
    left = number
    while left:
        bulk = [*islice(lines, min(BULK, left))]
        left -= len(bulk)
        rows = [
            {"seq": one.seq, "at": one.at, "text": one.text, "previous": one.previous, "digest": one.digest}
            for one in bulk
        ]
        async with database.session() as session:
            connection = await session.connection()
            await connection.execute(insert(LineRow), rows)
            await connection.execute(update(HeadRow).values(seq=bulk[-1].seq, digest=bulk[-1].digest))


def _verified(database: str, lines: int) -> Verified:
    """Run ``relatch audit verify``; ``Broken`` unless it says that the record is whole."""
    environment = environment_of({"DATABASE_URL": database, "RELATCH_LOG_LEVEL": "ERROR"})
    command = [sys.executable, "-m", "bot", "audit", "verify"]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)  # noqa: S603 - our own
    said, _ = process.stdout.read(), process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)  # tells the memory of this child and no other
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if not said.startswith(f"whole: {lines} lines".encode()) or process.returncode:
        raise Broken(f"relatch audit verify ended with {process.returncode}: {said!r}")
    return Verified(seconds, used.ru_maxrss / 1024)
