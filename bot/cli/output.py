"""What a command prints: lines for people, JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from json import dumps
from typing import Any


def print_json(value: Any) -> None:  # noqa: ANN401  # whatever JSON can say
    """Print *value* as JSON."""
    sys.stdout.write(dumps(value, indent=2, ensure_ascii=False) + "\n")


def say(lines: Iterable[str]) -> None:
    """Print *lines*, so that whoever waits sees them now."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
