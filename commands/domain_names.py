"""Domain names as people and services write them, brought to one form.

``Contoso.COM.``, ``hanna@contoso.com``, ``https://contoso.com/page`` and ``münchen.example`` are all read;
what cannot be a public domain name is not. The form is that of DNS: lower case, ASCII (IDNA 2008 over
UTS 46), no dot at the end.
"""

from __future__ import annotations

import re
from typing import Final, NewType
from urllib.parse import urlsplit

import idna

DomainName = NewType("DomainName", str)
"""A domain name in the form of DNS, as ``read_domain`` returns it."""

LONGEST: Final = 253
_LONGEST_TEXT: Final = 2_000
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_DOTS: Final = re.compile(r"[\u3002\uff0e\uff61]")


class NotADomain(ValueError):
    """It cannot be a domain name; the text is a sentence for the person who typed it."""


def read_domain(text: str) -> DomainName:
    """Return the domain that is meant by a name, an address of a person or a URL; ``NotADomain`` else."""
    if len(text) > _LONGEST_TEXT:
        raise NotADomain("This is too long to be a domain.")
    bare = _DOTS.sub(".", _host(text.strip())).rstrip(".")
    try:
        name = (
            idna.encode(bare, uts46=True, std3_rules=False).decode() if not bare.isascii() else bare.lower()
        )
    except (idna.IDNAError, UnicodeError):
        name = ""
    if len(name) > LONGEST or not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise NotADomain("This is not a domain; write it like contoso.com.")
    return DomainName(name)


def shown_domain(name: str) -> str:
    """Return *name* as its owner writes it (``münchen.example``), or as it is when it has no such form."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


def parents(name: DomainName) -> tuple[DomainName, ...]:
    """Return the domains above *name* that may be registered, the nearest first."""
    labels = name.split(".")
    return tuple(DomainName(".".join(labels[start:])) for start in range(1, len(labels) - 1))


def _host(text: str) -> str:
    if _SCHEME.match(text):
        try:
            return urlsplit(text).hostname or ""
        except ValueError:
            return ""
    return text.rpartition("@")[2]
