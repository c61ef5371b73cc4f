"""Has the chart drawn by a process of its own, which gets the picture and no secrets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from approvals.errors import RelatchError

PATIENCE: Final = 120.0
_SAID: Final = 300


class NoChart(RelatchError):
    """The chart could not be drawn; says why."""


async def drawn(told: dict[str, Any]) -> bytes:
    """Return the chart of *told* as PNG; ``NoChart`` if it cannot be drawn."""
    with TemporaryDirectory(prefix="relatch-chart-") as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "bot.report.chart",
            env=_environment(Path(folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                png, said = await child.communicate(json.dumps(told).encode())
        except TimeoutError:
            raise NoChart(f"the chart was not drawn within {PATIENCE:g} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    if child.returncode != 0:
        raise NoChart(f"the chart could not be drawn: {_last_line(said)}")
    return png


def _environment(folder: Path) -> dict[str, str]:
    """Return where programs are, and a folder for matplotlib's cache, which may not be written elsewhere."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return {**kept, "MPLBACKEND": "agg", "MPLCONFIGDIR": str(folder), "HOME": str(folder)}


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:_SAID] if lines else "it said nothing"
