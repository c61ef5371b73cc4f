"""The part of OData that Graph's directory understands here: ``$filter`` and ``$select``.

Grammar: ``or``, ``and``, ``not``, parentheses, ``eq``, ``ne``, ``in``, ``startswith(name, 'text')`` and
``name/any(x:x eq 'text')``. Text compares without regard to case, as Graph's directory does. Anything else
is refused, so that a filter Graph would refuse does not pass here by luck.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from bot.sim.tenant.wire import Rejected

Predicate: TypeAlias = Callable[[Mapping[str, object]], bool]

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[(),:/])|(?P<word>[\w.\-]+))")
CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}


def filtering(expression: str, known: Collection[str]) -> Predicate:
    """Compile a ``$filter`` over objects that have the *known* properties. Raises ``Rejected`` 400."""
    reader = _Reader(_tokens(expression), known)
    predicate = reader.either()
    reader.finish()
    return predicate


def selecting(expression: str) -> tuple[str, ...]:
    """Return the names in a ``$select``; none when it is empty."""
    return tuple(name.strip() for name in expression.split(",") if name.strip())


class _Reader:
    """Recursive descent over the tokens; each method consumes what it understands."""

    def __init__(self, tokens: list[str], known: Collection[str]) -> None:
        self._tokens = tokens
        self._known = known

    def finish(self) -> None:
        if self._tokens:
            raise _invalid(f"Syntax error near '{self._tokens[0]}'.")

    def either(self) -> Predicate:
        choices = [self._both()]
        while self._accept("or"):
            choices.append(self._both())
        return lambda thing: any(choice(thing) for choice in choices)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._accept("and"):
            parts.append(self._one())
        return lambda thing: all(part(thing) for part in parts)

    def _one(self) -> Predicate:
        if self._accept("not"):
            inner = self._one()
            return lambda thing: not inner(thing)
        if self._accept("("):
            grouped = self.either()
            self._expect(")")
            return grouped
        if self._accept("startswith"):
            return self._prefix()
        return self._comparison(self._property())

    def _prefix(self) -> Predicate:
        self._expect("(")
        name = self._property()
        self._expect(",")
        prefix = str(self._literal())
        self._expect(")")
        return lambda thing: str(_folded(thing.get(name)) or "").startswith(prefix)

    def _comparison(self, name: str) -> Predicate:
        match self._next():
            case "eq":
                wanted = self._literal()
                return lambda thing: _folded(thing.get(name)) == wanted
            case "ne":
                unwanted = self._literal()
                return lambda thing: _folded(thing.get(name)) != unwanted
            case "in":
                choices = self._list()
                return lambda thing: _folded(thing.get(name)) in choices
            case "/":
                return self._any(name)
            case other:
                raise _invalid(f"'{other}' is not an operator that is supported here.")

    def _any(self, name: str) -> Predicate:
        for expected in ("any", "("):
            self._expect(expected)
        variable = self._next()
        for expected in (":", variable, "eq"):
            self._expect(expected)
        wanted = self._literal()
        self._expect(")")
        return lambda thing: wanted in [_folded(item) for item in _items(thing.get(name))]

    def _list(self) -> list[object]:
        self._expect("(")
        found = [self._literal()]
        while self._accept(","):
            found.append(self._literal())
        self._expect(")")
        return found

    def _property(self) -> str:
        name = self._next()
        if name not in self._known:
            raise _invalid(f"Could not find a property named '{name}'.")
        return name

    def _literal(self) -> object:
        word = self._next()
        if word.startswith("'"):
            return word[1:-1].replace("''", "'").casefold()
        if word in CONSTANTS:
            return CONSTANTS[word]
        raise _invalid(f"'{word}' is not a literal.")

    def _accept(self, wanted: str) -> bool:
        if self._tokens[:1] == [wanted]:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, wanted: str) -> None:
        if not self._accept(wanted):
            raise _invalid(f"'{wanted}' was expected.")

    def _next(self) -> str:
        if not self._tokens:
            raise _invalid("The expression ends too early.")
        return self._tokens.pop(0)


def _tokens(expression: str) -> list[str]:
    found, position, text = [], 0, expression.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _invalid(f"Syntax error at position {position}.")
        found.append(match[0].strip())
        position = match.end()
    return found


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _invalid(detail: str) -> Rejected:
    return Rejected(400, "Request_UnsupportedQuery", f"Invalid filter clause: {detail}")
