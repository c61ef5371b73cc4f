"""What an answer of Graph means: a body, or one of three failures.

::

    Later ── Unclear    timed out, cut, 408, 409, 423, 429, 5xx, not JSON: a write may have been made
    Never ── Refused    any other 4xx: certainly not made
    Gone  ── Missing    404, told by Graph itself: the thing does not exist

Source: Graph docs, "Microsoft Graph error responses" and "Throttling guidance". Texts of ours hold the
status, Graph's error code and the client-request-id, and never Graph's ``message``, which may quote
names and numbers.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import httpx

from approvals.errors import Gone, Later, Never

Json: TypeAlias = dict[str, Any]
"""A JSON object as it came: the one place where ``Any`` enters."""

Now: TypeAlias = Callable[[], datetime]

LONGEST_WAIT: Final = timedelta(days=1)
_UNCLEAR: Final = frozenset({408, 409, 423, 429})
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,79}")
_CLAIMS: Final = re.compile(r'\bclaims="([A-Za-z0-9+/=_\-]{1,8192})"')
_DEPTH: Final = 5

_REPAIRS: Final[Mapping[int, str]] = {
    401: "check AZURE_TENANT_ID, AZURE_CLIENT_ID and the hosts of your national cloud",
    403: "grant what `relatch entra-setup` lists, with admin consent; a licence may be missing too",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """Finds one call again at Microsoft: our client-request-id, and what was answered, if anything."""

    request_id: str
    status: int | None = None
    code: str = ""

    def __str__(self) -> str:
        answered = f"answered {self.status}" if self.status else "did not answer"
        return f"Graph {answered}{self.code and ' '}{self.code} (client-request-id {self.request_id})"


class Unclear(Later):
    """No answer that settles it. A read may be repeated; a write may or may not have been made."""

    def __init__(self, trace: Trace, why: str = "", after: timedelta | None = None) -> None:
        super().__init__(f"{why}: {trace}" if why else str(trace), after)
        self.trace = trace


class Refused(Never):
    """Graph said no. A write that ends so was certainly not made."""

    def __init__(self, trace: Trace, what_to_do: str) -> None:
        super().__init__(str(trace), what_to_do)
        self.trace = trace


class Missing(Gone):
    """Graph knows no such thing."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(str(trace), "check the spelling, and whether it was deleted")
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, by HTTP or inside a batch; ``body`` is what the JSON held, ``None`` if it was none."""

    status: int
    headers: httpx.Headers
    body: object
    request_id: str


def judge(answer: Answer, now: datetime) -> Json:
    """Return the body of a 2xx (``{}`` if empty); raise ``Unclear``, ``Refused`` or ``Missing`` else."""
    trace = Trace(answer.request_id, answer.status, _error_code(answer.body))
    match answer.status:
        case status if HTTPStatus(200) <= status < HTTPStatus(300):
            return _readable(answer.body, trace)
        # A proxy's or a gateway's 404 says nothing about the directory, and a wrong "does not exist"
        # would end a restore: only an error object of Graph's own counts.
        case HTTPStatus.NOT_FOUND if trace.code:
            raise Missing(trace)
        case status if _settles(status):
            raise Refused(trace, _REPAIRS.get(status, "report it with this id; nothing was changed"))
        case _:
            raise Unclear(trace, after=retry_after(answer.headers, now))


def _settles(status: int) -> bool:
    return 400 <= status < 500 and status not in _UNCLEAR and status != HTTPStatus.NOT_FOUND  # noqa: PLR2004 - the bounds of 4xx


def _readable(body: object, trace: Trace) -> Json:
    if isinstance(body, dict):
        return body
    raise Unclear(trace, "the answer is no JSON object")


def parsed(content: bytes) -> object:
    """Read a body: ``{}`` when empty (204), ``None`` when it is no JSON (gateways send HTML)."""
    if not content:
        return {}
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _error_code(body: object) -> str:
    """Return the first code that is one; it may be empty outside and filled inside ``innerError``."""
    return next((code for code in _codes(body) if _CODE.fullmatch(code)), "")


def _codes(body: object) -> Iterator[str]:
    error = body.get("error") if isinstance(body, dict) else None
    for _ in range(_DEPTH):
        if not isinstance(error, dict):
            return
        yield str(error.get("code", ""))
        error = error.get("innerError", error.get("innererror"))


def retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    """Read ``Retry-After`` (seconds or a date, at most a day); ``None`` if absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    seconds = _seconds(text)
    if seconds is None:
        seconds = _seconds_until(text, now)
    if seconds is None:
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def claims_challenge(headers: httpx.Headers) -> str:
    """Return the claims (a JSON text) that a 401 of continuous access evaluation asks for, or ``""``.

    Source: Microsoft identity platform docs, "Claims challenges, claims requests and client capabilities".
    """
    found = _CLAIMS.search(headers.get("www-authenticate", ""))
    if not found:
        return ""
    try:
        claims = base64.b64decode(found[1] + "==", altchars=b"-_" if set(found[1]) & set("-_") else None)
        return json.dumps(json.loads(claims)) if isinstance(json.loads(claims), dict) else ""
    except (ValueError, binascii.Error, RecursionError):
        return ""


def describe(error: httpx.RequestError) -> str:
    """Say in words how a connection failed, without an address or anything that was sent."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return "its certificate is not trusted (see SSL_CERT_FILE)"
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return "no connection"
    return f"the connection broke ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
