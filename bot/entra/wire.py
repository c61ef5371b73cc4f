"""One call of Graph over HTTP: token, ids, total time-out, a second try after a 401, and the verdict."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import httpx
import structlog
from aiolimiter import AsyncLimiter

from approvals.errors import Gone, Never, PortError
from bot.entra.answers import Answer, Json, Now, Trace, Unclear, claims_challenge, describe, judge, parsed

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from bot.entra.tokens import Sign

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]

Observed: TypeAlias = Literal["ok", "later", "never", "gone"]
"""How one HTTP call ended; the label of ``relatch_graph_calls_total``."""

LARGEST_ANSWER: Final = 32 * 1024 * 1024
WRITES_A_SECOND: Final = 20
LEFT_FREE: Final = WRITES_A_SECOND / 2
"""Room that writes which can wait leave to the others; they look for it this often, in seconds."""
LOOK_FOR_ROOM: Final = 0.1
LOCATION: Final = "location"

_log = structlog.get_logger(__name__)


def graph_http(trust: ssl.SSLContext) -> httpx.AsyncClient:
    """Make the client for the Graph host; proxies come from the environment, redirects are not followed."""
    return httpx.AsyncClient(verify=trust, timeout=httpx.Timeout(30.0, connect=10.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What to send; *seconds* is the limit for all of it, the token and our turn included.

    *elsewhere* means that a 302 is the answer: the body is then its address, under ``LOCATION``.
    """

    method: Method
    url: httpx.URL
    seconds: float
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False
    can_wait: bool = False
    correlation: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class _Rejected:
    """A token that Graph did not take, and what it demands of the next one."""

    token: str
    claims: str


class Wire:
    """Sends calls as the app; raises ``Unclear``, ``Refused``, ``Missing``, or what ``Sign`` raises."""

    def __init__(
        self,
        sign: Sign,
        http: httpx.AsyncClient,
        *,
        observe: Callable[[Observed], None] = lambda _: None,
        now: Now = lambda: datetime.now(UTC),
    ) -> None:
        self._sign = sign
        self._http = http
        self._observe = observe
        self._now = now
        self._writes = AsyncLimiter(WRITES_A_SECOND, 1)

    @property
    def now(self) -> Now:
        """The clock by which dates in answers are read."""
        return self._now

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call) -> Json:
        """Make one attempt; return the body of the answer, ``{}`` if it is empty."""
        deadline = asyncio.get_running_loop().time() + call.seconds
        try:
            body = await self._attempt(call, deadline, rejected=None)
        except PortError as error:
            self._observe(_observed(error))
            raise
        self._observe("ok")
        return body

    async def fetch(self, url: httpx.URL, seconds: float) -> bytes:
        """Return what lies at an address that Graph has handed out; no token goes there."""
        request_id = str(uuid.uuid4())
        try:
            async with asyncio.timeout(seconds), self._http.stream("GET", url) as response:
                if response.status_code != HTTPStatus.OK:
                    raise Unclear(Trace(request_id, response.status_code), "a report could not be fetched")
                return await _content(response, request_id)
        except TimeoutError:
            raise Unclear(Trace(request_id), f"no answer within {seconds:g} s") from None
        except httpx.RequestError as error:
            raise Unclear(Trace(request_id), describe(error)) from None

    async def _attempt(self, call: Call, deadline: float, *, rejected: _Rejected | None) -> Json:
        request_id = call.correlation or str(uuid.uuid4())
        try:
            async with asyncio.timeout_at(deadline):
                token = await self._token(rejected)
                answer = await self._exchange(call, token, request_id)
        except TimeoutError:
            raise Unclear(Trace(request_id), f"no answer within {call.seconds:g} s") from None
        except httpx.RequestError as error:
            raise Unclear(Trace(request_id), describe(error)) from None
        if answer.status == HTTPStatus.UNAUTHORIZED and rejected is None:
            refused = _Rejected(token, claims_challenge(answer.headers))
            return await self._attempt(call, deadline, rejected=refused)
        return self._judged(call, answer)

    async def _token(self, rejected: _Rejected | None) -> str:
        if rejected is None:
            return await self._sign.token()
        return await self._sign.renew(rejected.token, rejected.claims)

    async def _exchange(self, call: Call, token: str, request_id: str) -> Answer:
        if call.changes:
            await self._turn(call)
        headers = {
            **call.headers,
            "authorization": f"Bearer {token}",
            "client-request-id": request_id,
            "return-client-request-id": "true",
        }
        async with self._http.stream(call.method, call.url, headers=headers, json=call.body) as response:
            content = await _content(response, request_id)
        return Answer(response.status_code, response.headers, parsed(content), request_id)

    async def _turn(self, call: Call) -> None:
        """Wait until Graph's budget for writes has room for *call*."""
        while call.can_wait and not self._writes.has_capacity(LEFT_FREE):  # noqa: ASYNC110  # it rings no bell
            await asyncio.sleep(LOOK_FOR_ROOM)
        await self._writes.acquire()

    def _judged(self, call: Call, answer: Answer) -> Json:
        if call.elsewhere and answer.status == HTTPStatus.FOUND:
            return {LOCATION: answer.headers.get(LOCATION, "")}
        try:
            return judge(answer, self._now())
        except PortError as error:
            # No address: it names people. Microsoft's support finds the call by these.
            _log.warning(
                "graph.failed",
                method=call.method,
                why=error.why,
                request_id=answer.headers.get("request-id"),
                date=answer.headers.get("date"),
                diagnostic=answer.headers.get("x-ms-ags-diagnostic"),
            )
            raise


async def _content(response: httpx.Response, request_id: str) -> bytes:
    """Read the body, up to a bound.

    That of a 503 is left unread, which closes the connection: the next attempt shall not meet the same
    overloaded machine (Graph docs, "Best practices for working with Microsoft Graph").
    """
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return b""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise Unclear(Trace(request_id, response.status_code), "the answer is too large")
    return bytes(content)


def _observed(error: PortError) -> Observed:
    match error:
        case Gone():
            return "gone"
        case Never():
            return "never"
        case _:
            return "later"
