"""The tables of the reference, read from the code: what can be typed, set, granted and measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from approvals.service import Role
from bot.cli.program import app
from bot.config.reference import markdown_keys, markdown_variables
from bot.entra.grants import Features, grants
from bot.observability import Metrics
from commands.table import SPECS

WHO: Final[Mapping[Role, str]] = {
    Role.REQUESTER: "requesters",
    Role.APPROVER: "approvers",
    Role.EITHER: "requesters, approvers",
}


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown; a bar inside a cell would end it."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    """Return what can be typed in the chat."""
    rows = (
        (
            f"`{spec.usage}`",
            spec.summary,
            WHO[spec.who],
            f"`[{spec.feature.value}]`" if spec.feature else "always",
        )
        for spec in SPECS
    )
    return table(("you type", "what happens", "who may", "on with"), rows)


def terminal() -> str:
    """Return what can be typed in a terminal."""
    return table(("command", "does"), _programs(app.name[0], app))


def _programs(path: str, of: object) -> Iterable[tuple[str, str]]:
    for name in of:  # type: ignore[attr-defined]
        if name.startswith("-"):
            continue
        inner = of[name]  # type: ignore[index]
        below = [one for one in inner if not one.startswith("-")]
        if below:
            yield from _programs(f"{path} {name}", inner)
        else:
            yield f"`{path} {name}`", " ".join(inner.help.split())


def metrics() -> str:
    """Return what ``GET /metrics`` shows."""
    found = (
        (f"`{metric.name}{'_total' if metric.type == 'counter' else ''}`", metric.type, metric.documentation)
        for metric in Metrics().registry.collect()
    )
    return table(("metric", "type", "meaning"), found)


def permissions() -> str:
    """Return what the app registration may be granted, with every table of the policy there."""
    everything = Features(**dict.fromkeys(Features.__dataclass_fields__, True) | {"national": False})
    return table(
        ("application permission", "needed to"),
        ((f"`{one.permission}`", one.why) for one in grants(everything)),
    )


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands,
    "terminal": terminal,
    "variables": markdown_variables,
    "policy": markdown_keys,
    "metrics": metrics,
    "permissions": permissions,
}
