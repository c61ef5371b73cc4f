"""Many reads in one call: Graph's ``$batch``.

Up to twenty requests of one API version go together. The outer 200 says nothing about them: each answer
is found by its id and judged by its own status, and those that are throttled or lost are sent again
without the others. Source: Graph docs, "Combine multiple HTTP requests using JSON batching".
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, TypeAlias

import httpx

from approvals.errors import Later, PortError
from bot.entra.address import Path, Version, target
from bot.entra.answers import Answer, Json, Now, Trace, Unclear, judge
from bot.entra.patience import Patience, attempts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST: Final = 20
_BATCH: Final = Path("/$batch")


@dataclass(frozen=True, slots=True)
class Get:
    """One read of a batch; with a *body* it is a POST that changes nothing, such as ``evaluate``."""

    path: Path
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None


@dataclass(frozen=True, slots=True)
class Got:
    """An answer with its body."""

    body: Json

    def take(self) -> Json:
        """Return the body."""
        return self.body


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer, and why."""

    error: PortError

    def take(self) -> NoReturn:
        """Raise what went wrong."""
        raise self.error


Outcome: TypeAlias = Got | Failed


class Queries(Protocol):
    """What a batch needs of the client."""

    @property
    def patience(self) -> Patience:
        """How long answers that are open are asked for again."""

    async def query(self, version: Version, where: Path, body: Json) -> Json:
        """POST something that changes nothing; it is repeated like a read."""


class _Unsettled(Later):
    """Some of the answers are still missing."""


async def batch(graph: Queries, version: Version, gets: Sequence[Get], *, now: Now) -> list[Outcome]:
    """Read all of *gets*; the outcomes are in their order, one each.

    Raises what ``query`` raises when a whole batch fails: then nothing is known about any of it.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(gets), LARGEST):
        outcomes += await _settle(graph, version, gets[start : start + LARGEST], now=now)
    return outcomes


async def _settle(graph: Queries, version: Version, gets: Sequence[Get], *, now: Now) -> list[Outcome]:
    outcomes: list[Outcome] = [Failed(Later("not asked yet")) for _ in gets]
    with contextlib.suppress(_Unsettled):
        async for attempt in attempts(_Unsettled, graph.patience):
            with attempt:
                asked = {index: _request(index, gets[index]) for index in _open(outcomes)}
                reply = await graph.query(version, _BATCH, {"requests": list(asked.values())})
                for index, request in asked.items():
                    outcomes[index] = _outcome(request, reply, now)
                _raise_unsettled(outcomes)
    return outcomes


def _open(outcomes: Sequence[Outcome]) -> list[int]:
    return [
        i for i, seen in enumerate(outcomes) if isinstance(seen, Failed) and isinstance(seen.error, Later)
    ]


def _raise_unsettled(outcomes: Sequence[Outcome]) -> None:
    """Wait as long as the most throttled of them asks, and send them again together."""
    errors = [seen.error for seen in outcomes if isinstance(seen, Failed)]
    later = [error for error in errors if isinstance(error, Later)]
    if later:
        waits = [error.after for error in later if error.after is not None]
        raise _Unsettled(f"{len(later)} answers of a batch are open", max(waits, default=None))


def _request(index: int, get: Get) -> Json:
    headers = {**get.headers, "client-request-id": str(uuid.uuid4())}
    read = {"id": str(index + 1), "url": target(get.path, get.params)}
    if get.body is None:
        return {**read, "method": "GET", "headers": headers}
    typed = {**headers, "Content-Type": "application/json"}
    return {**read, "method": "POST", "headers": typed, "body": get.body}


def _outcome(request: Json, reply: Json, now: Now) -> Outcome:
    request_id = request["headers"]["client-request-id"]
    match _with_id(request["id"], reply.get("responses")):
        case [{"status": int(status)} as response]:
            answer = Answer(status, _headers(response.get("headers")), _body(response), request_id)
        case _:
            return Failed(Unclear(Trace(request_id), "missing or twice in the batch's answer"))
    try:
        return Got(judge(answer, now()))
    except PortError as error:
        return Failed(error)


def _with_id(wanted: str, responses: object) -> list[Json]:
    """Return the answers of that id; ids are case-insensitive and come in any order."""
    listed = responses if isinstance(responses, list) else []
    found = [one for one in listed if isinstance(one, dict)]
    return [one for one in found if str(one.get("id")).casefold() == wanted.casefold()]


def _headers(headers: object) -> httpx.Headers:
    pairs: dict[Any, Any] = headers if isinstance(headers, dict) else {}
    ascii_only = {str(key): str(value) for key, value in pairs.items() if f"{key}{value}".isascii()}
    return httpx.Headers(ascii_only)


def _body(response: Json) -> object:
    """Return the body; inside a batch an empty one is ``null`` or left out."""
    body = response.get("body")
    return {} if body is None and response["status"] == 204 else body  # noqa: PLR2004 - No Content
