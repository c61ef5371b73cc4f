"""When two addresses are the same although they are written differently."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

_PORTS: Final = {"https": 443, "http": 80}


def same_address(one: str, other: str) -> bool:
    """Return whether both lead to the same place.

    White space around them, the case of scheme and host, a default port, a slash at the end and a
    ``wa=`` that the client adds anyway make no difference; neither does the case of a path of AD FS, which
    it does not tell apart.
    """
    first, second = _parts(one), _parts(other)
    return first is not None and first == second


def same_issuer(one: str, other: str) -> bool:
    """Return whether two issuers differ in the case of the host at most: the rest is compared by letter."""
    first, second = _split(one), _split(other)
    if first is None or second is None:
        return False
    rest = (first.path, first.query) == (second.path, second.query)
    return rest and (first.scheme, first.netloc.lower()) == (second.scheme, second.netloc.lower())


def bare_address(text: str) -> str:
    """Return *text* with its host in lower case and without white space around it or slashes at its end."""
    found = _split(text)
    return f"{found.scheme}://{found.netloc.lower()}{found.path.rstrip('/')}" if found else ""


def path_of(text: str) -> str:
    """Return the path in lower case, without slashes at its end; ``""`` of what is no address."""
    found = _split(text)
    return found.path.rstrip("/").lower() if found else ""


def _parts(text: str) -> tuple[object, ...] | None:
    found = _split(text)
    if found is None:
        return None
    path = found.path.rstrip("/")
    path = path.lower() if path.lower().startswith("/adfs") else path
    query = tuple(pair for pair in parse_qsl(found.query, keep_blank_values=True) if pair[0] != "wa")
    return found.scheme, found.hostname, found.port or _PORTS.get(found.scheme), path, query


def _split(text: str) -> SplitResult | None:
    """Return the parts of an address; ``None`` of what is none."""
    try:
        found = urlsplit(text.strip())
        _ = found.port  # raises for what is no port
    except ValueError:
        return None
    return found if found.scheme and found.hostname else None
