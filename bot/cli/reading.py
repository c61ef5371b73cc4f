"""How what is typed in a terminal becomes a value: by the same words as in the chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit

from cyclopts import Parameter, Token

from approvals.model import RequestId
from commands import words
from commands.domain_names import DomainName
from commands.ports import ByAddress, ByChat, ById

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.IGNORECASE | re.ASCII)


def _by(read: Callable[[str], object], metavar: str) -> Parameter:
    """Return what reads a value with *read*; its ``ValueError`` becomes a line on stderr and exit code 2."""

    def convert(_kind: Any, tokens: Sequence[Token]) -> object:  # noqa: ANN401  # cyclopts gives the type here
        return read(tokens[0].value)

    return Parameter(converter=convert, n_tokens=1, accepts_keys=False, metavar=metavar)


def moment(text: str) -> datetime:
    """Read a time (UTC where it names no zone), or a duration back from now; raise ``ValueError``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _ago(text)
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def _ago(text: str) -> datetime:
    try:
        return datetime.now(UTC) - words.duration(text)
    except words.Unread:
        examples = "2026-11-22, 2026-11-22T10:00Z, or a time back, such as 7d"
        raise ValueError(f"{words.echo(text)} is not a time: write {examples}.") from None


def digest(text: str) -> str:
    """Read a head of the record; raise ``ValueError``."""
    if not _DIGEST.fullmatch(text):
        raise ValueError(f"{words.echo(text)} is not a head: that is 64 hexadecimal digits.")
    return text.lower()


def https(text: str) -> str:
    """Read an https address without a path; raise ``ValueError``."""
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{words.echo(text)} is no address of yours: write https://relatch.contoso.com.")
    return text


def address(text: str) -> ByAddress | ById:
    """Read a person's address or an object id; raise ``ValueError``."""
    found = words.person(text)
    if isinstance(found, ByChat):
        raise ValueError("A mention means nothing in a terminal: write an address or an object id.")  # noqa: TRY004  # cyclopts shows ValueErrors
    return found


Address: TypeAlias = Annotated[ByAddress | ById, _by(address, "USER")]
Domain: TypeAlias = Annotated[DomainName, _by(words.domain, "DOMAIN")]
Https: TypeAlias = Annotated[str, _by(https, "URL")]
Wait: TypeAlias = Annotated[timedelta, _by(words.duration, "DURATION")]
Number: TypeAlias = Annotated[RequestId, _by(words.request, "R-N")]
Since: TypeAlias = Annotated[datetime, _by(moment, "TIME")]
Head: TypeAlias = Annotated[str, _by(digest, "HASH")]
Reason: TypeAlias = Annotated[str, _by(words.reason, "REASON")]
