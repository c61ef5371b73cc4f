"""What operators see: health, readiness and metrics, on a port of their own."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from aiohttp import ClientSession
from psycopg import sql

from bot.sim.tenant import BEFORE, FOREVER, Cut, Fault
from bot.sim.workspace import Refuse, Status
from tests.scenario.house import HANNA, House

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True)


async def asks(house: House, path: str) -> tuple[int, dict[str, Any]]:
    """Return status and body of *path* on the port for operators."""
    async with ClientSession() as session, session.get(f"{house.ops}{path}") as answer:
        return answer.status, await answer.json()


@on_sqlite
async def test_a_slack_that_goes_away_is_named_and_commands_are_taken_still(house: House) -> None:
    assert await asks(house, "/healthz") == (200, {"alive": True})
    assert await asks(house, "/readyz") == (200, {"ready": True, "degraded": {}})
    down = house.workspace.fault(".*", Status(503), times=None)
    house.clock.move(seconds=10)
    assert (await asks(house, "/readyz"))[1]["degraded"] == {}  # looked at a moment ago
    house.clock.move(seconds=10)
    status, body = await asks(house, "/readyz")
    assert (status, body["ready"]) == (200, True)
    assert body["degraded"] == {"slack": "Slack answers 503"}
    down.lift()
    house.workspace.fault("auth.test", Refuse("account_inactive"), times=None)
    house.clock.move(seconds=20)
    assert (await asks(house, "/readyz"))[1]["degraded"] == {"slack": "Slack answers account_inactive"}
    assert (await asks(house, "/healthz"))[0] == 200


@on_sqlite
async def test_a_process_that_never_had_a_token_or_a_workspace_is_not_ready(house: House) -> None:
    await house.crashes()
    house.workspace.fault("auth.test", Status(503), times=None)
    house.tenant.faults.add(Fault(Cut(BEFORE), api="login", times=FOREVER))
    await house.process.start()
    house.ops = house.process.serving.ops
    status, body = await asks(house, "/readyz")
    assert (status, body["ready"]) == (503, False)
    assert sorted(body["degraded"]) == ["commands", "entra", "slack"]
    assert body["degraded"]["slack"] == "Slack answers 503"
    assert "login" in body["degraded"]["entra"]


@on_postgres
async def test_without_a_database_nothing_is_ready_and_a_command_says_that_nothing_was_changed(
    house: House,
) -> None:
    url = house.configuration.settings.database.url
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    name = sql.Identifier(str(url.database))
    with psycopg.connect(server, autocommit=True) as operator:
        operator.execute(sql.SQL("alter database {} with allow_connections false").format(name))
        operator.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [url.database]
        )
        house.clock.move(seconds=20)
        status, body = await asks(house, "/readyz")
        assert (status, list(body["degraded"])) == (503, ["database"])
        assert body["degraded"]["database"].startswith("the database does not answer")
        answer = await house.types(HANNA, "disable lee@contoso.com for 1h because phone broken")
        assert answer.startswith("The database does not answer. Nothing was changed.")
        operator.execute(sql.SQL("alter database {} with allow_connections true").format(name))
    house.clock.move(seconds=20)
    assert await asks(house, "/readyz") == (200, {"ready": True, "degraded": {}})
    await house.asks()


@on_sqlite
async def test_the_metrics_have_the_names_that_are_promised(house: House) -> None:
    await house.suspended()
    await house.advance(minutes=10)
    metrics = await house.scrape()
    families = {name.partition("{")[0] for name in metrics}
    plain = {name for name in families if not name.endswith(("_bucket", "_sum", "_count", "_created"))}
    promised = {"relatch_requests", "relatch_overdue", "relatch_graph_calls_total", "relatch_queue_depth"}
    more = {
        "relatch_queue_age_seconds",
        "relatch_restore_attempts_total",
        "relatch_restore_lateness_worst_seconds",
    }
    assert plain == promised | more
    histograms = {"relatch_restore_lateness_seconds", "relatch_ack_seconds"}
    assert {f"{name}_count" for name in histograms} <= families
    assert metrics['relatch_requests{state="active"}'] == 1
    assert metrics['relatch_requests{state="pending"}'] == 0
    assert metrics['relatch_queue_depth{kind="restore"}'] == 1
    assert metrics["relatch_ack_seconds_count"] == 2
    assert metrics['relatch_graph_calls_total{outcome="ok"}'] > 5
    assert metrics["relatch_restore_lateness_seconds_count"] == 0
    await house.advance(minutes=50)
    await house.advance(seconds=30)
    metrics = await house.scrape()
    assert metrics["relatch_restore_lateness_seconds_count"] == 1
    assert metrics['relatch_requests{state="active"}'] == 0


@on_sqlite
async def test_neither_port_answers_what_belongs_to_the_other(house: House) -> None:
    slack = house.workspace.deliver_to.removesuffix("/slack/events")
    async with ClientSession() as session:
        for address in (f"{slack}/healthz", f"{slack}/metrics", f"{slack}/readyz"):
            async with session.get(address) as answer:
                assert answer.status == 404
        async with session.post(f"{house.ops}/slack/events", data=b"x") as answer:
            assert answer.status == 404
        async with session.get(f"{slack}/slack/events") as answer:
            assert answer.status == 405
