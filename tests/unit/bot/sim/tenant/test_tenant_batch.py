from typing import Any

import httpx
import pytest

from bot.sim.tenant import Cut, Fault, Respond, SimulatedTenant
from bot.sim.tenant.story import LEE

JSON = {"Content-Type": "application/json"}
STATE = f"/users/{LEE}/authentication/requirements"


def get(name: str, url: str) -> dict[str, Any]:
    return {"id": name, "method": "GET", "url": url}


def patch(name: str, state: str, **more: object) -> dict[str, Any]:
    body = {"perUserMfaState": state}
    return {"id": name, "method": "PATCH", "url": STATE, "headers": JSON, "body": body, **more}


async def send(graph: httpx.AsyncClient, *requests: object, version: str = "beta") -> httpx.Response:
    return await graph.post(f"/{version}/$batch", json={"requests": requests})


def by_id(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["responses"]}


async def test_each_item_is_answered_and_never_in_the_order_asked(graph: httpx.AsyncClient) -> None:
    answer = await send(graph, get("1", f"/users/{LEE}?$select=id"), get("2", STATE.removeprefix("/")))

    assert [one["id"] for one in answer.json()["responses"]] == ["2", "1"]
    found = by_id(answer)
    assert found["1"]["body"]["id"] == LEE
    assert found["2"]["body"]["perUserMfaState"] == "enforced"


async def test_a_batch_is_of_one_version(graph: httpx.AsyncClient) -> None:
    found = by_id(await send(graph, get("a", STATE), get("b", f"/beta{STATE}"), version="v1.0"))

    assert [found[name]["status"] for name in "ab"] == [400, 400]


async def test_items_fail_by_themselves(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(Respond(429, retry_after=10), path="/requirements$"))

    found = by_id(await send(graph, get("1", STATE), get("2", STATE), get("3", "/users/nobody@contoso.com")))

    assert {name: one["status"] for name, one in found.items()} == {"1": 429, "2": 200, "3": 404}
    assert found["1"]["headers"]["Retry-After"] == "10"
    assert found["1"]["body"]["error"]["code"] == "TooManyRequests"


async def test_a_write_in_a_batch_changes_and_is_kept_with_its_own_request(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    found = by_id(await send(graph, patch("w", "disabled")))

    assert (found["w"]["status"], found["w"]["body"]) == (204, None)
    (change,) = tenant.state.changes()
    outer, inner = tenant.state.journal.requests
    assert change.cause == inner
    assert (outer.path, outer.batched, inner.path, inner.batched) == ("/$batch", False, STATE, True)
    assert inner.body == {"perUserMfaState": "disabled"}


async def test_what_depends_on_a_failure_is_not_tried(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    found = by_id(await send(graph, get("1", "/users/nobody"), patch("2", "disabled", dependsOn=["1"])))

    assert found["2"]["status"] == 424
    assert tenant.state.mfa(LEE) == "enforced"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [get(str(number), STATE) for number in range(21)],
        [get("a", STATE), get("A", STATE)],
        [get("", STATE)],
        [{"id": "1", "url": STATE}],
        [{"id": "1", "method": "PATCH", "url": STATE, "body": {}}],
        [{**get("1", STATE), "headers": "x"}],
        [{**get("1", STATE), "dependsOn": ["2"]}, get("2", STATE)],
        ["x"],
    ],
)
async def test_a_malformed_batch_is_refused_whole(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, requests: list[object]
) -> None:
    answer = await send(graph, patch("first", "disabled"), *requests) if requests else await send(graph)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert tenant.state.changes() == ()


async def test_twenty_items_are_allowed(graph: httpx.AsyncClient) -> None:
    assert len(by_id(await send(graph, *(get(str(number), STATE) for number in range(20))))) == 20


async def test_a_batch_in_a_batch_is_refused(graph: httpx.AsyncClient) -> None:
    inner = {"id": "1", "method": "POST", "url": "/$batch", "headers": JSON, "body": {"requests": []}}

    assert by_id(await send(graph, inner))["1"]["status"] == 400


async def test_a_cut_inside_a_batch_cuts_all_of_it(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(Cut(), method="GET", path="/requirements$"))

    with pytest.raises(httpx.RemoteProtocolError):
        await send(graph, patch("1", "disabled"), get("2", STATE))

    assert tenant.state.mfa(LEE) == "disabled"
