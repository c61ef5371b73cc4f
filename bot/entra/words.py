"""What people and devices are called in the directory, made fit to be kept and shown.

Telephone numbers and addresses leave this module masked, whatever the directory returned.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from approvals.redaction import mask_long_digits

LONGEST_NAME: Final = 256
"""The longest display name that Entra takes (Graph docs, "user resource type")."""
_EXTENSION: Final = re.compile(r"(?<=\d)\s*x\s*\d+\s*$", re.IGNORECASE)
_SHOWN_DIGITS: Final = 2


def line(text: object, longest: int = LONGEST_NAME) -> str:
    """Return *text* on one line, printable, at most *longest* characters; ``""`` for anything but text."""
    if not isinstance(text, str):
        return ""
    printable = "".join(char if char.isprintable() else " " for char in text[: 16 * longest])
    tidy = " ".join(printable.split())
    return tidy if len(tidy) <= longest else f"{tidy[: longest - 1]}…"


def label(text: object, longest: int = 80) -> str:
    """Return a name that somebody gave to a device or a key, without what could be a number."""
    return mask_long_digits(line(text, longest))


def masked_number(number: object) -> str:
    """Return a telephone number by its last two digits: ``·· ··89``. Extensions are left out."""
    main = _EXTENSION.sub("", number) if isinstance(number, str) else ""
    digits = [str(unicodedata.decimal(char)) for char in main if char.isdecimal()]
    # Of a number that short, two digits would be most of it.
    last = "".join(digits[-_SHOWN_DIGITS:]) if len(digits) >= _SHOWN_DIGITS else "··"
    return f"·· ··{last}"


def masked_address(address: object) -> str:
    """Return an e-mail address by its first letter and its domain: ``l··@gmail.com``."""
    local, at, domain = line(address).rpartition("@")
    return f"{local[:1]}··@{label(domain)}" if at else "··"
