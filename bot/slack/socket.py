"""Socket Mode: Slack's deliveries through connections that we open (Slack docs, "Using Socket Mode").

slack_sdk's client is not used for the connection itself; ``docs/decisions.md`` has what was measured. Every
connection here is held by a task of ours, an envelope is acknowledged on the connection that brought it, and
a connection that Slack is about to close is read on while its successor opens.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat
from typing import Final

import aiohttp

from approvals.errors import Later, Never, PortError
from bot.observability import logger
from bot.slack.door import JSON, Hall, parsed
from bot.slack.foreign import at, text
from bot.slack.payloads import UnreadableDelivery, may_answer
from bot.slack.server import BODY_MOST
from bot.slack.web import Web, answered

CONNECTED: Final = "socket.connected"
REPLACED: Final = "socket.replaced"
BROKEN: Final = "socket.broken"
LOST: Final = "socket.lost"
REFUSED: Final = "socket.refused"
UNANSWERED: Final = "socket.unanswered"

ADVICE: Final = (
    "turn Socket Mode on in the app's settings, make an app-level token with the scope connections:write, "
    "and set it as SLACK_APP_TOKEN"
)
ENVELOPES: Final = frozenset({"events_api", "slash_commands", "interactive"})
GREETING: Final = 10.0
"""Seconds in which a new connection has to say hello."""
HEARTBEAT: Final = 15.0
"""Seconds between two pings; a connection whose pong does not come in half of that is dead."""
LINGER: Final = 30.0
"""Seconds for which a connection that Slack has given notice to is read on."""
LASTED: Final = 30.0
"""Seconds after which a connection counts as good, and the next trouble as new."""

log = logger(__name__)


class Socket:
    """Keeps one connection open, whatever happens, and has what comes through it admitted.

    *observe* is told the seconds from an envelope to its acknowledgement.
    """

    def __init__(self, web: Web, app_token: str, hall: Hall, observe: Callable[[float], None]) -> None:
        self._web = web
        self._token = app_token
        self._hall = hall
        self._observe = observe
        self._links: dict[_Link, asyncio.Task[None]] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._why = "not tried yet"

    async def open(self) -> None:
        """Begin, and return once Slack has said hello; waits as long as that takes."""
        self._keeper = asyncio.create_task(self._keep())
        await self._up.wait()

    async def check(self) -> None:
        """Return while Slack can reach us; raise ``Later`` with why not."""
        if not any(link.ready for link in self._links):
            raise Later(f"no connection from Slack: {self._why}")

    async def close(self) -> None:
        """Take no more: what was taken is acknowledged, then every connection is closed."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        for link in list(self._links):
            await link.close()
        await asyncio.gather(*self._links.values(), return_exceptions=True)

    async def _keep(self) -> None:
        """Hold a connection, and open the next one when it ends or is given notice to; never ends."""
        pauses = _pauses()
        while True:
            try:
                link = await self._dial()
            except PortError as error:
                await self._pause(pauses, error)
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt must be made
                await self._pause(pauses, Later(f"connecting failed ({type(error).__name__})"))
                continue
            self._up.set()
            log.info(CONNECTED, connections=len(self._links))
            began = time.monotonic()
            await link.replaceable.wait()
            if time.monotonic() - began >= LASTED:
                pauses = _pauses()
            if link.notice:
                log.info(REPLACED, reason=link.notice)
                # One after the other is not what Slack asks for either: some reasons come with every hello.
                await asyncio.sleep(next(pauses))
            else:
                await self._pause(pauses, Later("the connection was lost"))

    async def _pause(self, pauses: Iterator[float], error: PortError) -> None:
        asked = error.after.total_seconds() if isinstance(error, Later) and error.after else 0.0
        seconds = max(next(pauses), asked)
        self._why = error.whole
        log.warning(REFUSED if isinstance(error, Never) else LOST, why=error.whole, seconds=seconds)
        await asyncio.sleep(seconds)

    async def _dial(self) -> _Link:
        """Open a connection, and wait for its hello."""
        try:
            socket = await self._web.session.ws_connect(
                await address(self._web, self._token),
                ssl=self._web.tls,
                heartbeat=HEARTBEAT,
                max_msg_size=2 * BODY_MOST,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Only its kind: the text holds the address, which is a ticket.
            raise Later(f"Slack could not be reached ({type(error).__name__})") from None
        link = _Link(socket, self._take)
        task = asyncio.create_task(link.read())
        self._links[link] = task
        task.add_done_callback(lambda _: self._links.pop(link))
        await link.greeting()
        return link

    async def _take(self, frame: dict[str, object]) -> dict[str, object] | None:
        """Have an envelope admitted; return its acknowledgement, or nothing where there shall be none."""
        started = time.perf_counter()
        envelope, payload = text(frame, "envelope_id"), at(frame, "payload")
        if not (envelope and isinstance(payload, dict)):
            self._hall.turn_away(UnreadableDelivery("an envelope without its id or payload"))
            return None
        answer = await self._hall.admit(payload, _key(payload))
        self._observe(time.perf_counter() - started)
        if answer.status != 200:  # noqa: PLR2004 - what the door says over HTTP
            # Slack then tells the person that nothing happened, which is so.
            log.warning(UNANSWERED, status=answer.status)
            return None
        ack: dict[str, object] = {"envelope_id": envelope}
        return {**ack, "payload": json.loads(answer.body)} if answer.body else ack


async def address(web: Web, app_token: str) -> str:
    """Ask for the address of one connection; it is good for that one alone. Raises ``Later`` or ``Never``."""
    try:
        found = await answered(web.client.apps_connections_open(app_token=app_token))
    except Never as error:
        raise Never(error.why, ADVICE) from None
    # aiohttp looks for a proxy by the scheme, and HTTPS_PROXY is meant for this too.
    scheme, sign, rest = text(found, "url").partition("://")
    plain = f"{scheme.replace('ws', 'http')}{sign}{rest}"
    if scheme not in {"ws", "wss"} or not may_answer(plain):
        raise Later("Slack gave no address to connect to")
    return plain


def _key(payload: dict[str, object]) -> str:
    """Return what is the same when a payload comes again, in the same envelope or another one.

    Commands, clicks and forms carry a ``trigger_id``, events an ``event_id``, and no two are the same.
    """
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _pauses() -> Iterator[float]:
    """Return seconds to wait between attempts: none after the first trouble."""
    return chain((0.0, 1.0, 2.0, 4.0, 8.0, 15.0), repeat(30.0))


class _Link:
    """One connection. ``notice`` is why Slack wants it replaced; ``replaceable`` also when it has ended."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        take: Callable[[dict[str, object]], Awaitable[dict[str, object] | None]],
    ) -> None:
        self._socket = socket
        self._take = take
        self._turn = asyncio.Lock()
        self._greeted = asyncio.Event()
        self._until: asyncio.Timeout | None = None
        self.notice = ""
        self.replaceable = asyncio.Event()
        self.ready = False

    async def greeting(self) -> None:
        """Wait for Slack's hello; ``Later`` when something else comes first, or nothing."""
        try:
            async with asyncio.timeout(GREETING):
                await self._greeted.wait()
        except TimeoutError:
            await self.close()
        if not self.ready:
            raise Later(f"Slack did not say hello{self.notice and ': '}{self.notice}")

    async def read(self) -> None:
        """Take what comes, in turn, until the connection ends."""
        try:
            async with asyncio.timeout(None) as self._until:
                async for message in self._socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        async with self._turn:
                            await self._heard(message.data)
        except TimeoutError:
            log.info(REPLACED, reason="it was given notice to, and nobody closed it")
        except Exception:  # the connection is given up, and the next one opened
            log.exception(BROKEN)
        finally:
            self.ready = False
            self._greeted.set()
            self.replaceable.set()
            await self._socket.close()

    async def close(self) -> None:
        """Finish what is being taken, and close."""
        async with self._turn:
            await self._socket.close()

    async def _heard(self, words: str) -> None:
        frame = parsed(words.encode(), JSON) if len(words) <= BODY_MOST else UnreadableDelivery("too large")
        # Slack also sends plain words, to see whether somebody listens.
        match text(frame, "type"):
            case "hello":
                self.ready = True
                self._greeted.set()
            case "disconnect":
                self._leave(text(frame, "reason")[:40] or "no reason")
            case kind if kind in ENVELOPES and isinstance(frame, dict):
                await self._acknowledge(await self._take(frame))
            case _:
                pass

    def _leave(self, reason: str) -> None:
        self.notice = reason
        self._greeted.set()
        self.replaceable.set()
        if self._until is not None:
            self._until.reschedule(asyncio.get_running_loop().time() + LINGER)

    async def _acknowledge(self, ack: dict[str, object] | None) -> None:
        if ack is None:
            return
        try:
            await self._socket.send_str(json.dumps(ack))
        except (aiohttp.ClientError, ConnectionError):
            # The work is under way; delivered again, it will be known.
            log.warning(UNANSWERED, status="cut")
