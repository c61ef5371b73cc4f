"""``relatch demo``."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from bot.demo.page.site import page
from bot.demo.story import Story, StoryFailed
from bot.demo.teller import Teller
from bot.demo.world import World, simulated
from bot.exit_codes import DONE, NO
from bot.lifecycle import Serving, serving
from bot.observability import logging_to
from bot.stopping import told_to_stop, unless_told


async def demo(
    *,
    once: bool = False,
    story: Annotated[bool, Parameter(negative="--no-story")] = True,
    port: int = 8420,
) -> int:
    """Play the story against a simulated tenant and workspace; no account is needed.

    The exit code is 0 only if the tenant is exactly as before the story.

    Parameters
    ----------
    once
        End after the story, instead of staying open.
    story
        Play the story first; without it the workspace opens as it is before anybody has asked for anything.
    port
        The port of the workspace's page while it stays open; 8420 unless it is given.
    """
    console = Console(highlight=False, soft_wrap=True)
    with (
        TemporaryDirectory(prefix="relatch-demo-") as folder,
        logging_to(style="console", level="ERROR"),
        told_to_stop() as told,
    ):
        async with (
            simulated(Path(folder)) as world,
            serving(world.configuration, world.clock) as running,
            AsyncExitStack() as stack,
        ):
            address = "" if once else await stack.enter_async_context(page(world, running, port))
            try:
                await unless_told(told, _played(world, running, console if story else None))
            except StoryFailed as failure:
                sys.stderr.write(f"relatch demo: {failure}\n")
                return NO
            if not once and not told.is_set():
                console.print(f"Workspace: {address}")
                await told.wait()
    return DONE


async def _played(world: World, running: Serving, console: Console | None) -> None:
    """Open for business, and play the story if there is somewhere to tell it."""
    world.workspace.deliver_to = (await running.open_for_business()).slack
    if console is not None:
        await Story(world, running, Teller(world.workspace, console, world.clock.now)).play()
