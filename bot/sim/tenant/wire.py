"""One call and one answer, free of any web framework, so that a batch makes calls as the network does."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.sim.tenant.journal import Api, Received
from bot.sim.tenant.state import Tenant, Write

Json: TypeAlias = Mapping[str, object]
JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)
HTML_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back. ``write`` is the change this answer promises; it has not happened yet.

    Handlers only look; whether and when the write lands (at once, late, never because the connection was
    cut before) is decided in one place.
    """

    status: int = 200
    body: Json | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    write: Write | None = None


class Rejected(Exception):
    """The call is answered with an error in Graph's shape (Graph docs, "Microsoft Graph error responses")."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def answer(self, received: Received, at: datetime) -> Answer:
        """Render the error for one request, its ids inside."""
        body = graph_error(self.code, self.message, received, at)
        return Answer(status=self.status, body=body, headers=self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request on its way to a handler.

    ``keys`` are the path's variable parts, decoded. ``headers`` have lower-case names. ``target`` is the raw
    path behind the host, as sent, without its query. ``as_of`` is the moment a lagging replica has heard of
    (the present, unless a fault says otherwise).
    """

    tenant: Tenant
    received: Received
    origin: str
    target: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    payload: bytes
    as_of: datetime
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def api(self) -> Api:
        """The endpoint that was addressed."""
        return self.received.api

    @property
    def url(self) -> str:
        """The address without its query, for links that lead back here."""
        return f"{self.origin}{self.target}"

    def context(self, what: str) -> str:
        """Return an ``@odata.context`` for *what*."""
        return f"{self.origin}/{self.api}/$metadata#{what}"

    def json(self) -> Json:
        """Return the body as a JSON object. Raises ``Rejected`` 415 and 400 as Graph does."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise Rejected(415, "RequestBodyRead", "A supported Content-Type is required for a request body.")
        found = parsed(self.payload)
        if not isinstance(found, dict):
            raise Rejected(400, "BadRequest", "Unable to read JSON request payload.")
        return found


Handler: TypeAlias = Callable[[Call], Answer]


def parsed(payload: bytes) -> object:
    """Return JSON as Python values, or None when it is not JSON."""
    try:
        return json.loads(payload)
    except ValueError:
        return None


def graph_error(code: str, message: str, received: Received, at: datetime) -> Json:
    """Return the body of an error; the authentication methods service repeats its message inside."""
    inner: dict[str, object] = {
        "date": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": received.request_id,
        "client-request-id": received.client_request_id,
    }
    if code == "accessDenied":
        inner = {"message": message, **inner}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def not_found(key: str) -> Rejected:
    """Return Graph's answer for an object that is not there."""
    return Rejected(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def iso(moment: datetime) -> str:
    """Render a moment as Graph does, UTC with a Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
