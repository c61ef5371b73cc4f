"""What can be configured, written out: the tables of the documentation, and ``docker/env.example``.

``python -m bot.config.reference > docker/env.example`` writes the latter anew; a test compares them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.config.durations import spoken
from bot.config.environment import VARIABLES
from bot.config.policy_file import tables

_HEADING: Final = """\
# Relatch's settings: what is secret, and what belongs to this host. Policy is in relatch.toml.
# An empty variable counts as unset. Set SLACK_APP_TOKEN for Socket Mode, SLACK_SIGNING_SECRET for HTTP.
"""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the policy file's reference; ``default`` is as it would be written, or words."""

    name: str
    meaning: str
    default: str


def policy_keys() -> Iterator[Key]:
    """Return every key of the policy file by its dotted name, in the order of the reference."""
    for name, table in tables():
        required = {key for key, field in table.model_fields.items() if field.is_required()}
        preset = {} if required else dict(table())
        for key, field in table.model_fields.items():
            default = (
                "required"
                if key in required
                else written(preset[key] if preset else field.get_default(call_default_factory=True))
            )
            yield Key(f"{name}.{key}", field.description or "", default)


def written(value: Any) -> str:  # noqa: ANN401 - whatever a key may hold
    """Write a key's value as the policy file has it."""
    match value:
        case None:
            return '""'
        case bool() | int():
            return str(value).lower()
        case timedelta():
            return f'"{spoken(value)}"'
        case Mapping():
            return "{}"
        case tuple():
            return f"[{', '.join(map(written, value))}]"
        case _:
            return f'"{value}"'


def markdown_variables() -> str:
    """Return the environment variables as a table in Markdown."""
    rows = (f"| `{each.name}` | {each.meaning} | {each.default} |" for each in VARIABLES)
    return "\n".join(["| variable | meaning | default |", "|---|---|---|", *rows]) + "\n"


def markdown_keys() -> str:
    """Return the policy file's keys as a table in Markdown."""
    rows = (f"| `{each.name}` | {each.meaning} | {each.default} |" for each in policy_keys())
    return "\n".join(["| key | meaning | default |", "|---|---|---|", *rows]) + "\n"


def env_example() -> str:
    """Return the environment variables as a file for ``docker run --env-file``."""
    entries = []
    for each in VARIABLES:
        sign = "" if each.default == "required" else "#"
        entries.append(f"# {each.meaning} [{each.default}]\n{sign}{each.name}={each.preset}\n")
    return "\n".join([_HEADING, *entries])


if __name__ == "__main__":
    sys.stdout.write(env_example())
