"""The command line, ``relatch``, which ``python -m bot`` is too."""

from bot.cli.program import main

__all__ = ["main"]
