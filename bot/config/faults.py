"""What is wrong with the configuration: all of it at once, and never a secret's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic_core import PydanticCustomError

from approvals.errors import RelatchError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

LONGEST_SHOWN: Final = 80
_LIKE_A_SECRET: Final = re.compile(r"xox[a-z]|xapp-|eyJ|-----BEGIN|//[^/\s]*@")
_UNFIT: Final = "unfit"
_EXPECTED: Final = {
    "bool_type": "true or false, without quotes",
    "dict_type": "a table",
    "greater_than_equal": "{ge} or more",
    "int_from_float": "a whole number",
    "int_type": "a whole number, without quotes",
    "less_than_equal": "{le} or less",
    "mapping_type": "a table",
    "model_type": "a table",
    "string_type": "text in quotes",
    "too_short": "at least one",
    "tuple_type": "a list in brackets",
}

Place: TypeAlias = tuple[int | str, ...]
"""Where in the input pydantic stood: names of fields and positions in lists."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to repair: the variable or key, what was found there, and what was expected."""

    place: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}; found {self.found}"


Faults: TypeAlias = tuple[Fault, ...]


class ConfigurationError(RelatchError):
    """The configuration cannot be used. Holds every fault; its text is meant for the operator."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        number = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        return "\n".join([f"{number} in the configuration:", *(f"  {fault}" for fault in self.faults)])


def unfit(expected: str, found: str) -> PydanticCustomError:
    """Return what a validator raises; unlike ``ValueError`` it carries both halves of a fault."""
    return PydanticCustomError(
        _UNFIT, "expected {expected}; found {found}", {"expected": expected, "found": found}
    )


def shown(value: object) -> str:
    """Describe a value that is no secret; one that looks like a secret all the same is not quoted."""
    match value:
        case str():
            return _quoted(value)
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return _quoted(str(value)).strip('"')


def _quoted(text: str) -> str:
    if _LIKE_A_SECRET.search(text):
        return "what looks like a secret"
    if len(text) > LONGEST_SHOWN or not text.isprintable():
        return f"{len(text)} characters"
    return f'"{text}"'


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what was expected instead of the unknown *word*: the nearest known one, else all of them."""
    choices = list(known)
    near = get_close_matches(word.lower(), choices, 1)
    return f'a known key (did you mean "{near[0]}"?)' if near else f"one of {', '.join(choices)}"


def faults_of(
    error: ValidationError, *, name: Callable[[Place], str], meanings: Mapping[str, str]
) -> Iterable[Fault]:
    """Translate what pydantic found. *name* writes a place; *meanings* says what belongs there."""
    for details in error.errors(include_url=False):
        if not _follows_from_another(details):
            yield _fault(details, name(details["loc"]), meanings)


def _follows_from_another(details: ErrorDetails) -> bool:
    """Return whether this is an echo: of a faulty neighbour of a default, or of the items of a list."""
    counted = details["type"] == "too_short" and bool(details["input"])
    return counted or details["type"] == "default_factory_not_called"


def _fault(details: ErrorDetails, place: str, meanings: Mapping[str, str]) -> Fault:
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case kind if kind == _UNFIT:
            return Fault(place, context["found"], context["expected"])
        case "missing":
            return Fault(place, "nothing", meanings[place])
        case "extra_forbidden":
            table, _, word = place.rpartition(".")
            return Fault(place, "an unknown key", nearest(word, _siblings(table, meanings)))
        case kind:
            return Fault(place, shown(details["input"]), _expected(kind, context))


def _siblings(table: str, meanings: Mapping[str, str]) -> list[str]:
    prefix = f"{table}." if table else ""
    inside = [key.removeprefix(prefix) for key in meanings if key.startswith(prefix)]
    return [key for key in inside if "." not in key]


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    """Say what one of pydantic's own errors expected."""
    if kind == "literal_error":
        return str(context["expected"]).replace("'", '"')
    return _EXPECTED.get(kind, kind.replace("_", " ")).format_map(context)
