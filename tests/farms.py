"""A simulated AD FS that the product reaches as any host: by its address, with no name to look up.

The policy has to allow private addresses for it, and ``SSL_CERT_FILE`` has to trust it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.sim.adfs import Farm, SimulatedAdfs


@asynccontextmanager
async def nearby(farm: Farm | None = None) -> AsyncGenerator[SimulatedAdfs]:
    """Run a farm whose addresses are on loopback for as long as the context lasts."""
    async with SimulatedAdfs(farm or Farm()) as adfs:
        adfs.told = replace(adfs.told, base=f"https://127.0.0.1:{adfs.port}")
        adfs.heals()
        yield adfs


def trusted_together(folder: Path, *authorities: Path) -> Path:
    """Write a file in which all of *authorities* are trusted."""
    together = folder / "authorities.pem"
    together.write_text("".join(file.read_text() for file in authorities))
    return together
