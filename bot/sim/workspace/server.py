"""The simulated Slack on a socket: the Web API and the response URLs, over plain HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never
from urllib.parse import parse_qsl

from aiohttp import web

from bot.sim.workspace import chat, directory, links, modals, replies
from bot.sim.workspace.faults import (
    CutAfter,
    CutBefore,
    Delay,
    Ending,
    Hold,
    HoldAnswer,
    Passing,
    Refuse,
    Status,
)
from bot.sim.workspace.model import ApiCall, Json
from bot.sim.workspace.refusals import ApiError, ThrottledError
from bot.sim.workspace.world import World

if TYPE_CHECKING:
    from bot.sim.workspace.faults import Faults

Method: TypeAlias = Callable[[World, Json], Json]
METHODS: dict[str, Method] = {
    "auth.test": directory.auth_test,
    "chat.delete": chat.delete,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.info": directory.conversations_info,
    "conversations.members": directory.conversations_members,
    "conversations.open": directory.conversations_open,
    "usergroups.list": directory.usergroups_list,
    "usergroups.users.list": directory.usergroups_users_list,
    "users.info": directory.users_info,
    "users.lookupByEmail": directory.users_lookup_by_email,
    "views.open": modals.open_view,
    "views.update": modals.update_view,
}
CONNECT = "apps.connections.open"
"""The one method that takes the app's own token."""
RESPONSE_URL = "response_url"
"""What a post to a response URL is called in the log of calls and by faults."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a JSON body with a status, and seconds for ``Retry-After`` if it is to come."""

    status: int
    body: Json
    retry_after: int | None = None


class Server:
    """Serves *world* until stopped; *faults* decides what goes wrong."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{key}", self._respond)
        app.router.add_get(links.PATH, world.links.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    async def start(self) -> str:
        """Listen on a port of 127.0.0.1; returns the base address, with a slash at its end."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def stop(self) -> None:
        """Close the socket and every connection."""
        await self._world.links.close()
        await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        token = _token(request, arguments)
        return await self._perform(request, method, arguments, lambda: self._call(method, arguments, token))

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await _arguments(request)
        key = request.match_info["key"]
        return await self._perform(request, RESPONSE_URL, body, lambda: self._reply(key, body))

    async def _perform(
        self, request: web.Request, method: str, arguments: Json, effect: Callable[[], Answer]
    ) -> web.StreamResponse:
        """Log the call, let the faults have it, do it, and answer."""
        call = ApiCall(at=self._world.now(), method=method, arguments=arguments)
        self._world.calls.append(call)
        delays, ending = self._faults.claim(method, arguments)
        self._world.changed()
        await _wait_before(delays)
        answer = _spoilt(ending) or effect()
        await _wait_after(delays)
        if isinstance(ending, CutBefore | CutAfter):
            return _cut(request)
        # An address of a connection is a ticket for one: the log of calls does not keep it.
        call.status, call.answer = answer.status, {} if method == CONNECT else answer.body
        self._world.changed()
        return self._answered(answer)

    def _call(self, method: str, arguments: Json, token: str | None) -> Answer:
        if method == CONNECT:
            return self._connect(token)
        if method not in METHODS:
            return Answer(200, {"ok": False, "error": "unknown_method", "req_method": method})
        if token != self._world.installation.bot_token:
            return Answer(200, {"ok": False, "error": "invalid_auth" if token else "not_authed"})
        try:
            return Answer(200, {"ok": True, **METHODS[method](self._world, arguments)})
        except ApiError as refused:
            return Answer(200, refused.answer)
        except ThrottledError as throttled:
            return Answer(429, {"ok": False, "error": "ratelimited"}, throttled.seconds)

    def _connect(self, token: str | None) -> Answer:
        """Answer ``apps.connections.open``."""
        app = self._world.installation
        if token == app.bot_token:
            return Answer(200, {"ok": False, "error": "not_allowed_token_type"})
        if token != app.app_token:
            return Answer(200, {"ok": False, "error": "invalid_auth" if token else "not_authed"})
        return Answer(200, {"ok": True, "url": self._world.links.address()})

    def _reply(self, key: str, body: Json) -> Answer:
        try:
            replies.reply(self._world, key, body)
        except replies.GoneError as gone:
            return Answer(404, {"ok": False, "error": str(gone)})
        except ApiError as refused:
            return Answer(400, refused.answer)
        return Answer(200, {"ok": True})

    def _answered(self, answer: Answer) -> web.Response:
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._world.installation.scopes))}
        if answer.retry_after is not None:
            headers["Retry-After"] = str(answer.retry_after)
        if answer.status >= 500:  # noqa: PLR2004 - what is Slack's fault comes as a page, not as JSON
            return web.Response(status=answer.status, text="<h1>Server Error</h1>", content_type="text/html")
        return web.json_response(answer.body, status=answer.status, headers=headers)


def _spoilt(ending: Ending | None) -> Answer | None:
    """Return the answer of a fault that keeps the call from having any effect."""
    match ending:
        case None | CutAfter():
            return None
        case CutBefore():
            return Answer(0, {})
        case Refuse(error):
            return Answer(200, {"ok": False, "error": error})
        case Status(code, retry_after):
            error = "ratelimited" if code == 429 else "internal_error"  # noqa: PLR2004 - HTTP's own number
            return Answer(code, {"ok": False, "error": error}, retry_after)
        case never:
            assert_never(never)


async def _wait_before(delays: list[Passing]) -> None:
    for delay in delays:
        match delay:
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case Hold(gate):
                await gate.wait()
            case HoldAnswer():
                continue
            case never:
                assert_never(never)


async def _wait_after(delays: list[Passing]) -> None:
    for delay in delays:
        if isinstance(delay, HoldAnswer):
            await delay.gate.wait()


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _arguments(request: web.Request) -> Json:
    """Read the arguments of a call: query, form or JSON; whatever cannot be read is no argument."""
    query = dict(request.query)
    raw = await request.read()
    if request.content_type == "application/json":
        return {**query, **_json(raw)}
    form = dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    return {**query, **_json(form["payload"].encode())} if "payload" in form else {**query, **form}


def _json(raw: bytes) -> Json:
    try:
        found: Any = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _token(request: web.Request, arguments: Json) -> str | None:
    """Take the token out of the header or the arguments, so that it is in no log of calls."""
    beside = arguments.pop("token", None)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else beside
