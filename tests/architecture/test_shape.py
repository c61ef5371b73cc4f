"""How long things may be, and what every module, and every exception from a rule, has to say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("approvals", "commands", "bot")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
EVERYTHING = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
P90_FUNCTION = 25
MEDIAN_FUNCTION = 8
# A code in capitals after the one, in brackets after the other, and a reason behind it.
NOQA = re.compile(r"#\s*noqa(?P<rest>.*)")
NOQA_FULL = re.compile(r":\s*[A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*(?P<reason>.*)")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)")
IGNORE_FULL = re.compile(r"\[[a-z-]+(?:,\s*[a-z-]+)*\](?P<reason>.*)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the product with its length in lines; migrations are lists of tables."""
    for path in SOURCES:
        if "versions" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{named(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), named(path)


def test_no_file_of_the_product_is_too_long_to_read() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_read() -> None:
    assert [f"{name}: {length}" for name, length in functions() if length > LONGEST_FUNCTION] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_most_functions_are_short(package: str) -> None:
    lengths = [length for name, length in functions() if name.startswith(package)]
    deciles = quantiles(lengths, n=10)
    longest = sorted(functions(), key=lambda one: -one[1])[:20]

    assert (deciles[8] <= P90_FUNCTION, deciles[4] <= MEDIAN_FUNCTION) == (True, True), (deciles, longest)


def exceptions(marker: re.Pattern[str], full: re.Pattern[str]) -> Iterator[str]:
    """Exceptions from a rule that do not name the rule, or say why."""
    for path in EVERYTHING:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for found in marker.finditer(line):
                said = full.match(found["rest"])
                if said is None or not said["reason"].strip(" #-()"):
                    yield f"{named(path)}:{number} {line.strip()}"


def test_a_linter_is_overruled_for_one_rule_and_with_a_reason() -> None:
    assert list(exceptions(NOQA, NOQA_FULL)) == []


def test_the_type_checker_is_overruled_for_one_rule_and_with_a_reason() -> None:
    assert list(exceptions(IGNORE, IGNORE_FULL)) == []
