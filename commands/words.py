"""From text as it was delivered to words, and from words to values.

Keyboards and chats change what people type: smart quotes, long dashes, non-breaking spaces,
full-width letters, invisible marks, links around addresses. All of that is undone here, and
only that: an address is taken letter by letter or not at all.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from urllib.parse import unquote

from pytimeparse.timeparse import timeparse

from approvals.model import ChatId, PersonId, RequestId
from commands.domain_names import DomainName, NotADomain, read_domain
from commands.ports import ByAddress, ByChat, ById, Who

LONGEST_TEXT = 8_000
LONGEST_REASON = 1_000
LONGEST_TICKET = 100
LONGEST_ADDRESS = 254
LONGEST_DURATION_TEXT = 40
LONGEST_DURATION = timedelta(days=30)
LONGEST_ECHO = 60
LONGEST_FOR = 700
"""An address has 254 characters; as a link it is written twice."""
_FOR_AT_END = re.compile(r"(?:^|\s)[-\u2013\u2014]{0,2}for:?\s+(\S+)\s*$", re.IGNORECASE)
_FOR_AT_START = re.compile(r"\s*[-\u2013\u2014]{0,2}for:?\s+(\S+?)[:,]?(?:\s+|$)", re.IGNORECASE)


@unique
class Clause(StrEnum):
    """The words that open a clause; ``because`` takes everything that follows."""

    FOR = "for"
    BY = "by"
    TICKET = "ticket"
    BECAUSE = "because"


class Unread(ValueError):
    """A value that cannot be read; the text is a sentence for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with typography undone; ``end`` is where it ends in the cleaned text."""

    text: str
    end: int

    @property
    def bare(self) -> str:
        """Return it as a verb or clause is compared: ``--Because:`` is ``because``."""
        return self.text.lstrip("-").rstrip(":").lower()


# --- text to words -------------------------------------------------------------------------

# Control, format (zero-width, direction marks, tags), surrogates, noncharacters.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn"})
_LONG_DASHES = "\u2012\u2013\u2014\u2015\u2e3a\u2e3b"
_DASHES = dict.fromkeys(map(ord, _LONG_DASHES + "\u2010\u2011\u2212\ufe58\ufe63"), "-")
# One character to one character, so that places in the folded and the cleaned text agree.
_FOLDS = (
    dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"), '"')
    | dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4"), "'")
    | {0xFF01 + n: chr(0x21 + n) for n in range(94)}
)
_GLUED = re.compile(rf"[{_LONG_DASHES}]+(?=(?:{'|'.join(Clause)}):?(?:\s|$))", re.IGNORECASE)
_WORD = re.compile(r"(?:<[^<>]*>|\S)+")
_LINK = re.compile(r"<(?:mailto:|https?://)([^<>|]+)(?:\|([^<>|]*))?>")


def clean(text: str) -> str:
    """Return *text* as one line without invisible characters, trimmed."""
    return "".join(_plain(char) for char in text).strip()


def _plain(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _DROPPED else char


def words_of(cleaned: str) -> tuple[Word, ...]:
    """Split cleaned text into words; a dash that stands alone is none."""
    folded = cleaned.translate(_FOLDS)
    # "1h—because" is two words: a long dash is what a phone makes of two hyphens.
    folded = _GLUED.sub(lambda found: " " * len(found[0]), folded).translate(_DASHES)
    found = (Word(_LINK.sub(_unlinked, match[0]), match.end()) for match in _WORD.finditer(folded))
    return tuple(word for word in found if word.text.strip("-"))


def _unlinked(link: re.Match[str]) -> str:
    """Return the label of a link that the chat made; one that points elsewhere stays a link."""
    target, shown = link[1], link[2]
    if shown is None:
        return target if link[0].startswith("<mailto:") else link[0]
    return shown if shown in {target, unquote(target)} else link[0]


def clause_of(word: Word) -> Clause | None:
    """Return the clause that *word* opens."""
    return Clause(word.bare) if word.bare in set(Clause) else None


def nearest(word: str, known: Iterable[str], cutoff: float) -> str | None:
    """Return the one of *known* that looks most like *word*, if any looks like it enough."""
    found = difflib.get_close_matches(word[:LONGEST_ECHO].lower(), list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def echo(text: str) -> str:
    """Return *text* in quotation marks, cut to what fits in a sentence."""
    return f"“{text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + '…'}”"


# --- words to values -----------------------------------------------------------------------

_CHAT = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>]*)?>")
_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# RFC 5321's unquoted local part ("#EXT#", apostrophes, slashes, percent signs), and a host name.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_REQUEST = re.compile(r"R-?([0-9]{1,12})", re.IGNORECASE | re.ASCII)
_TEL = re.compile(r"<tel:([^<>|]*)(?:\|[^<>]*)?>")
_ADDRESSED = re.compile(r"<([^<>|]+)(?:\|[^<>]*)?>")
# No sign, no colon, ASCII digits: pytimeparse reads "-1h", "1:30" and Arabic digits too.
_DURATION = re.compile(r"(?:\d{1,4}(?:\.\d)?\s*[a-z]+\s*)+", re.ASCII | re.IGNORECASE)


def person(word: str) -> Who:
    """Read who is meant; raise ``Unread``."""
    if pointed := _pointed_at(word):
        return pointed
    address = unescaped(_unquoted(word))
    if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address):
        return ByAddress(address)
    raise Unread(f"{echo(word)} is not a person: write an address, a mention or an object id.")


def domain(word: str) -> DomainName:
    """Read which domain is meant by its name, a person's address in it or a page of it; raise ``Unread``.

    Of a link only where it leads counts: what it shows may be another name.
    """
    bare = unescaped(_unquoted(word))
    link = _ADDRESSED.fullmatch(bare)
    try:
        return read_domain((link[1] if link else bare).removeprefix("mailto:"))
    except NotADomain:
        raise Unread(f"{echo(word)} is not a domain: write it like contoso.com.") from None


def domain_or_person(word: str) -> DomainName | ByChat | ById:
    """Read a domain, or whose domain is meant; an address is read as its domain. Raise ``Unread``."""
    return _pointed_at(word) or domain(word)


def _pointed_at(word: str) -> ByChat | ById | None:
    """Return who a mention or an object id is."""
    bare = _unquoted(word)
    if chat := _CHAT.fullmatch(bare):
        return ByChat(ChatId(chat[1]))
    return ById(PersonId(bare.lower())) if _OBJECT_ID.fullmatch(bare) else None


def request(word: str) -> RequestId:
    """Read a request's number; raise ``Unread``."""
    found = _REQUEST.fullmatch(_unquoted(word))
    if found and int(found[1]):
        return RequestId(int(found[1]))
    raise Unread(f"{echo(word)} is not a request: write its number, such as R-12.")


def number(text: str) -> str:
    """Return a telephone number as it was typed, taken out of the link that the chat made of it."""
    link = _TEL.fullmatch(text)
    return link[1] if link else text


def duration(text: str) -> timedelta:
    """Read a length of time, more than nothing and at most 30 days; raise ``Unread``."""
    readable = len(text) <= LONGEST_DURATION_TEXT and _DURATION.fullmatch(text.strip())
    seconds = timeparse(text.strip()) if readable else None
    if seconds is None:
        raise Unread(f"{echo(text)} is not a length of time: write it as 45m, 1h30m or 2h.")
    if not 0 < seconds <= LONGEST_DURATION.total_seconds():
        raise Unread(f"{echo(text)} is out of bounds: more than nothing, at most 30 days.")
    return timedelta(seconds=seconds)


def written_duration(length: timedelta) -> str:
    """Return *length* as it is typed: ``1h30m``."""
    minutes, seconds = divmod(length.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((hours, "h"), (minutes, "m"), (round(seconds, 1), "s"))
    return "".join(f"{number:g}{unit}" for number, unit in parts if number)


def filled_duration(text: str) -> timedelta:
    """Read a length of time from a form's input, as it was delivered; raise ``Unread``."""
    return duration(" ".join(word.text for word in words_of(clean(text[:LONGEST_TEXT]))))


def ticket(text: str) -> str:
    """Read a ticket's number: one word; raise ``Unread``."""
    found = unescaped(_unquoted(text))
    if not found or " " in found or len(found) > LONGEST_TICKET:
        raise Unread(f"{echo(text)} is not a ticket: write one word of at most {LONGEST_TICKET} characters.")
    return found


def reason(text: str) -> str:
    """Read a reason, every word of it on one line; raise ``Unread``."""
    found = unescaped(clean(text[:LONGEST_TEXT]))
    if not any(char.isalnum() for char in found):
        raise Unread("A reason is missing.")
    if len(found) > LONGEST_REASON:
        raise Unread(f"The reason has {len(found):,} characters; the limit is {LONGEST_REASON:,}.")
    return found


def unescaped(text: str) -> str:
    """Undo the three entities that the chat writes for ``<``, ``>`` and ``&``."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _unquoted(word: str) -> str:
    for mark in ('"', "'", "`"):
        if len(word) > 1 and word[0] == word[-1] == mark:
            return word[1:-1]
    return word


def for_whom(pasted: str) -> tuple[str, Who | None]:
    """Take ``for USER`` from the end of a text, or from its beginning; any other ``for`` is part of it."""
    for found in (_FOR_AT_END.search(pasted[-LONGEST_FOR:]), _FOR_AT_START.match(pasted[:LONGEST_FOR])):
        if found is None:
            continue
        try:
            [word] = words_of(clean(found[1]))
            who = person(word.text)
        except ValueError:
            continue
        at_start = found.re is _FOR_AT_START
        length = len(found[0])
        return (pasted[length:] if at_start else pasted[: len(pasted) - length]), who
    return pasted, None
