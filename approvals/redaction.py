"""Masking of what must not be kept in words: telephone numbers, and whatever could be one.

A run of seven or more digits is masked, in any script, with a leading ``+`` and with the signs that people
put between digits. What is certainly no telephone number is left alone: dates, times, GUIDs, hashes,
request numbers, and ticket numbers that start like a service desk's. Where a text can be read either way
(``20261122`` is a date and a Danish number, ``10.20.30.40`` an address and a Luxembourg number), it
is masked.
"""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "[number]"
"""Stands where a run of digits stood."""

# Invisible marks come along when a number is copied from an address book; chat adds its emphasis signs.
_INVISIBLE: Final = r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_DASHES: Final = r"\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_BETWEEN: Final = rf"[^\S\r\n]|[{_INVISIBLE}{_DASHES}.()/*_~`\u00b7\u2022\uff08\uff09\uff0e\uff0f]"

_NUMBER: Final = re.compile(rf"(?:[+\uff0b](?:{_BETWEEN}){{0,24}})?\(?\d(?:(?:{_BETWEEN}){{0,24}}\d){{6,}}")

_YEAR: Final = r"(?:19|20)[0-9]{2}"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
_ZONE: Final = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"

_KEPT: Final = re.compile(
    rf"""
      # a GUID
      (?<![0-9A-Za-z]) [0-9a-fA-F]{{8}} (?:-[0-9a-fA-F]{{4}}){{3}} -[0-9a-fA-F]{{12}} (?![0-9A-Za-z])
      # a hash or a trace id: lower case, with at least one letter
    | (?<![0-9A-Za-z]) (?=[0-9]*[a-f]) [0-9a-f]{{16,128}} (?![0-9A-Za-z])
      # 2026-11-22, alone or with a time; 2026/11/22
    | (?<![0-9+]) (?<![0-9][-./]) {_YEAR} (?P<iso>[-./]) {_MONTH} (?P=iso) {_DAY}
      (?:[T ]{_TIME}{_ZONE}?)? (?![0-9]) (?![-./][0-9])
      # 20261122T104305Z
    | (?<![0-9A-Za-z+]) 20[0-9]{{6}}T[0-9]{{4,6}}Z? (?![0-9A-Za-z])
      # 22-11-2026, 22/11/2026, 11/22/2026
    | (?<![0-9+]) (?<![0-9][-./]) (?:{_DAY}(?P<dmy>[-./]){_MONTH}(?P=dmy)|{_MONTH}/{_DAY}/) {_YEAR}
      (?![0-9]) (?![-./][0-9])
      # 16:42, 16:42:03.5+01:00
    | (?<![0-9.:+]) {_TIME}{_ZONE}? (?![0-9:])
      # seconds since 1970 with their millionths, as chat stamps messages
    | (?<![0-9.+]) (?<![0-9][-/]) 1[0-9]{{9}}\.[0-9]{{6}} (?![0-9.])
      # our own numbers, and tickets as service desks write them
    | (?<![0-9A-Za-z]) (?:R-|(?:INC|REQ|RITM|TASK|SCTASK|CHG|CTASK|PRB|PTASK)-?) [0-9]{{1,8}} (?![0-9A-Za-z])
    """,
    re.VERBOSE,
)


def mask_long_digits(text: str) -> str:
    """Return *text* with ``[number]`` for every run of digits that could be a telephone number."""
    # Most texts hold nothing that long; what is kept is looked for only where it could matter.
    if not _NUMBER.search(text):
        return text
    pieces: list[str] = []
    done = 0
    for kept in _KEPT.finditer(text):
        pieces += [_NUMBER.sub(MASK, text[done : kept.start()]), kept.group()]
        done = kept.end()
    pieces.append(_NUMBER.sub(MASK, text[done:]))
    return "".join(pieces)
