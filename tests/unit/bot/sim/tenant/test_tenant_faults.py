import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.sim.tenant import (
    AFTER,
    FOREVER,
    Cut,
    Delay,
    Fault,
    Hold,
    Late,
    Respond,
    SimulatedTenant,
    Stale,
    bad_gateway,
)
from bot.sim.tenant.story import LEE, OUTSIDER

STATE = f"/beta/users/{LEE}/authentication/requirements"
LOWER = {"perUserMfaState": "disabled"}


async def lower(graph: httpx.AsyncClient) -> httpx.Response:
    return await graph.patch(STATE, json=LOWER)


async def read(graph: httpx.AsyncClient) -> str:
    return str((await graph.get(STATE)).json()["perUserMfaState"])


async def test_a_status_is_answered_instead_and_nothing_changes(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.faults.add(Fault(Respond(503), method="PATCH"))

    answer = await lower(graph)

    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers
    assert answer.json()["error"]["code"] == "ServiceUnavailable"
    assert tenant.state.mfa(LEE) == "enforced"
    assert (await lower(graph)).status_code == 204


@pytest.mark.parametrize(
    ("retry_after", "header"),
    [(30, "30"), (datetime(2026, 11, 23, 15, 41, tzinfo=UTC), "Mon, 23 Nov 2026 15:41:00 GMT")],
)
async def test_retry_after_is_seconds_or_a_date(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, retry_after: int | datetime, header: str
) -> None:
    tenant.faults.add(Fault(Respond(429, retry_after=retry_after)))

    assert (await graph.get(STATE)).headers["Retry-After"] == header


async def test_a_throttled_answer_may_come_after_the_change_was_made(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.faults.add(Fault(Respond(429, AFTER, retry_after=1), method="PATCH"))

    assert (await lower(graph)).status_code == 429
    assert tenant.state.mfa(LEE) == "disabled"


async def test_a_gateway_answers_with_a_page(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(bad_gateway()))

    answer = await graph.get(STATE)

    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_body_may_be_planted(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(Respond(200, body={}), method="GET"))

    assert (await graph.get(STATE)).json() == {}


@pytest.mark.parametrize(("fault", "left"), [(Cut(), "enforced"), (Cut(AFTER), "disabled")])
async def test_the_connection_is_cut_before_or_after_the_change(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, fault: Cut, left: str
) -> None:
    tenant.faults.add(Fault(fault, method="PATCH"))

    with pytest.raises(httpx.RemoteProtocolError):
        await lower(graph)

    assert tenant.state.mfa(LEE) == left
    assert tenant.state.journal.requests[-1].status is None
    assert await read(graph) == left


async def test_a_held_request_goes_on_when_the_gate_is_set(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    armed = tenant.faults.add(Fault(Hold(gate), method="PATCH"))
    waiting = asyncio.create_task(lower(graph))
    await armed.hit.wait()
    assert tenant.state.mfa(LEE) == "enforced"

    gate.set()

    assert (await waiting).status_code == 204
    assert tenant.state.mfa(LEE) == "disabled"


async def test_an_answer_may_be_held_after_the_change(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    armed = tenant.faults.add(Fault(Hold(gate, AFTER), method="PATCH"))
    waiting = asyncio.create_task(lower(graph))
    await armed.hit.wait()
    assert await read(graph) == "disabled"

    assert not waiting.done()
    gate.set()
    assert (await waiting).status_code == 204


async def test_a_client_that_gives_up_does_not_take_its_write_back(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    armed = tenant.faults.add(Fault(Hold(gate), method="PATCH"))
    waiting = asyncio.create_task(lower(graph))
    await armed.hit.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await read(graph) == "enforced"

    gate.set()

    assert await read(graph) == "disabled"


async def test_a_held_request_does_not_keep_the_tenant_from_closing(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    armed = tenant.faults.add(Fault(Hold(asyncio.Event())))
    waiting = asyncio.create_task(graph.get(STATE))
    await armed.hit.wait()

    await tenant.__aexit__(None, None, None)

    with pytest.raises(httpx.TransportError):
        await waiting


async def test_a_delay_is_real(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(Delay(0.05), times=FOREVER))
    loop = asyncio.get_running_loop()
    start = loop.time()

    assert (await graph.get(STATE)).status_code == 200

    assert loop.time() - start >= 0.05


async def test_a_late_write_lands_when_it_is_released(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    tenant.faults.add(Fault(Late(gate), method="PATCH"))

    assert (await lower(graph)).status_code == 204
    assert await read(graph) == "enforced"
    gate.set()

    assert await read(graph) == "disabled"


async def test_a_late_write_may_be_cut_and_land_all_the_same_on_the_tenants_clock(
    tenant: SimulatedTenant,
    graph: httpx.AsyncClient,
    advance: Callable[[float], None],
) -> None:
    tenant.faults.add(Fault(Late(timedelta(seconds=40)), method="PATCH"))
    tenant.faults.add(Fault(Cut(AFTER), method="PATCH"))
    accepted = tenant.state.now()

    with pytest.raises(httpx.RemoteProtocolError):
        await lower(graph)

    advance(39)
    assert tenant.state.mfa(LEE) == "enforced"
    advance(5)
    assert tenant.state.mfa(LEE) == "disabled"
    (change,) = tenant.state.changes()
    assert change.at == accepted + timedelta(seconds=40)


async def test_a_late_write_may_land_on_top_of_a_restore(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    tenant.faults.add(Fault(Late(gate), method="PATCH"))
    await lower(graph)
    await graph.patch(STATE, json={"perUserMfaState": "enforced"})

    gate.set()

    assert await read(graph) == "disabled"


async def test_a_late_write_to_somebody_deleted_is_lost(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    tenant.faults.add(Fault(Late(gate), method="PATCH"))
    await lower(graph)
    tenant.state.delete_user(LEE)
    gate.set()
    tenant.state.settle()

    tenant.state.undelete_user(LEE)

    assert tenant.state.mfa(LEE) == "enforced"


async def test_a_replica_lags_behind_the_truth(
    tenant: SimulatedTenant,
    graph: httpx.AsyncClient,
    advance: Callable[[float], None],
) -> None:
    tenant.faults.add(Fault(Stale(timedelta(seconds=30)), method="GET", times=FOREVER))
    await lower(graph)
    assert tenant.state.mfa(LEE) == "disabled"
    advance(29)
    assert await read(graph) == "enforced"

    advance(1)

    assert await read(graph) == "disabled"


async def test_a_replica_shows_each_value_in_its_turn(
    tenant: SimulatedTenant,
    graph: httpx.AsyncClient,
    advance: Callable[[float], None],
) -> None:
    tenant.faults.add(Fault(Stale(timedelta(seconds=30)), method="GET", times=FOREVER))
    await lower(graph)
    advance(20)
    await graph.patch(STATE, json={"perUserMfaState": "enforced"})

    advance(15)
    assert await read(graph) == "disabled"
    advance(20)
    assert await read(graph) == "enforced"


async def test_a_fault_befalls_the_requests_it_names_and_no_others(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    armed = tenant.faults.add(
        Fault(Respond(500), method="GET", api="beta", path=f"/{LEE}/.*requirements$", nth=2, times=2)
    )

    assert (await graph.get(f"/v1.0/users/{LEE}")).status_code == 200
    assert (await graph.get(f"/beta/users/{OUTSIDER}/authentication/requirements")).status_code == 200
    assert (await lower(graph)).status_code == 204
    assert [(await graph.get(STATE)).status_code for _ in range(4)] == [200, 500, 500, 200]
    assert armed.hits == 2


async def test_faults_combine_and_are_taken_away(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    first = tenant.faults.add(Fault(Respond(500), times=FOREVER))
    tenant.faults.add(Fault(Respond(503), times=FOREVER))
    assert (await graph.get(STATE)).status_code == 500

    tenant.faults.remove(first)
    assert (await graph.get(STATE)).status_code == 503

    tenant.faults.clear()
    assert (await graph.get(STATE)).status_code == 200
