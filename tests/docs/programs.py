"""What a page lets people type in a terminal, read as the program that it names would read it."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.cli.program import app

ROOT: Final = Path(__file__).parents[2]
ASSIGNMENT: Final = re.compile(r"[A-Z_]+=.*")


def console(code: str) -> None:
    """Read each command of a block; raise for one that could not be typed."""
    for line in re.sub(r"\\\n\s*", " ", code).splitlines():
        for words in _commands(shlex.split(line, comments=True)):
            _typed(words)


def _commands(words: list[str]) -> Iterator[list[str]]:
    while "&&" in words:
        cut = words.index("&&")
        yield words[:cut]
        words = words[cut + 1 :]
    if words:
        yield words


def _typed(words: list[str]) -> None:
    words = words[: words.index(">")] if ">" in words else words
    while ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    program, *rest = words
    PROGRAMS[Path(program).name](rest)


def relatch(words: list[str]) -> None:
    """Parse what stands behind ``relatch``; raise for what it would refuse."""
    app.parse_args(words, exit_on_error=False, print_error=False)


def _make(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in words if "=" not in word]
    assert targets
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def _python(words: list[str]) -> None:
    match words:
        case ["-c", code]:
            ast.parse(code)
        case ["-m", "venv", _]:
            pass
        case ["-m", module, *_]:
            path = ROOT.joinpath(*module.split("."))
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
        case _:
            raise AssertionError(f"python {words}")


def _pip(words: list[str]) -> None:
    assert words[0] == "install"
    _files_after("-r", words)


def _pytest(words: list[str]) -> None:
    path, _, test = words[-1].partition("::")
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def _docker(words: list[str]) -> None:
    _files_after("-f", words)
    _files_after("--file", words)


def _curl(words: list[str]) -> None:
    assert urlsplit(words[-1]).hostname == "127.0.0.1"


def _cp(words: list[str]) -> None:
    assert (ROOT / words[0]).is_file()


def _permissions(words: list[str]) -> None:
    """A mode or an owner, and what is to have it: files that the reader makes."""
    assert len(words) > 1
    assert re.fullmatch(r"[0-7]{3}|\d+(?::\d+)?", words[0])


def _files_after(option: str, words: list[str]) -> None:
    assert [file for name, file in pairwise(words) if name == option and not (ROOT / file).is_file()] == []


PROGRAMS: Final[Mapping[str, Callable[[list[str]], None]]] = {
    "relatch": relatch,
    "make": _make,
    "python": _python,
    "python3": _python,
    "pip": _pip,
    "pytest": _pytest,
    "docker": _docker,
    "curl": _curl,
    "cp": _cp,
    "chmod": _permissions,
    "chown": _permissions,
}
