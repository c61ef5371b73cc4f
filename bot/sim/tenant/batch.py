"""``$batch``: up to 20 calls in one, each judged by itself (Graph docs, "Combine multiple HTTP requests")."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from bot.sim.tenant.state import new_id
from bot.sim.tenant.target import Target, target
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, graph_error

Perform: TypeAlias = Callable[[Call], Awaitable[Answer]]

LIMIT = 20
FAILED_DEPENDENCY = 424
FIRST_FAILURE = 400
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    id: str
    method: str
    target: Target
    headers: Mapping[str, str]
    payload: bytes
    depends_on: tuple[str, ...]


async def answer(call: Call, perform: Perform) -> Answer:
    """Answer a batch with 200, whatever became of its items. Raises ``Rejected`` 400 for a malformed one."""
    results: dict[str, Answer] = {}
    for item in _items(call):
        inner = _inner(call, item)
        failed = any(results[name].status >= FIRST_FAILURE for name in item.depends_on)
        results[item.id] = _dependent(inner) if failed else await perform(inner)
    responses = [_response(name, result) for name, result in results.items()]
    # Any order is allowed, and a client that relies on one is wrong: never the order in which it asked.
    return Answer(body={"responses": [*responses[1::2], *responses[::2]]})


def _items(call: Call) -> list[_Item]:
    match call.json():
        case {"requests": list(raw)} if 0 < len(raw) <= LIMIT:
            items = [_item(call, one) for one in raw]
        case {"requests": list(raw)} if raw:
            raise _malformed(f"Number of batch request steps exceeds the maximum value of {LIMIT}.")
        case _:
            raise _malformed("Invalid batch payload format.")
    seen: set[str] = set()
    for item in items:
        if item.id.casefold() in seen:
            raise _malformed("Request Id values must be unique.")
        if not {name.casefold() for name in item.depends_on} <= seen:
            raise _malformed("A request depends on one that does not come before it.")
        seen.add(item.id.casefold())
    return items


def _item(call: Call, raw: object) -> _Item:
    match raw:
        case {"id": str(name), "method": str(method), "url": str(url), **rest} if name and method in METHODS:
            pass
        case _:
            raise _malformed("A request needs an id, a method and a url.")
    headers, depends_on = rest.get("headers", {}), rest.get("dependsOn", [])
    if not isinstance(headers, dict) or not isinstance(depends_on, list):
        raise _malformed("Invalid batch payload format.")
    lowered = {str(key).lower(): str(value) for key, value in headers.items()}
    if "body" in rest and "content-type" not in lowered:
        raise _malformed("A request with a body needs a Content-Type header.")
    return _Item(
        id=name,
        method=method,
        target=target(f"/{call.api}/{url.removeprefix('/')}"),
        headers=lowered,
        payload=json.dumps(rest["body"]).encode() if "body" in rest else b"",
        depends_on=tuple(map(str, depends_on)),
    )


def _inner(call: Call, item: _Item) -> Call:
    headers = {"authorization": call.headers.get("authorization", ""), **item.headers}
    journal = call.tenant.journal
    received = replace(
        call.received,
        number=len(journal.requests) + 1,
        at=call.tenant.now(),
        method=item.method,
        path=item.target.path,
        query=item.target.query,
        request_id=new_id(),
        client_request_id=headers.get("client-request-id", call.received.client_request_id),
        body=json.loads(item.payload) if item.payload else None,
        batched=True,
        status=None,
    )
    journal.requests.append(received)
    return replace(
        call,
        received=received,
        target=item.target.raw,
        segments=item.target.segments,
        query=item.target.options,
        headers=headers,
        payload=item.payload,
        as_of=received.at,
    )


def _dependent(call: Call) -> Answer:
    message = "The request is dependent on another request that failed."
    call.received.status = FAILED_DEPENDENCY
    body = graph_error("FailedDependency", message, call.received, call.tenant.now())
    return Answer(status=FAILED_DEPENDENCY, body=body)


def _response(name: str, result: Answer) -> Json:
    kind = {} if result.body is None else {"Content-Type": "application/json"}
    return {"id": name, "status": result.status, "headers": {**kind, **result.headers}, "body": result.body}


def _malformed(message: str) -> Rejected:
    return Rejected(400, "BadRequest", message)
