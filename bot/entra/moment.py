"""How far this machine's clock is from Microsoft's, by the ``Date`` of an answer."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from approvals.errors import Later
from bot.entra.answers import Now, describe
from bot.entra.wire import graph_http

_HALF: Final = timedelta(seconds=0.5)
"""A ``Date`` is cut off at whole seconds."""


async def ahead(address: str, trust: ssl.SSLContext, now: Now) -> timedelta:
    """Return how far *now* is ahead of the clock at *address*; ``Later`` when that does not answer.

    Any answer will do, a refusal too: no token is sent.
    """
    async with graph_http(trust) as http:
        before = now()
        try:
            answer = await http.get(address)
        except httpx.RequestError as error:
            raise Later(describe(error)) from None
        here = before + (now() - before) / 2
    return here - _moment(answer.headers.get("date", "")) - _HALF


def _moment(text: str) -> datetime:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        raise Later("the answer does not say what time it is there") from None
    return found.replace(tzinfo=found.tzinfo or UTC)
