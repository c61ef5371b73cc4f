"""README says what can be typed, and nothing else: in the chat and in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.program import app, audit
from commands.help import shown
from commands.registry import COMMANDS, SPECS
from commands.table import HELP, Feature

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<usage>/(?:[^`])+)` \| (?P<summary>.+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, str]]:
    return [(row["usage"].replace("\\|", "|"), row["summary"]) for row in ROW.finditer(README)]


def test_the_table_of_the_chat_is_the_registry() -> None:
    assert rows() == [(spec.usage, spec.summary) for spec in SPECS]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_the_same(command: str) -> None:
    with_help = shown(command, frozenset(Feature)).entries

    assert with_help[-1][0] == f"{command} {HELP}"
    assert list(with_help[:-1]) == [row for row in rows() if row[0].startswith(f"{command} ")]


def test_the_table_of_the_terminal_names_every_command_and_no_other() -> None:
    typed = {name for name in app if not name.startswith("-")} - {"audit"}
    typed |= {f"audit {name}" for name in audit if not name.startswith("-")}
    _, _, table = README.partition("| command | does |")
    names = re.findall(r"`relatch ((?:audit )?[a-z-]+)", "\n".join(_first_cells(table)))

    assert sorted(names) == sorted(typed)


def _first_cells(table: str) -> list[str]:
    lines = table.partition("\n\n")[0].splitlines()
    return [line.split(" | ")[0] for line in lines if line.startswith("| `")]


def test_every_file_that_readme_links_to_is_there() -> None:
    root = Path(__file__).parents[2]
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    assert [link for link in links if not (root / link).is_file()] == []
