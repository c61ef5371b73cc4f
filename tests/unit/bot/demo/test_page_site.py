"""The page over HTTP: whom it lets in, and what it refuses to do for another site's page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession

from bot.demo.page.site import STATIC, page
from bot.demo.world import World, simulated
from bot.lifecycle import Serving, serving
from bot.sim.tenant.story import LEE

HANNA = "as=U0HANNA&in=C0APPROVALS"
ASKS = "/mfa disable lee@contoso.com for 1h ticket INC-7 because phone broken"


@dataclass(frozen=True, slots=True)
class Visit:
    world: World
    running: Serving
    http: ClientSession
    address: str

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://").rstrip("/")

    async def acts(self, what: str, asked: object, query: str = HANNA, **headers: str) -> int:
        """Do something as the page's own script does, or with *headers* as another's would; the status."""
        sent = {"Origin": f"http://{self.host}", "Content-Type": "application/json", **headers}
        async with self.http.post(
            f"{self.address}act/{what}?{query}", data=json.dumps(asked), headers=sent
        ) as answer:
            return answer.status

    async def gets(self, path: str = "", **headers: str) -> ClientResponse:
        async with self.http.get(f"{self.address}{path}", headers=headers) as answer:
            await answer.read()
            return answer

    async def asks(self) -> None:
        assert await self.acts("type", {"text": ASKS}) == 204
        await self.running.settled()


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(simulated(tmp_path))
        running = await stack.enter_async_context(serving(world.configuration, world.clock))
        world.workspace.deliver_to = (await running.open_for_business()).slack
        address = await stack.enter_async_context(page(world, running, 0))
        http = await stack.enter_async_context(ClientSession())
        yield Visit(world, running, http, address)


async def test_the_page_is_whole_and_may_load_nothing_from_elsewhere(visit: Visit) -> None:
    answer = await visit.gets(f"?{HANNA}")

    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    text = await answer.text()
    assert "Hanna de Boer" in text
    assert "http" not in text.replace("http-equiv", "")
    assert "/mfa disable USER for 1h [ticket INC-7] because REASON" in text


@pytest.mark.parametrize("name", STATIC)
async def test_its_parts_are_served_and_name_no_other_host(visit: Visit, name: str) -> None:
    answer = await visit.gets(f"static/{name}")

    assert (answer.status, answer.content_type) == (200, STATIC[name])
    assert "://" not in (await answer.text()).replace("http://www.w3.org/2000/svg", "")


async def test_another_name_for_this_machine_is_refused(visit: Visit) -> None:
    assert (await visit.gets(Host="rebound.example:8420")).status == 403
    assert (await visit.gets(Host="127.0.0.1:1")).status == 403
    assert (await visit.gets(Host=visit.host.replace("127.0.0.1", "localhost"))).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
async def test_another_page_cannot_act(visit: Visit, headers: dict[str, str]) -> None:
    before = visit.world.clock.ahead

    assert await visit.acts("clock", {"minutes": 10}, **headers) == 403
    assert visit.world.clock.ahead == before


async def test_an_act_without_an_origin_or_as_a_plain_form_is_refused(visit: Visit) -> None:
    url = f"{visit.address}act/clock?{HANNA}"
    async with visit.http.post(url, json={"minutes": 1}) as answer:
        assert answer.status == 403
    assert await visit.acts("clock", {"minutes": 1}, **{"Content-Type": "text/plain"}) == 415


async def test_another_page_can_neither_embed_nor_read_it(visit: Visit) -> None:
    across = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "script"}
    assert (await visit.gets("static/page.js", **across)).status == 403
    assert (await visit.gets(f"live?{HANNA}", **across)).status == 403
    link = await visit.gets(**{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"})
    assert link.status == 200
    assert "frame-ancestors 'none'" in link.headers["Content-Security-Policy"]
    assert link.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in link.headers


@pytest.mark.parametrize("query", ["as=U0NOBODY", "as=U0SAM", "as=U0RELATCH", "as=U0LEE&in=C0APPROVALS"])
async def test_nobody_sits_where_they_do_not_belong(visit: Visit, query: str) -> None:
    assert (await visit.gets(f"?{query}")).status == 404
    assert await visit.acts("type", {"text": "/mfa help"}, query) == 404


@pytest.mark.parametrize(
    ("what", "asked", "status"),
    [
        ("fly", {}, 404),
        ("type", [], 400),
        ("type", {}, 409),
        ("type", {"text": "  "}, 409),
        ("type", {"text": "/nonsense"}, 409),
        ("press", {"ts": "1.2", "block": "decide", "action": "approve"}, 409),
        ("submit", {"view": "V1"}, 409),
        ("submit", {"view": "V1", "values": {}}, 409),
        ("close", {"view": "V1"}, 409),
    ],
)
async def test_what_nobody_could_do_is_not_done(visit: Visit, what: str, asked: object, status: int) -> None:
    assert await visit.acts(what, asked) == status


async def test_a_press_is_one_that_the_message_offers(visit: Visit) -> None:
    await visit.asks()
    [card] = [one for one in visit.world.workspace.channel("C0APPROVALS").messages if "R-1" in one.text]
    omar = "as=U0OMAR&in=C0APPROVALS"
    assert await visit.acts("press", {"ts": card.ts, "block": "decide", "action": "other"}, omar) == 409

    assert await visit.acts("press", {"ts": card.ts, "block": "decide", "action": "approve"}, omar) == 204

    await visit.running.settled()
    assert visit.world.tenant.state.mfa(LEE) == "disabled"


async def test_what_the_policy_turns_on_is_offered_and_works(visit: Visit) -> None:
    text = await (await visit.gets(f"?{HANNA}")).text()
    assert "/mfa phone USER" in text
    assert "/domain" not in text  # needs a federation service, which is not simulated here
    asked = "/mfa phone lee@contoso.com +31 6 12345678 alternateMobile because phone broken"
    assert await visit.acts("type", {"text": asked}) == 204

    await visit.running.settled()
    cards = visit.world.workspace.channel("C0APPROVALS").messages
    assert any("R-1" in one.text for one in cards), visit.world.workspace.transcript()


async def test_the_clock_moves_to_what_falls_due(visit: Visit) -> None:
    await visit.asks()
    assert await visit.acts("clock", {"minutes": 1}) == 204
    assert visit.world.clock.ahead.total_seconds() == 60

    assert await visit.acts("clock", {"next": True}) == 204

    await visit.running.settled()
    assert 899 < visit.world.clock.ahead.total_seconds() < 901  # the reminder, 15 minutes after the request
    assert await visit.acts("clock", {"minutes": -60}) == 204
    assert await visit.acts("clock", {"minutes": 10_000_000}) == 204
    assert visit.world.clock.ahead.total_seconds() < 901 + 86_400


async def test_what_people_say_to_each_other_is_text(visit: Visit) -> None:
    assert await visit.acts("type", {"text": "<script>alert(1)</script> *hello*"}) == 204

    text = await (await visit.gets(f"?{HANNA}")).text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <strong>hello</strong>" in text
    assert "<script>" not in text


async def test_changes_are_sent_as_they_happen(visit: Visit) -> None:
    async with visit.http.get(f"{visit.address}live?{HANNA}") as stream:
        first = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        assert {"messages", "tenant", "record", "clock"} <= first.keys()
        await stream.content.readline()

        await visit.acts("type", {"text": "good morning"})

        then = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        assert "good morning" in then["messages"]
        assert "tenant" not in then
