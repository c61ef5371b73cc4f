"""``relatch report`` as fast as Graph answers, and how much memory it took at most.

``python -m tests.bench.hurried`` reads, counts and writes the CSV (to nowhere), as the command does, but
for the pace that Microsoft's limits ask for. It says in JSON what was counted, and the peak in megabytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiolimiter import AsyncLimiter

from bot.cli import opening, report_csv
from bot.cli.watching import watched
from bot.config import TenantSettings, load_settings
from bot.report.machines import whole
from bot.report.scratch import scratch
from bot.report.survey import Survey
from bot.report.taking import picture

HURRIED = AsyncLimiter(100_000, 1)


async def main() -> None:
    """Take the picture."""
    with scratch() as people, watched() as progress:
        async with opening.survey(load_settings(TenantSettings)) as graph:
            survey = Survey(graph=graph, scratch=people, progress=progress, pace=HURRIED)
            seen = picture(people, await survey.make(), (), datetime.now(UTC))
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # noqa: ASYNC230 - nobody waits beside it
            report_csv.write(nowhere, people.lines(), seen)
    sys.stdout.write(json.dumps({"seen": whole(seen), "peak": _peak()}))


def _peak() -> float:
    """Return the most memory this process has held, in megabytes of 1024² octets (``VmHWM``)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    asyncio.run(main())
