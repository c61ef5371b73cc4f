"""Cells that no spreadsheet takes for a formula.

Spreadsheets look past what stands before an equals sign: a tab, a line's end, a space, a byte order mark;
and they take its full-width form for it.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@")


def cell(value: object) -> str:
    """Return *value* as text, with a quote before it where that could be taken for a formula."""
    if isinstance(value, dict):
        return cell(json.dumps(value, ensure_ascii=False))
    text = "" if value is None else str(value)
    seen = unicodedata.normalize("NFKC", text).lstrip("\ufeff \t\r\n\xa0")
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or seen[:1] in _FORMULA else text
