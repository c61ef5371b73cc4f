"""Many reads in one call."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from approvals.errors import Later
from bot.entra.address import path
from bot.entra.answers import Missing, Unclear
from bot.entra.batch import Failed, Get, Got

from .conftest import Host, graph_error

if TYPE_CHECKING:
    from bot.entra.client import GraphClient

Judge = Callable[[dict[str, Any]], dict[str, Any] | None]


def gets(count: int) -> list[Get]:
    return [Get(path("/users/{}", f"user {number}")) for number in range(count)]


def sent(request: httpx.Request) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = json.loads(request.content)["requests"]
    return requests


def answering(judge: Judge) -> Callable[[httpx.Request], httpx.Response]:
    """Answer the requests of a batch in reverse; ``None`` leaves one out."""

    def reply(request: httpx.Request) -> httpx.Response:
        answers = [{"id": one["id"], **part} for one in sent(request) if (part := judge(one)) is not None]
        return httpx.Response(200, json={"responses": answers[::-1]})

    return reply


def echo(one: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "body": {"url": one["url"]}}


async def test_each_answer_finds_its_question(graph: GraphClient, host: Host) -> None:
    host.script = [answering(echo)]
    outcomes = await graph.batch("beta", gets(3))
    assert [outcome.take()["url"] for outcome in outcomes] == [f"/users/user%20{n}" for n in range(3)]
    assert host.paths() == ["/beta/$batch"]


async def test_parameters_and_headers_go_with_each(graph: GraphClient, host: Host) -> None:
    host.script = [answering(echo)]
    get = Get(path("/users"), {"$filter": "startswith(displayName,'a b')"}, {"ConsistencyLevel": "eventual"})
    await graph.batch("v1.0", [get])
    request = sent(host.received[0])[0]
    assert request["url"] == "/users?$filter=startswith(displayName,'a%20b')"
    assert request["headers"]["ConsistencyLevel"] == "eventual"


async def test_more_than_twenty_are_split(graph: GraphClient, host: Host) -> None:
    host.script = [answering(echo)]
    outcomes = await graph.batch("v1.0", gets(45))
    assert [len(sent(request)) for request in host.received] == [20, 20, 5]
    assert outcomes[44] == Got({"url": "/users/user%2044"})


async def test_nothing_asked_sends_nothing(graph: GraphClient, host: Host) -> None:
    assert await graph.batch("v1.0", []) == []
    assert host.received == []


async def test_an_outer_200_hides_no_failure(graph: GraphClient, host: Host) -> None:
    missing = {"status": 404, "body": {"error": {"code": "Request_ResourceNotFound", "message": "Lee"}}}
    host.script = [answering(lambda one: missing if one["id"] == "2" else echo(one))]
    outcomes = await graph.batch("v1.0", gets(3))
    assert [type(outcome) for outcome in outcomes] == [Got, Failed, Got]
    with pytest.raises(Missing):
        outcomes[1].take()
    assert len(host.received) == 1


async def test_the_throttled_are_sent_again_alone(graph: GraphClient, host: Host) -> None:
    def throttled(one: dict[str, Any]) -> dict[str, Any]:
        wait = {
            "status": 429,
            "headers": {"retry-after": "3"},
            "body": {"error": {"code": "TooManyRequests"}},
        }
        return wait if one["id"] in {"1", "3"} else echo(one)

    host.script = [answering(throttled), answering(echo)]
    outcomes = await graph.batch("v1.0", gets(3))
    assert [type(outcome) for outcome in outcomes] == [Got, Got, Got]
    assert [one["id"] for one in sent(host.received[1])] == ["1", "3"]


async def test_the_largest_wait_decides_whether_to_stay(graph: GraphClient, host: Host) -> None:
    def throttled(one: dict[str, Any]) -> dict[str, Any]:
        seconds = {"1": "2", "2": "300"}.get(one["id"])
        return {"status": 429, "headers": {"Retry-After": seconds}} if seconds else echo(one)

    host.script = [answering(throttled)]
    outcomes = await graph.batch("v1.0", gets(3))
    assert len(host.received) == 1
    waits = [
        outcome.error.after
        for outcome in outcomes
        if isinstance(outcome, Failed) and isinstance(outcome.error, Later)
    ]
    assert waits == [timedelta(seconds=2), timedelta(seconds=300)]


async def test_a_missing_answer_is_open(graph: GraphClient, host: Host) -> None:
    host.script = [answering(lambda one: None if one["id"] == "2" else echo(one))]
    outcomes = await graph.batch("v1.0", gets(2))
    with pytest.raises(Unclear, match="missing"):
        outcomes[1].take()
    assert [[one["id"] for one in sent(request)] for request in host.received] == [["1", "2"], ["2"], ["2"]]


@pytest.mark.parametrize(
    "responses",
    [
        None,
        "x",
        [7],
        [{"id": "1"}],
        [{"id": "1", "status": "200"}],
        [{"id": "1", "status": 200}],
        [{"id": "1", "status": 200, "body": "aGk="}],
        [{"id": "1", "status": 200, "body": {}}, {"id": "1", "status": 403, "body": {}}],
        [{"id": "2", "status": 200, "body": {}}],
    ],
)
async def test_an_answer_that_cannot_be_read_is_open(
    graph: GraphClient, host: Host, responses: object
) -> None:
    host.script = [httpx.Response(200, json={"responses": responses})]
    (outcome,) = await graph.batch("v1.0", gets(1))
    with pytest.raises(Unclear):
        outcome.take()


async def test_headers_of_any_kind_are_survived(graph: GraphClient, host: Host) -> None:
    headers: list[object] = [None, [], {"Retry-After": 2}, {"x": "é"}, {"x": None}]
    host.script = [answering(lambda one: {**echo(one), "headers": headers[int(one["id"]) - 1]})]
    outcomes = await graph.batch("v1.0", gets(5))
    assert {type(outcome) for outcome in outcomes} == {Got}


async def test_a_whole_batch_that_fails_raises(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(503)]
    with pytest.raises(Unclear):
        await graph.batch("v1.0", gets(2))
    assert len(host.received) == 3


async def test_each_question_has_a_guid_that_its_error_names(graph: GraphClient, host: Host) -> None:
    host.script = [answering(lambda _: {"status": 403, "body": {"error": {"code": "Denied"}}})]
    outcomes = await graph.batch("v1.0", gets(2))
    asked = [one["headers"]["client-request-id"] for one in sent(host.received[0])]
    assert len(set(asked)) == 2
    for outcome, request_id in zip(outcomes, asked, strict=True):
        with pytest.raises(Exception, match=request_id):
            outcome.take()
