"""The grammar: text in, a wish or a useful answer out. Never raises.

``VERB [USER|R-12] [for 1h] [by 30m] [ticket INC-7] [because REASON]``, the clauses in any
order before ``because``, which takes everything that follows. What cannot be read is set
right where the nearest word is clear; a suggestion is only made if it can be read itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from commands import words
from commands.model import Misused
from commands.table import COMMANDS, HELP, Spec, lookup, verbs
from commands.wishes import Said, Wish
from commands.words import Clause, Unread, Word

LONGEST_SUGGESTION = 1_900
"""A button carries it, and a button's value has 2,000 characters (Block Kit, button element)."""

# "enable" is like "disable" at 0.62, and "reset" like "restore" at 0.67: never offer those.
_LIKE_A_VERB = 0.72
_LIKE_A_CLAUSE = 0.6
_TWINS = {Clause.FOR: Clause.BY, Clause.BY: Clause.FOR}
_MISSING = {
    Clause.FOR: "Say for how long: `for 1h`.",
    Clause.BY: "Say by how much: `by 30m`.",
    Clause.TICKET: "Give the ticket: `ticket INC-7`.",
    Clause.BECAUSE: "Give the reason last: `because …`.",
}


@dataclass(frozen=True, slots=True)
class Help:
    """Somebody asks what can be typed after *command*."""

    command: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command that can be carried out."""

    spec: Spec
    wish: Wish


class _Missing(Unread):
    """Required clauses are not there; everything that is there may still be wrong."""

    def __init__(self, clauses: tuple[Clause, ...]) -> None:
        super().__init__(" ".join(_MISSING[clause] for clause in clauses))
        self.clauses = clauses


def parse(command: str, text: str) -> Parsed | Help | Misused:
    """Read what was typed after *command*; the clauses and values are checked, nothing is looked up."""
    if command not in COMMANDS:
        return Misused(
            f"{words.echo(words.clean(command[:100]))} is not a command of Relatch.", _help("/mfa")
        )
    if (pasted := _pasted(command, text)) is not None:
        return pasted
    if len(text) > words.LONGEST_TEXT:
        return Misused(f"That is longer than {words.LONGEST_TEXT:,} characters.", _help(command))
    line = _Line.of(text)
    if not line.words or line.words[0].bare == HELP:
        return Help(command)
    try:
        return _read(command, line)
    except Unread as error:
        return _misused(command, line, error)


def _pasted(command: str, text: str) -> Parsed | Misused | None:
    """Read a row that takes a text as it stands, which may be as long as a delivery; ``None`` for others."""
    verb, rest = _split_off(text)
    spec = lookup(command, verb.bare) if verb else None
    if spec is None or not spec.pasted:
        return None
    try:
        return Parsed(spec, spec.read(Said((rest,), {})))
    except Unread as error:
        return Misused(str(error), spec.usage)


def _split_off(text: str) -> tuple[Word | None, str]:
    """Return the first word, and what follows it as it was delivered."""
    first, *rest = text.split(None, 1) or ("",)
    found = words.words_of(words.clean(first[: words.LONGEST_ECHO]))
    return (found[0] if found else None), "".join(rest)


def attempted(command: str, text: str) -> str:
    """Return what an attempt is filed under: ``/mfa disable``, or less where less is clear."""
    if command not in COMMANDS:
        return "unknown command"
    line = _Line.of(text[: words.LONGEST_TEXT])
    spec = lookup(command, line.words[0].bare) if line.words else None
    return spec.name if spec else command


# --- reading -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """Cleaned text, and its words up to and including ``because``."""

    text: str
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> _Line:
        cleaned = words.clean(text)
        return cls(cleaned, words.words_of(cleaned))

    def after(self, word: Word) -> str:
        return self.text[word.end :].strip()


def _read(command: str, line: _Line) -> Parsed:
    verb = line.words[0]
    spec = lookup(command, verb.bare)
    if spec is None:
        raise Unread(f"{words.echo(verb.text)} is not known.")
    if spec.pasted:
        return Parsed(spec, spec.read(Said((line.after(verb),), {})))
    said = _split(spec, line)
    missing = tuple(clause for clause in spec.required if clause not in said.clauses)
    if missing:
        raise _Missing(missing)
    return Parsed(spec, spec.read(said))


def _split(spec: Spec, line: _Line) -> Said:
    plain: list[str] = []
    clauses: dict[Clause, list[str]] = {}
    here = plain
    for word in line.words[1:]:
        clause = words.clause_of(word)
        if clause is None:
            here.append(word.text)
            continue
        if clause not in spec.clauses:
            raise Unread(f"`{clause}` has no place in `{spec.name}`.")
        if clause in clauses:
            raise Unread(f"`{clause}` stands there twice.")
        here = clauses[clause] = []
        if clause is Clause.BECAUSE:
            here.append(line.after(word))
            break
    return Said(tuple(plain), {clause: " ".join(found) for clause, found in clauses.items()})


# --- setting right -------------------------------------------------------------------------


def _misused(command: str, line: _Line, error: Unread) -> Misused:
    """Say what is wrong, and offer what was probably meant."""
    typed = lookup(command, line.words[0].bare)
    plain = Misused(str(error), typed.usage if typed else _help(command))
    spec, meant = _set_right(command, line)
    whole = " ".join((command, *meant))
    if whole == _help(command):
        return replace(plain, suggestion=whole)
    if spec is None or meant == _as_typed(line):
        return plain
    plain = replace(plain, usage=spec.usage)
    try:
        _read(command, _Line.of(" ".join(meant)))
    except _Missing as lacking:
        rest = " ".join(f"{clause} …" for clause in lacking.clauses)
        return replace(plain, why=_bounded(f"{error} Did you mean `{whole} {rest}`? {lacking}", str(error)))
    except Unread as still:
        return plain if typed else replace(plain, why=f"{error} {still}")
    return replace(plain, suggestion=whole) if len(whole) <= LONGEST_SUGGESTION else plain


def _bounded(text: str, otherwise: str) -> str:
    return text if len(text) <= LONGEST_SUGGESTION else otherwise


def _as_typed(line: _Line) -> list[str]:
    """Return the words as they are, the reason as one of them."""
    found: list[str] = []
    for word in line.words:
        found.append(word.text)
        if words.clause_of(word) is Clause.BECAUSE:
            return [*found, line.after(word)]
    return found


def _set_right(command: str, line: _Line) -> tuple[Spec | None, list[str]]:
    """Return the verb's row and the words with the nearest ones in place; no row if none is near."""
    first, *rest = line.words
    verb = words.nearest(first.bare, verbs(command), _LIKE_A_VERB)
    if verb == HELP:
        return None, [HELP]
    if verb is None:
        verb, rest = _verb_for(command, first.text), list(line.words)
    spec = lookup(command, verb)
    if spec is None:
        return None, []
    head = [_subject_meant(spec, word.text) for word in rest[:1] if words.clause_of(word) is None]
    return spec, [spec.verb, *head, *_clauses_right(spec, line, rest[len(head) :])]


_BARE: dict[str, tuple[tuple[Callable[[str], object], str], ...]] = {
    "/mfa": ((words.person, "status"), (words.request, "show")),
    "/domain": ((words.domain_or_person, "show"),),
    "/mailbox": ((words.person, "show"),),
}


def _verb_for(command: str, word: str) -> str:
    """Return the verb that is meant by a bare person, request or domain; empty for anything else."""
    for read, verb in _BARE.get(command, ()):
        try:
            read(word)
        except Unread:
            continue
        return verb
    return ""


def _subject_meant(spec: Spec, word: str) -> str:
    """Return ``R-12`` for ``12`` where a request is meant, and the nearest of a row's choices."""
    if "R-12" in spec.usage and re.fullmatch(r"[0-9]{1,12}", word):
        return f"R-{word}"
    return words.nearest(word, spec.choices, _LIKE_A_CLAUSE) or word


def _clauses_right(spec: Spec, line: _Line, rest: list[Word]) -> list[str]:
    found: list[str] = []
    for place, word in enumerate(rest):
        clause = _clause_meant(spec, word)
        if clause is Clause.BECAUSE:
            return [*found, clause, line.after(word)]
        if place == 0 and clause is None and word.text[0].isdigit():
            found += [clause for clause in (Clause.FOR, Clause.BY) if clause in spec.clauses]
        found.append(clause or word.text)
    return found


def _clause_meant(spec: Spec, word: Word) -> Clause | None:
    clause = words.clause_of(word)
    if clause in spec.clauses:
        return clause
    if clause is not None:
        return _TWINS[clause] if _TWINS.get(clause) in spec.clauses else clause
    near = words.nearest(word.bare, spec.clauses, _LIKE_A_CLAUSE) if word.bare.isalpha() else None
    return Clause(near) if near else None


def _help(command: str) -> str:
    return f"{command} {HELP}"
