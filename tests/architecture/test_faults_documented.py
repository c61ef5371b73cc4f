"""docs/faults.md names tests that there are, and all tests of faults through the whole product."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def named() -> set[tuple[str, str]]:
    return set(NAMED.findall((ROOT / "docs" / "faults.md").read_text()))


def written(file: Path) -> set[str]:
    """Return the names of the tests in *file*."""
    if not file.exists():
        return set()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.parse(file.read_text()).body if isinstance(node, functions)}
    return {name for name in names if name.startswith("test_")}


def test_every_test_that_is_named_exists() -> None:
    assert {(file, test) for file, test in named() if test not in written(ROOT / file)} == set()
    assert len(named()) > 50


def test_every_test_of_a_fault_through_the_whole_product_is_named() -> None:
    files = (ROOT / "tests" / "scenario" / "faults").glob("test_*.py")
    there = {(str(file.relative_to(ROOT)), test) for file in files for test in written(file)}
    assert there - named() == set()
