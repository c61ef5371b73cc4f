"""``/mfa help``: what can be typed. It is for anybody, and asks nobody."""

from __future__ import annotations

from commands.model import HelpShown
from commands.table import HELP, Feature, available


def shown(command: str, features: frozenset[Feature]) -> HelpShown:
    """Return what can be typed after *command* with *features* on, straight from the table."""
    entries = tuple((spec.usage, spec.summary) for spec in available(command, features))
    return HelpShown(command, (*entries, (f"{command} {HELP}", "Show this.")))
