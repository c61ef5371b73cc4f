"""How a delivery gets from Slack to the app: signed, posted, and awaited for three seconds."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sim.workspace.model import Json

PATIENCE = 3.0
"""Seconds Slack waits for an acknowledgement."""
FORM = "application/x-www-form-urlencoded"


class NotAcknowledgedError(Exception):
    """The app did not answer a delivery: nobody there, cut off, or not within three seconds."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The app's answer to a delivery; ``seconds`` is how long it took on a monotonic clock."""

    status: int
    body: str
    headers: Mapping[str, str]
    seconds: float

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON the app sent
        """Return the body as JSON; None for an empty one, ``ValueError`` if it is something else."""
        return json.loads(self.body) if self.body else None


class Post(Protocol):
    """What brings deliveries to the app, over whichever way."""

    async def command(self, form: Mapping[str, str]) -> Ack:
        """Deliver a slash command's *form*."""
        ...

    async def interact(self, payload: Json) -> Ack:
        """Deliver an interaction's *payload*."""
        ...


class Courier:
    """Delivers to the app at ``deliver_to``. Use as an async context."""

    def __init__(self, signing_secret: str, now: Callable[[], float]) -> None:
        self.deliver_to = ""
        self._signing_secret = signing_secret
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._session:
            await self._session.close()

    def sign(self, raw: bytes, *, timestamp: int | None = None, secret: str | None = None) -> dict[str, str]:
        """Return the headers of a delivery of *raw*, signed as Slack signs (scheme ``v0``).

        *timestamp* (seconds since 1970, default now) and *secret* (default the right one) are there for
        stale and forged deliveries.
        """
        stamp = str(int(self._now()) if timestamp is None else timestamp)
        key = (self._signing_secret if secret is None else secret).encode()
        digest = hmac.new(key, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        return {
            "Content-Type": FORM,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def deliver(self, raw: bytes, headers: Mapping[str, str] | None = None) -> Ack:
        """POST *raw* to the app, with *headers* as they are, or properly signed when there are none."""
        if not self._session or not self.deliver_to:
            raise RuntimeError("enter the workspace and set deliver_to before anybody acts")
        sent = self.sign(raw) if headers is None else headers
        started = time.perf_counter()
        try:
            async with self._session.post(
                self.deliver_to, data=raw, headers=sent, allow_redirects=False
            ) as answer:
                body = await answer.text(errors="replace")
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NotAcknowledgedError(f"{type(error).__name__} at {self.deliver_to}") from error
        return Ack(answer.status, body, answer.headers, time.perf_counter() - started)

    async def command(self, form: Mapping[str, str]) -> Ack:
        """Deliver a slash command's *form*."""
        return await self.deliver(urlencode(form).encode())

    async def interact(self, payload: Json) -> Ack:
        """Deliver an interaction's *payload* (``block_actions``, ``view_submission``, ``view_closed``)."""
        return await self.deliver(urlencode({"payload": json.dumps(payload)}).encode())
