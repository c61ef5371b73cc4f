"""Every command and every block of configuration in the pages is run or parsed here."""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser

from bot.cli.program import app
from bot.config import VARIABLES, load_policy
from commands.parse import Help, Parsed, parse
from commands.table import SPECS
from tests.docs.programs import console

ROOT = Path(__file__).parents[2]
PAGES = [
    page for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]) if page.name != "CHANGELOG.md"
]
FENCE = re.compile(r"^\s*```([a-z]+)\s*$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`(?P<code>(?:relatch|/mfa|/domain|/mailbox) [^`]+)`(?!`)")
STANDS_FOR = re.compile(r"[A-Z]{3,}|[\[|…]")
"""What stands for something else: ``USER``, ``[ticket INC-7]``, ``a|b``."""


def _policy(code: str, folder: Path) -> None:
    file = folder / "relatch.toml"
    file.write_text(code, encoding="utf-8")
    load_policy({"RELATCH_POLICY": str(file)})


def _settings(code: str, _: Path) -> None:
    names = {line.partition("=")[0] for line in code.splitlines() if line and not line.startswith("#")}
    assert names
    assert names <= {variable.name for variable in VARIABLES}


def _statements(code: str, _: Path) -> None:
    """Look at the shape; ``test_erasing`` runs them."""
    assert sqlite3.complete_statement(code)


READERS = {
    "console": lambda code, _: console(code),
    "toml": _policy,
    "sh": _settings,
    "sql": _statements,
    "yaml": lambda code, _: yaml.safe_load(code),
}


def blocks() -> Iterator[tuple[str, Example, str]]:
    for page in PAGES:
        for language in READERS:
            parser = CodeBlockParser(language=language, evaluator=_nothing)
            for example in Sybil([parser]).parse(page):
                yield language, example, f"{page.name}:{example.line}"


def _nothing(_: Example) -> None:
    """Take a block as it is: the readers are ours."""


@pytest.mark.parametrize(
    ("language", "code"),
    [pytest.param(language, example.parsed, id=where) for language, example, where in blocks()],
)
def test_a_block_can_be_used_as_it_stands(language: str, code: str, tmp_path: Path) -> None:
    READERS[language](str(code), tmp_path)


def test_no_block_is_of_a_language_that_nothing_reads() -> None:
    found = {name for page in PAGES for name in FENCE.findall(page.read_text(encoding="utf-8"))}
    assert found <= {*READERS, "text"}  # what a program printed is not for typing


def inline() -> set[tuple[str, str]]:
    return {
        (page.name, " ".join(found["code"].split()))
        for page in PAGES
        for found in INLINE.finditer(page.read_text(encoding="utf-8"))
        if not STANDS_FOR.search(re.sub(r"\bINC-\d+|\bR-\d+", "", found["code"]))
    }


@pytest.mark.parametrize(("page", "code"), sorted(inline()))
def test_a_command_in_a_sentence_can_be_typed(page: str, code: str) -> None:
    program, _, rest = code.partition(" ")
    if not program.startswith("/"):
        command, *_ = app.parse_commands(shlex.split(rest))
        assert command, page
    elif code not in {spec.name for spec in SPECS}:
        assert isinstance(parse(program, rest), Parsed | Help), page
