"""Socket Mode: the same door, through connections that come and go."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.sim.workspace import NotAcknowledgedError, Refuse
from bot.sim.workspace.model import Json
from bot.slack.socket import ADVICE
from tests.scenario.house import ASKS, HANNA, OMAR, House
from tests.scenario.process import Process

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True)


@pytest.fixture
def house(socket_house: House) -> House:
    return socket_house


async def ready(house: House) -> tuple[int, dict[str, str]]:
    """Return what /readyz says, looked at now."""
    house.clock.move(seconds=20)
    async with ClientSession() as session, session.get(f"{house.ops}/readyz") as answer:
        body: dict[str, Any] = await answer.json()
        return answer.status, body["degraded"]


async def connected(house: House, number: int) -> None:
    """Wait until that many connections were opened so far."""
    links = house.workspace.links
    await house.workspace.until(lambda: links.opened >= number and links.open, timeout=20)


@on_sqlite
@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets"])
async def test_a_connection_that_is_given_notice_to_is_replaced_and_nothing_is_lost(
    house: House, reason: str
) -> None:
    links = house.workspace.links
    [old] = links.open
    await links.tell(reason)
    await connected(house, 2)
    assert old in links.open  # what was sent to it already still counts
    envelope = {
        "envelope_id": "e-old",
        "type": "slash_commands",
        "payload": house.person(HANNA).commanding("/mfa", ASKS),
    }
    assert (await links.send(envelope, through=old)).status == 200
    await house.settled()
    assert len(house.cards()) == 1
    await links.close(leaving=True)
    await house.presses(OMAR, house.card(), "Approve")
    assert house.mfa() == "disabled"
    assert await ready(house) == (200, {})


@on_sqlite
async def test_notice_upon_notice_is_not_answered_as_fast_as_it_comes(house: House) -> None:
    began = time.monotonic()
    for number in (2, 3):
        await house.workspace.links.tell("too_many_websockets")
        await house.workspace.links.close(leaving=True)
        await connected(house, number)
    assert time.monotonic() - began >= 1.0
    await house.asks()


@on_sqlite
async def test_a_connection_that_is_cut_is_opened_again(house: House) -> None:
    house.workspace.links.cut()
    await connected(house, 2)
    await house.asks()
    await house.workspace.links.close()
    await connected(house, 3)
    await house.presses(OMAR, house.card(), "Approve")
    assert house.mfa() == "disabled"


@on_sqlite
async def test_an_address_that_was_used_is_not_tried_again(house: House) -> None:
    """A connection that fails costs its address; the next attempt asks for another one."""
    links, asked = house.workspace.links, len(house.workspace.called("apps.connections.open"))
    links.refuse(2)
    links.cut()
    await connected(house, 2)
    assert len(house.workspace.called("apps.connections.open")) == asked + 3
    await house.asks()


async def test_an_envelope_that_comes_again_runs_nothing(house: House) -> None:
    links = house.workspace.links
    await house.asks()
    first = links.envelopes[-1]
    assert (await links.send(first)).status == 200
    await links.tell("refresh_requested")
    await connected(house, 2)
    again: Json = {**first, "envelope_id": "another", "retry_attempt": 1, "retry_reason": "timeout"}
    assert (await links.send(again)).status == 200
    await house.settled()
    assert len(house.cards()) == 1
    assert (await house.events()).count("asked") == 1
    assert {rule for _, rule in await house.refusals()} == {"delivery"}


@on_postgres
async def test_several_processes_have_a_connection_each_and_share_what_was_seen(house: House) -> None:
    other = Process(house.configuration, house.clock)
    await other.start()
    await other.open()
    links = house.workspace.links
    first, second = links.open
    command = {"type": "slash_commands", "payload": house.person(HANNA).commanding("/mfa", ASKS)}
    await links.send({"envelope_id": "e-1", **command}, through=first)
    await links.send({"envelope_id": "e-2", **command}, through=second)
    await asyncio.gather(house.process.settled(), other.settled())
    assert len(house.cards()) == 1
    await other.stop()
    assert links.open == [first]


@on_sqlite
async def test_errors_of_a_form_come_with_the_acknowledgement(house: House) -> None:
    await house.asks()
    actor = house.person(OMAR)
    await house.presses(OMAR, house.card(), "Deny")
    view = actor.view
    await actor.submits(view, {"Reason": " "})
    assert view.is_open
    assert view.errors
    await actor.submits(view, {"Reason": "not today"})
    await house.settled()
    assert "denied" in house.shown()


@on_sqlite
async def test_a_token_that_is_revoked_is_named_and_restores_go_on(house: House) -> None:
    await house.suspended()
    refused = house.workspace.fault("apps.connections.open", Refuse("invalid_auth"), times=None)
    house.workspace.links.cut()
    await house.workspace.until(lambda: refused.taken >= 1, timeout=20)
    status, degraded = await ready(house)
    assert (status, list(degraded)) == (503, ["commands"])
    assert degraded["commands"] == f"no connection from Slack: Slack answers invalid_auth; {ADVICE}"
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    refused.lift()
    await connected(house, 2)
    assert await ready(house) == (200, {})
    await house.asks()


@on_sqlite
async def test_without_a_valid_token_at_the_start_nothing_is_taken_and_what_is_due_is_put_back(
    house: House,
) -> None:
    await house.suspended()
    await house.crashes()
    app = house.workspace.installation
    house.workspace.installation = replace(app, app_token="xapp-another")
    house.clock.move(hours=1)
    await house.process.start()
    house.ops = house.process.serving.ops
    opening = asyncio.create_task(house.process.open())
    calls = house.workspace
    await calls.until(lambda: len(calls.called("apps.connections.open")) >= 2, timeout=20)
    await house.settled()
    assert house.mfa() == "enforced"
    assert (await ready(house))[0] == 503
    house.workspace.installation = app
    await opening
    assert (await ready(house))[0] == 200


@on_sqlite
async def test_at_a_stop_no_envelope_is_taken_any_more(house: House) -> None:
    await house.process.stop()
    assert house.workspace.links.open == []
    with pytest.raises(NotAcknowledgedError):
        await house.person(HANNA).types("/mfa", ASKS)
    assert (house.cards(), house.tenant.state.changes()) == ([], ())
    house.process = Process(house.configuration, house.clock)
    await house.opens()


@on_sqlite
@pytest.mark.parametrize(
    "envelope",
    [
        {"type": "slash_commands", "payload": {"command": "/mfa", "text": "x" * 1_100_000}},
        {"type": "slash_commands", "payload": {"command": "/mfa"}},
        {"type": "interactive", "payload": {"type": "block_actions", "actions": "none"}},
        {"type": "interactive", "payload": ["no", "object"]},
        {"type": "events_api"},
    ],
)
async def test_an_envelope_that_cannot_be_read_is_not_acknowledged_and_runs_nothing(
    house: House, envelope: Json
) -> None:
    links = house.workspace.links
    links.patience = 0.2
    with pytest.raises(NotAcknowledgedError):
        await links.send({"envelope_id": "e-1", **envelope})
    links.patience = 3.0
    await house.asks()


@on_sqlite
async def test_words_that_are_no_frame_are_passed_over(house: House) -> None:
    [link] = house.workspace.links.open
    for words in ("Ping from applink", "[]", '{"type": "news"}', "null"):
        await link.socket.send_str(words)
    await link.socket.send_bytes(b"\x00")
    await house.asks()


@on_sqlite
async def test_an_event_is_acknowledged_and_runs_nothing(house: House) -> None:
    payload = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened"}}
    assert (await house.workspace.links.deliver("events_api", payload)).status == 200
    assert await house.events() == ["started"]


@on_sqlite
async def test_the_port_for_requests_is_not_opened_and_acknowledgements_are_measured(house: House) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = house.configuration.settings.listen.model_copy(update={"port": port})
    settings = house.configuration.settings.model_copy(update={"listen": listen})
    house.configuration = replace(house.configuration, settings=settings)
    await house.process.stop()
    house.process = Process(house.configuration, house.clock)
    await house.opens()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await house.types(HANNA, "help")
    assert (await house.scrape())["relatch_ack_seconds_count"] == 1
