"""A runbook: what somebody is to do by hand, in order, with what can be copied.

Values in it are the tenant's own and hostile: :func:`quoted` and :func:`body` keep them inside their
quotation marks, whoever pastes them where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from commands.domain_names import DomainName

# PowerShell ends a single-quoted string at any of these (about_Quoting_Rules).
_QUOTES: Final = frozenset("'\u2018\u2019\u201a\u201b")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know or to do, in a sentence or two."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to copy, and where they are run (``Graph PowerShell``)."""

    where: str
    lines: str


Item: TypeAlias = Note | Code


@dataclass(frozen=True, slots=True)
class Variable:
    """A PowerShell variable, by its name without the dollar sign."""

    name: str


Value: TypeAlias = str | bool | Variable


@dataclass(frozen=True, slots=True)
class Part:
    """A stage of the work."""

    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """How a domain is converted; ``warnings`` are to be read before anything is done."""

    domain: DomainName
    title: str
    warnings: tuple[str, ...]
    parts: tuple[Part, ...]


def quoted(value: str) -> str:
    """Return *value* as a PowerShell string in which nothing is evaluated, on one line."""
    plain = "".join(char for char in value if char.isprintable())
    return "'" + "".join(char * 2 if char in _QUOTES else char for char in plain) + "'"


def hashtable(values: Mapping[str, Value]) -> str:
    """Return *values* as a PowerShell hashtable."""
    return "\n".join(["@{", *(f"  {name} = {_literal(value)}" for name, value in values.items()), "}"])


def body(values: Mapping[str, object]) -> str:
    """Return *values* as a request's JSON body."""
    return json.dumps(values, indent=2, ensure_ascii=True)


def _literal(value: Value) -> str:
    match value:
        case Variable(name=name):
            return f"${name}"
        case bool():
            return "$true" if value else "$false"
        case str():
            return quoted(value)
        case never:
            assert_never(never)
