"""``relatch demo``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot.demo.story import Story, StoryFailed
from bot.demo.teller import Teller
from bot.demo.world import simulated
from bot.exit_codes import DONE, NO
from bot.lifecycle import serving
from bot.observability import logging_to


async def demo(*, once: bool = False, port: int = 8420) -> int:
    """Play the story against a simulated tenant and workspace; no account is needed.

    The exit code is 0 only if the tenant is exactly as before.

    Parameters
    ----------
    once
        End after the story, instead of staying open.
    port
        The simulated workspace's port while it stays open.
    """
    console = Console(highlight=False, soft_wrap=True)
    with TemporaryDirectory(prefix="relatch-demo-") as folder, logging_to(style="console", level="ERROR"):
        async with (
            simulated(Path(folder), port=0 if once else port) as world,
            serving(world.configuration) as running,
        ):
            world.workspace.deliver_to = (await running.open_for_business()).slack
            try:
                await Story(world, running, Teller(world.workspace, console)).play()
            except StoryFailed as failure:
                sys.stderr.write(f"relatch demo: {failure}\n")
                return NO
            if not once:
                console.print(f"Workspace: {world.workspace.url}")
                await asyncio.Event().wait()
    return DONE
