"""Reading JSON that others made: a value of the type expected, or nothing."""

from __future__ import annotations

from collections.abc import Mapping


def at(value: object, *path: str) -> object:
    """Return what stands at *path* below *value*; ``None`` where any step is missing."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: object, *path: str) -> str:
    """Return the string at *path*; empty for anything else."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def flag(value: object, *path: str) -> bool:
    """Return whether ``true`` stands at *path*."""
    return at(value, *path) is True
