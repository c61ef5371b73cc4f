"""The simulated Exchange Online on a socket: who may call, which cmdlet, and how it is answered."""

import json
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from bot.sim.exchange.cmdlets import CMDLETS, NO_CMDLET, NOT_FOUND, PREVIEW_PROPERTIES, CmdletError, Row
from bot.sim.tenant.server import SHUTDOWN_GRACE, SimulatedTenant
from bot.sim.tenant.state import new_id

log = logging.getLogger(__name__)

PREVIEW: Final = "v2.0"
OLDER: Final = frozenset({"beta", "v1.0"})
PERMISSIONS: Final = {PREVIEW: "Exchange.ManageAsAppV2", "beta": "Exchange.ManageAsApp"}
RECIPIENTS: Final = frozenset({"Recipient Management", "View-Only Recipients", "Exchange Administrator"})
READERS: Final = RECIPIENTS | {"Global Reader", "Helpdesk Administrator", "Security Reader"}
TAKEN: Final = frozenset({"Identity", "ResultSize", "IncludeGrantSendOnBehalfToWithDisplayNames"})
"""What the preview's Get-Mailbox takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that arrived: where, which cmdlet with what, and whom it was routed by."""

    path: str
    cmdlet: str
    parameters: Mapping[str, object]
    anchor: str
    status: int


@dataclass(slots=True)
class Broken:
    """What is answered instead, *times* times, to calls of *cmdlet* (all without one)."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cmdlet: str = ""
    times: int = 1


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str, *, kind: str = "") -> None:
        super().__init__(code)
        self.status = status
        detail = {"code": "Context", "target": "", "message": f"|{kind}|{message}"}
        self.body = {"error": {"code": code, "message": message, "details": [detail] if kind else []}}


class SimulatedExchange:
    """Serves the mailboxes of *tenant* until the context is left.

    ``roles`` are what the app's service principal holds in Entra and Exchange, ``cmdlets`` those that its
    roles contain; ``preview`` tells whether the tenant takes part in the admin API's preview.
    """

    def __init__(self, tenant: SimulatedTenant) -> None:
        self._tenant = tenant
        self.preview = True
        self.roles = {"Recipient Management", "Global Reader"}
        self.cmdlets = set(CMDLETS)
        self.page_size = 100
        self.asked: list[Asked] = []
        self.broken: list[Broken] = []
        self._port = 0
        self._stack = AsyncExitStack()
        log.warning("simulated Exchange: nothing here is real")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._serve)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_GRACE)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            context = self._tenant.authority.server_context()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            self._port = int(runner.addresses[0][1])
            self._tenant.state.services.add(self.url)
            self._tenant.state.grant(*PERMISSIONS.values())
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tenant.state.services.discard(self.url)
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """The origin, without a slash at its end; tokens are asked for under it."""
        return f"https://localhost:{self._port}"

    async def _serve(self, request: web.Request) -> web.Response:
        payload = await request.read()
        cmdlet, given = _input(payload)
        answer = self._planned(cmdlet) or self._answer(request, cmdlet, given)
        anchor = request.headers.get("X-AnchorMailbox", "")
        self.asked.append(Asked(request.path, cmdlet, given, anchor, answer.status))
        return answer

    def _planned(self, cmdlet: str) -> web.Response | None:
        for one in self.broken:
            if one.times and one.cmdlet in {"", cmdlet}:
                one.times -= 1
                text = one.body if isinstance(one.body, str) else json.dumps(one.body)
                body = b"" if one.body is None else text.encode()
                return web.Response(status=one.status, body=body, headers=dict(one.headers))
        return None

    def _answer(self, request: web.Request, cmdlet: str, given: Mapping[str, object]) -> web.Response:
        try:
            version = self._admitted(request)
            rows = self._rows(version, cmdlet, given)
            return _json(200, self._page(request, rows))
        except _Refused as no:
            return _json(no.status, no.body)

    def _admitted(self, request: web.Request) -> str:
        """Return the version that is called, for a caller who may."""
        state = self._tenant.state
        token = state.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if token is None or token.audience != self.url or token.expires_at <= state.now() or token.challenged:
            raise _Refused(401, "", "")
        match request.path.strip("/").split("/"):
            case "adminapi", version, tenant, endpoint if tenant in {state.id, *state.domains}:
                pass
            case _:
                raise _Refused(404, "ResourceNotFound", "No such resource.")
        known = {PREVIEW: "Mailbox"}.get(version, "InvokeCommand" if version in OLDER else "")
        if endpoint != known or (version == PREVIEW and not self.preview):
            raise _Refused(
                404, "ResourceNotFound", "No HTTP resource was found that matches the request URI."
            )
        self._authorised(version)
        if request.method != "POST":
            raise _Refused(405, "MethodNotAllowed", "The requested resource does not support this method.")
        if "X-AnchorMailbox" not in request.headers:
            raise _Refused(400, "BadRequest", "X-AnchorMailbox is missing.")
        return version

    def _authorised(self, version: str) -> None:
        if version == PREVIEW:
            if PERMISSIONS[PREVIEW] not in self._tenant.state.granted or not self.roles & RECIPIENTS:
                raise _Refused(403, "AccessDenied", "Access is denied.")
        elif PERMISSIONS["beta"] not in self._tenant.state.granted:
            raise _Refused(401, "", "")
        elif not self.roles & READERS:
            message = "The role assigned to application isn't supported in this scenario."
            raise _Refused(403, "UnAuthorized", message)

    def _rows(self, version: str, cmdlet: str, given: Mapping[str, object]) -> list[Row]:
        if version == PREVIEW and (cmdlet != "Get-Mailbox" or given.keys() - TAKEN):
            raise _Refused(400, "BadRequest", "The cmdlet or a parameter is not supported by this endpoint.")
        if cmdlet not in self.cmdlets:
            message = f"The term '{cmdlet}' is not recognized as a name of a cmdlet."
            raise _Refused(404, "NotFound", message, kind=NO_CMDLET)
        try:
            rows = list(CMDLETS[cmdlet](self._tenant.state, given))
        except CmdletError as error:
            status = 404 if error.kind == NOT_FOUND else 400
            raise _Refused(status, "NotFound", error.message, kind=error.kind) from None
        size = given.get("ResultSize")
        rows = rows[:size] if isinstance(size, int) else rows
        if version == PREVIEW:
            return [{key: value for key, value in row.items() if key in PREVIEW_PROPERTIES} for row in rows]
        return rows

    def _page(self, request: web.Request, rows: list[Row]) -> dict[str, object]:
        start = int(request.query.get("$skiptoken", "0"))
        end = start + self.page_size
        context = f"{self.url}{request.path}/$metadata#Collection(Exchange.GenericHashTable)"
        body: dict[str, object] = {"@odata.context": context, "@adminapi.warnings": []}
        if end < len(rows):
            body["@odata.nextLink"] = f"{self.url}{request.path}?$skiptoken={end}"
        return {**body, "value": rows[start:end]}


def _input(payload: bytes) -> tuple[str, Mapping[str, object]]:
    try:
        read = json.loads(payload)
    except ValueError:
        return "", {}
    match read:
        case {"CmdletInput": {"CmdletName": str(name), **rest}}:
            given = rest.get("Parameters", {})
            return name, given if isinstance(given, dict) else {}
        case _:
            return "", {}


def _json(status: int, body: Mapping[str, object]) -> web.Response:
    headers = {"request-id": new_id(), "Content-Type": "application/json; odata.metadata=minimal"}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=headers)
