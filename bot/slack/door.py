"""One door before Bolt: which deliveries count, and what is answered to the others.

Over HTTP they come to the ``Door``, through Socket Mode straight to the ``Hall`` behind it: a socket was
opened by us with the app's token, and nobody else speaks on it.

The bytes are verified before anything reads them (Slack docs, "Verifying requests from Slack"). Bolt's own
check would answer 500 to a timestamp that is no number, log rejected bodies, and read nothing at all from
a form in which the letters ``payload`` occur without a field of that name.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from multidict import CIMultiDictProxy
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from approvals.ports import Clock
from bot.observability import logger
from bot.slack.foreign import text
from bot.slack.payloads import Delivery, UnreadableDelivery, read

FORGED = "door.forged"
UNREADABLE = "door.unreadable"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FIELDS_MOST = 100
LOG_EVERY = 60.0
"""Seconds between two log lines about forged traffic."""

_STAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered over HTTP; ``body`` is JSON or empty."""

    status: int
    body: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A delivery that counts. ``key`` is the same for what is delivered again, and for nothing else."""

    delivery: Delivery
    key: str
    correlation: str


class Pass(Protocol):
    """What lies behind the door."""

    async def __call__(self, admitted: Admitted) -> Answer:
        """Acknowledge *admitted*; never raises."""
        ...

    def turned_away(self, correlation: str) -> None:
        """Hear of a delivery that is signed and cannot be read; never raises."""
        ...


class Hall:
    """Takes deliveries that are known to be Slack's, and passes on those that can be understood."""

    def __init__(self, *, correlation: Callable[[], str], behind: Pass) -> None:
        self._correlation = correlation
        self._behind = behind

    async def admit(self, body: dict[str, object], key: str) -> Answer:
        """Pass *body* on; *key* is the same for the same delivery, and for no other."""
        correlation = self._correlation()
        delivery = read(body, correlation)
        if isinstance(delivery, UnreadableDelivery):
            return self.turn_away(delivery)
        return await self._behind(Admitted(delivery, key, correlation))

    def turn_away(self, found: UnreadableDelivery) -> Answer:
        """Answer 400, and have it recorded."""
        correlation = self._correlation()
        log.warning(UNREADABLE, why=found.why, correlation=correlation)
        self._behind.turned_away(correlation)
        return Answer(400)


class Door:
    """Decides about raw deliveries. ``forged`` counts those that were not signed by Slack."""

    def __init__(self, secret: str, clock: Clock, hall: Hall) -> None:
        self._verifier = _RawVerifier(secret, clock=_Seconds(clock))
        self._clock = clock
        self._hall = hall
        self._quiet_until = float("-inf")
        self._unsaid = 0
        self.forged = 0

    async def receive(self, raw: bytes, headers: CIMultiDictProxy[str]) -> Answer:
        """Answer a delivery of *raw*: 401 unless it is signed, 400 if it is and cannot be understood."""
        kind = _content_type(headers)
        if not self._signed(raw, headers):
            if kind == FORM and b"ssl_check" in raw and _is_ssl_check(raw):
                return Answer(200)
            self._count_forged()
            return Answer(401)
        body = parsed(raw, kind)
        if isinstance(body, UnreadableDelivery):
            return self._hall.turn_away(body)
        if text(body, "ssl_check") == "1":
            return Answer(200)
        if text(body, "type") == "url_verification":
            return Answer(200, json.dumps({"challenge": text(body, "challenge")}))
        return await self._hall.admit(body, hashlib.sha256(raw).hexdigest())

    def _signed(self, raw: bytes, headers: CIMultiDictProxy[str]) -> bool:
        stamps, signatures = (
            headers.getall(name, []) for name in ("X-Slack-Request-Timestamp", "X-Slack-Signature")
        )
        match stamps, signatures:
            case [stamp], [signature] if _STAMP.fullmatch(stamp) and _SIGNATURE.fullmatch(signature):
                return self._verifier.is_valid(raw, stamp, signature)
            case _:
                return False

    def _count_forged(self) -> None:
        self.forged += 1
        self._unsaid += 1
        now = self._clock.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + LOG_EVERY
            log.warning(FORGED, since_last_line=self._unsaid, total=self.forged)
            self._unsaid = 0


class _RawVerifier(SignatureVerifier):
    """slack_sdk's verifier over the bytes as they came; its own raises for bytes that are no UTF-8."""

    def generate_signature(self, *, timestamp: str, body: str | bytes) -> str | None:
        raw = body if isinstance(body, bytes) else body.encode()
        signed = b"v0:" + timestamp.encode() + b":" + raw
        return f"v0={hmac.new(self.signing_secret.encode(), signed, hashlib.sha256).hexdigest()}"


class _Seconds(SlackClock):
    """Our clock as slack_sdk wants one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def parsed(raw: bytes, kind: str) -> dict[str, object] | UnreadableDelivery:
    """Return a signed body as a dict: a form's fields, a form's ``payload``, or JSON."""
    try:
        words = raw.decode()
    except UnicodeDecodeError:
        return UnreadableDelivery("not UTF-8")
    if kind == FORM:
        return _form(words)
    return _json(words) if kind == JSON else UnreadableDelivery("neither a form nor JSON")


def _form(words: str) -> dict[str, object] | UnreadableDelivery:
    try:
        pairs = parse_qsl(
            words, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=FIELDS_MOST
        )
    except ValueError:
        return UnreadableDelivery("not a form")
    fields: dict[str, object] = dict(pairs)
    if len(fields) < len(pairs):
        return UnreadableDelivery("a field twice")
    return _json(text(fields, "payload")) if "payload" in fields else fields


def _json(words: str) -> dict[str, object] | UnreadableDelivery:
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        return UnreadableDelivery("not JSON")
    return found if isinstance(found, dict) else UnreadableDelivery("not a JSON object")


def _is_ssl_check(raw: bytes) -> bool:
    """Return whether it is Slack's look at our certificate, which is not signed and runs nothing."""
    body = parsed(raw, FORM)
    return not isinstance(body, UnreadableDelivery) and text(body, "ssl_check") == "1"


def _content_type(headers: CIMultiDictProxy[str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()
