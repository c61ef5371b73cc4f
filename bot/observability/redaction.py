"""The last line of defence of the log: what must never be in it is taken out of every line.

The first line is not to log it. This one masks secrets by exact value, by shape, and by the key they stand
under, response addresses, and what could be a telephone number, in events, keys, values and tracebacks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from approvals.redaction import MASK, mask_long_digits

if TYPE_CHECKING:
    from structlog.typing import EventDict

SECRET: Final = "[secret]"  # noqa: S105 - stands where a secret stood
ADDRESS: Final = "[response address]"

_LONGEST_TEXT: Final = 20_000
_DEEPEST: Final = 6
_SURELY_A_SECRET: Final = 12
_SHORTEST_PHONE: Final = 1_000_000

_SHAPES: Final = (
    (re.compile(r"https://hooks\.slack(?:-gov)?\.com/[^\s\"'<>|]+"), ADDRESS),
    (re.compile(r"(?i)(response_urls?\W{1,5})https?://[^\s\"'<>|,]+"), rf"\1{ADDRESS}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {SECRET}"),
    (re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]+"), SECRET),
    (re.compile(r"\bxapp-[A-Za-z0-9-]+"), SECRET),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"), SECRET),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        SECRET,
    ),
    (re.compile(r"(://[^\s/:@\"']*:)[^\s/@\"']+@"), rf"\1{SECRET}@"),
    (
        re.compile(
            r"(?i)((?:client_secret|client_assertion|access_token|refresh_token|id_token|password|passphrase"
            r"|signing_secret|temporaryAccessPass)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]+"
        ),
        rf"\1{SECRET}",
    ),
)
_SECRET_KEY: Final = re.compile(
    r"(?i)(?:.*[_-])?(?:token|secret|password|passphrase|authorization|cookie|assertion)|x-slack-signature"
    r"|response_?urls?|temporary_?access_?pass|phone(?:_?number)?|trigger_?id"
)


class Redactor:
    """Takes secrets and telephone numbers out of texts and of whole log entries."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # Longest first: one secret may be the beginning of another.
        ordered = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(_exactly, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Return *text* without what must not be in a log."""
        shorter = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} [cut]"
        known = self._known.sub(SECRET, shorter) if self._known else shorter
        for shape, mask in _SHAPES:
            known = shape.sub(mask, known)
        return mask_long_digits(known)

    def __call__(self, _logger: object, _method: str, entry: EventDict) -> EventDict:
        """Redact a whole entry; a processor of structlog."""
        return {self.text(str(key)): self._under(str(key), value, 0) for key, value in entry.items()}

    def _under(self, key: str, value: object, depth: int) -> Any:  # noqa: ANN401 - what a renderer takes
        if _SECRET_KEY.fullmatch(key) and value is not None:
            return SECRET
        return self._value(value, depth)

    def _value(self, value: object, depth: int) -> Any:  # noqa: ANN401 - what a renderer takes
        """Return *value* as a renderer writes it, so that no ``repr`` is made after the redaction."""
        if depth > _DEEPEST:
            return "[too deep]"
        match value:
            case None | bool() | float():
                return value
            case int() if not isinstance(value, Enum):
                return MASK if abs(value) >= _SHORTEST_PHONE else value
            case Mapping():
                return {self.text(str(k)): self._under(str(k), v, depth + 1) for k, v in value.items()}
            case list() | tuple() | AbstractSet():
                return [self._value(item, depth + 1) for item in value]
            case _:
                return self.text(_plain(value))


def _plain(value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds():g} s"
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case _:
            return str(value)


def _forms(secret: str) -> set[str]:
    """Return how *secret* may be spelt: as it is, in an address or a form, in JSON, in a ``repr``."""
    if not secret:
        return set()
    spelt = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return spelt | {json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def _exactly(form: str) -> str:
    """Return a pattern for *form*. A short one, such as some passwords, counts as a whole word only."""
    if len(form) >= _SURELY_A_SECRET:
        return re.escape(form)
    return rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])"
