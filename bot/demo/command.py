"""``relatch demo``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bot.demo.story import Story, StoryFailed
from bot.demo.teller import Teller
from bot.demo.world import World, simulated
from bot.exit_codes import DONE, NO
from bot.lifecycle import Serving, serving
from bot.observability import logging_to
from bot.stopping import told_to_stop, unless_told


async def demo(*, once: bool = False, port: int = 8420) -> int:
    """Play the story against a simulated tenant and workspace; no account is needed.

    The exit code is 0 only if the tenant is exactly as before.

    Parameters
    ----------
    once
        End after the story, instead of staying open.
    port
        The simulated workspace's port while it stays open; 8420 unless it is given.
    """
    console = Console(highlight=False, soft_wrap=True)
    with (
        TemporaryDirectory(prefix="relatch-demo-") as folder,
        logging_to(style="console", level="ERROR"),
        told_to_stop() as told,
    ):
        async with (
            simulated(Path(folder), port=0 if once else port) as world,
            serving(world.configuration) as running,
        ):
            try:
                await unless_told(told, _played(world, running, console))
            except StoryFailed as failure:
                sys.stderr.write(f"relatch demo: {failure}\n")
                return NO
            if not once and not told.is_set():
                console.print(f"Workspace: {world.workspace.url}")
                await told.wait()
    return DONE


async def _played(world: World, running: Serving, console: Console) -> None:
    world.workspace.deliver_to = (await running.open_for_business()).slack
    await Story(world, running, Teller(world.workspace, console)).play()
