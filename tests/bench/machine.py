"""How much of what is measured is the machine's: what a timer and a disk do while nothing of ours runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.bench.figures import Spread, spread

TIMES = 200
NAP = 0.01


def noise(folder: Path) -> str:
    """Return in words how late a timer of this process rings, and how long a page takes to the disk."""
    load = os.getloadavg()[0]
    return f"load {load:.1f}; a plain timer is late by {_timers()}; an fsync takes {_syncs(folder)}"


def _timers() -> Spread:
    late = []
    for _ in range(TIMES):
        began = time.perf_counter()
        time.sleep(NAP)
        late.append(time.perf_counter() - began - NAP)
    return spread(late)


def _syncs(folder: Path) -> Spread:
    taken = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _ in range(TIMES):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return spread(taken)
