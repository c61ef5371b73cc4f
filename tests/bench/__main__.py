"""``make bench``: measures what is promised of speed and size.

Everything is compared within one run: with a plain Bolt app, with a process that only imports
the same libraries, or with the goal. A missed goal is printed and is no error, because a shared
machine misses goals by itself; what does not happen at all ends the run with an exception.

    python -m tests.bench [PART …]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory

from bot.observability import logging_to
from tests.bench import acknowledging, ageing, picturing, queueing, recording, reporting, resting, restoring
from tests.bench.databases import postgres
from tests.bench.figures import Finding, table
from tests.bench.machine import noise

Measured = Coroutine[object, object, list[Finding]]
Measure = Callable[[Path], Measured]
Empty = Callable[[str], str]
"""Returns the address of an empty database, which it may have to make, by its name."""


def parts(sqlite: Empty, postgres: Empty) -> dict[str, list[Measure]]:
    """Return what can be measured, by name; each measures a database of its own, where it needs one."""
    both = (("SQLite", sqlite), ("PostgreSQL", postgres))

    def on_both(measure: Callable[..., Measured], of: str) -> list[Measure]:
        return [partial(_on, at, of, partial(measure, name=name)) for name, at in both]

    return {
        "rest": on_both(resting.resting, "rest"),
        "ack": [acknowledging.alternating],
        "burst": on_both(acknowledging.bursts, "burst"),
        "status": [picturing.picturing],
        "report": [partial(_on, sqlite, "report", one) for one in reporting.BOTH],
        "restore": on_both(restoring.restores, "restore"),
        "herd": on_both(restoring.herd, "herd"),
        "queue": [*on_both(queueing.claims, "claims"), partial(_on, postgres, "queue", queueing.no_ops)],
        "age": [partial(ageing.ages, name=name, database=at) for name, at in both],
        "record": on_both(recording.verifying, "record"),
    }


def _on(empty: Empty, of: str, measure: Callable[..., Measured], folder: Path) -> Measured:
    """Measure on an empty database that is made only now."""
    return measure(folder, database=empty(of))


def main() -> None:
    """Measure the parts that were named, or all of them."""
    asked = _asked()
    # Told to stop, it still stops the database server and the bot that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    found: list[Finding] = []
    with (
        TemporaryDirectory(prefix="relatch-bench-") as folder,
        postgres() as server,
        logging_to(style="console", level="CRITICAL"),
    ):
        place = Path(folder)
        chosen = parts(lambda name: f"sqlite:///{place / name}.db", server)
        before = noise(place)
        for name in asked or chosen:
            for measure in chosen[name]:
                for one in asyncio.run(measure(place)):
                    sys.stdout.write(f"{one.what}: {one.measured}; {one.ratio:.2f} of the goal\n")
                    sys.stdout.flush()
                    found.append(one)
        after = noise(place)
    sys.stdout.write(f"\n{_report(found, before, after)}")


def _asked() -> list[str]:
    reader = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what is promised.")
    reader.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="rest, ack, burst, status, report, restore, herd, queue, age or record; all by default",
    )
    named: list[str] = reader.parse_args().parts
    return named


def _report(found: Iterable[Finding], before: str, after: str) -> str:
    cores = len(os.sched_getaffinity(0))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return "\n".join(
        [
            f"{today}, {cores} shared cores, Python {python_version()}, bytecode compiled.",
            "",
            f"* Before: {before}.",
            f"* After: {after}.",
            "",
            table(list(found)),
            "",
        ]
    )


if __name__ == "__main__":
    main()
