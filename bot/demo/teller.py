"""The story in the terminal: who does what, and what each of them sees, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot.sim.workspace import transcript
from bot.sim.workspace.model import Ephemeral, Message
from bot.sim.workspace.workspace import SimulatedWorkspace


class Teller:
    """Prints the story with its times (UTC)."""

    def __init__(self, workspace: SimulatedWorkspace, console: Console, now: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._console = console
        self._now = now

    def says(self, what: str) -> None:
        """Tell what happens."""
        self._console.print(Text(f"{self._now():%H:%M:%S}  {what}", style="bold"))

    def shows(self, where: str, message: Message | Ephemeral) -> None:
        """Show what somebody sees."""
        lines = transcript.content({"text": message.text, "blocks": message.blocks}, self._workspace.names)
        self._console.print(Text(f"          {where}", style="dim"))
        for line in lines:
            self._console.print(Text(f"          │ {line}"))

    def fact(self, what: str) -> None:
        """State a fact that was looked up."""
        self._console.print(Text(f"          → {what}"))
