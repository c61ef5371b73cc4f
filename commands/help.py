"""``/mfa help``: what can be typed. It is for anybody, and asks nobody."""

from __future__ import annotations

from commands.model import HelpShown
from commands.table import HELP, SPECS


def shown(command: str) -> HelpShown:
    """Return what can be typed after *command*, straight from the table."""
    entries = tuple((spec.usage, spec.summary) for spec in SPECS if spec.command == command)
    return HelpShown(command, (*entries, (f"{command} {HELP}", "Show this.")))
