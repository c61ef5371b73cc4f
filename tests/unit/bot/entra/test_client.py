"""The Graph client against a scripted host."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from approvals.errors import Later, Never
from bot.entra import client as client_module
from bot.entra.address import path
from bot.entra.answers import Missing, Refused, Unclear
from bot.entra.batch import Get
from bot.entra.client import GraphClient, Once
from bot.entra.patience import PATIENCE, Patience, pause
from bot.entra.wire import WRITES_A_SECOND

from .conftest import GRAPH, Host, Login, graph_error

if TYPE_CHECKING:
    from bot.entra.wire import Observed

LEE = path("/users/{}", "lee@contoso.com")
STATE = path("/users/{}/authentication/requirements", "lee@contoso.com")
DISABLED = {"perUserMfaState": "disabled"}


def found(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


async def test_a_read_names_version_path_and_fields(graph: GraphClient, host: Host) -> None:
    host.script = [found(id="1")]
    assert await graph.get("v1.0", LEE, {"$select": "id,displayName"}) == {"id": "1"}
    assert str(host.received[0].url) == f"{GRAPH}/v1.0/users/lee%40contoso.com?$select=id,displayName"
    assert host.headers("authorization") == ["Bearer token-1"]
    assert host.headers("return-client-request-id") == ["true"]


@pytest.mark.parametrize("status", [408, 409, 423, 429, 500, 502, 503, 504])
async def test_a_read_is_repeated_after_a_passing_failure(
    graph: GraphClient, host: Host, observed: list[Observed], status: int
) -> None:
    host.script = [graph_error(status), httpx.ConnectError("cut"), found(id="1")]
    assert await graph.get("v1.0", LEE) == {"id": "1"}
    assert observed == ["later", "later", "ok"]


async def test_every_attempt_has_a_guid_of_its_own(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(503)]
    with pytest.raises(Unclear) as caught:
        await graph.get("v1.0", LEE)
    ids = host.headers("client-request-id")
    assert len({uuid.UUID(one) for one in ids}) == 3
    assert caught.value.trace.request_id == ids[-1]


@pytest.mark.parametrize(("status", "kind"), [(400, Refused), (403, Refused), (404, Missing)])
async def test_a_refused_read_is_not_repeated(
    graph: GraphClient, host: Host, status: int, kind: type[Exception]
) -> None:
    host.script = [graph_error(status)]
    with pytest.raises(kind):
        await graph.get("v1.0", LEE)
    assert len(host.received) == 1


async def test_a_pause_longer_than_our_patience_goes_up_at_once(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(429, **{"Retry-After": "120"})]
    with pytest.raises(Later) as caught:
        await graph.get("v1.0", LEE)
    assert (caught.value.after, len(host.received)) == (timedelta(seconds=120), 1)


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (Later("x"), True),
        (Later("x", timedelta(seconds=3)), 3.0),
        (Later("x", PATIENCE), PATIENCE.total_seconds()),
        (Later("x", PATIENCE + timedelta(seconds=1)), False),
        (Never("x"), False),
        (ValueError("x"), False),
    ],
)
def test_the_wait_is_what_graph_asks_for(error: Exception, waits: bool | float) -> None:  # noqa: FBT001 - the hook's own type
    assert pause(error) is waits or pause(error) == waits


async def test_a_gateways_page_is_no_answer(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(200, html="<html>maintenance</html>")]
    with pytest.raises(Unclear, match="no JSON object"):
        await graph.get("v1.0", LEE)


async def test_a_redirect_is_not_followed(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(302, headers={"location": "https://evil.example/"})]
    with pytest.raises(Unclear, match="302"):
        await graph.get("v1.0", LEE)
    assert {request.url.host for request in host.received} == {httpx.URL(GRAPH).host}


async def test_an_answer_without_end_is_cut_off(
    graph: GraphClient, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.entra.wire.LARGEST_ANSWER", 10)
    host.script = [found(id="more than ten bytes")]
    with pytest.raises(Unclear, match="too large"):
        await graph.get("v1.0", LEE)


# --- a 401 --------------------------------------------------------------------------------------------


async def test_a_rejected_token_is_replaced_once(graph: GraphClient, host: Host, login: Login) -> None:
    host.script = [graph_error(401), found(id="1")]
    assert await graph.get("v1.0", LEE) == {"id": "1"}
    assert host.headers("authorization") == ["Bearer token-1", "Bearer token-2"]
    assert login.given == 2


async def test_a_second_401_is_final(graph: GraphClient, host: Host, observed: list[Observed]) -> None:
    host.script = [graph_error(401, "InvalidAuthenticationToken")]
    with pytest.raises(Refused, match="401 InvalidAuthenticationToken"):
        await graph.get("v1.0", LEE)
    assert (len(host.received), observed) == (2, ["never"])


async def test_a_claims_challenge_is_passed_on_to_the_login(
    graph: GraphClient, host: Host, login: Login
) -> None:
    claims = {"access_token": {"nbf": {"essential": True, "value": "1604106651"}}}
    text = base64.b64encode(json.dumps(claims).encode()).decode()
    header = {"www-authenticate": f'Bearer error="insufficient_claims", claims="{text}"'}
    host.script = [httpx.Response(401, headers=header), found(id="1")]
    assert await graph.get("v1.0", LEE) == {"id": "1"}
    asked = httpx.QueryParams(login.received[-1].content.decode())
    assert json.loads(asked["claims"]) == claims


async def test_a_write_refused_with_401_is_sent_again_under_its_id(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(401), httpx.Response(204)]
    correlation = str(uuid.uuid4())
    assert await graph.patch("beta", STATE, DISABLED, Once(correlation=correlation)) == {}
    assert host.headers("client-request-id") == [correlation, correlation]


# --- writes -------------------------------------------------------------------------------------------


async def test_a_write_carries_the_callers_id_and_body(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(204)]
    correlation = str(uuid.uuid4())
    await graph.patch("beta", STATE, DISABLED, Once(correlation=correlation))
    sent = host.received[0]
    assert (sent.method, json.loads(sent.content)) == ("PATCH", DISABLED)
    assert sent.headers["client-request-id"] == correlation


@pytest.mark.parametrize(
    "reply", [graph_error(408), graph_error(409), graph_error(423), graph_error(429), graph_error(503)]
)
async def test_an_unclear_write_is_not_repeated(
    graph: GraphClient, host: Host, reply: httpx.Response
) -> None:
    host.script = [reply]
    with pytest.raises(Unclear):
        await graph.patch("beta", STATE, DISABLED)
    assert len(host.received) == 1


@pytest.mark.parametrize("error", [httpx.ReadTimeout(""), httpx.ReadError(""), httpx.RemoteProtocolError("")])
async def test_a_write_that_was_cut_may_have_been_made(
    graph: GraphClient, host: Host, error: Exception
) -> None:
    host.script = [error]
    correlation = str(uuid.uuid4())
    with pytest.raises(Unclear, match=correlation):
        await graph.post(
            "v1.0", path("/users/{}/revokeSignInSessions", "1"), {}, Once(correlation=correlation)
        )
    assert len(host.received) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412])
async def test_a_refused_write_was_not_made(graph: GraphClient, host: Host, status: int) -> None:
    host.script = [graph_error(status)]
    with pytest.raises(Never, match=str(status)):
        await graph.delete("v1.0", path("/groups/{}/members/{}/$ref", "1", "2"))


async def test_without_a_token_nothing_is_sent(graph: GraphClient, host: Host, login: Login) -> None:
    login.script = [httpx.Response(401, json={"error": "invalid_client", "error_codes": [7000222]})]
    with pytest.raises(Never, match="expired"):
        await graph.patch("beta", STATE, DISABLED)
    assert host.received == []


async def test_the_time_limit_includes_waiting_for_our_turn(graph: GraphClient, host: Host) -> None:
    host.script = [lambda _: httpx.Response(204)]
    crowd = asyncio.gather(*(graph.patch("beta", STATE, DISABLED) for _ in range(2 * WRITES_A_SECOND)))
    while len(host.received) < WRITES_A_SECOND:  # noqa: ASYNC110  # the host rings no bell
        await asyncio.sleep(0)
    with pytest.raises(Unclear, match=r"no answer within 0\.01 s"):
        await graph.patch("beta", STATE, DISABLED, Once(seconds=0.01))
    await crowd
    assert len(host.received) == 2 * WRITES_A_SECOND


# --- lists --------------------------------------------------------------------------------------------


def page(*ids: str, link: object = None) -> httpx.Response:
    body: dict[str, object] = {"value": [{"id": one} for one in ids]}
    return found(**body) if link is None else found(**body, **{"@odata.nextLink": link})


def ids(items: list[dict[str, object]]) -> list[object]:
    return [item["id"] for item in items]


async def test_all_pages_are_read_with_the_headers_of_the_first(graph: GraphClient, host: Host) -> None:
    host.script = [
        page("1", "2", link=f"{GRAPH}/v1.0/users?$skiptoken=a%2Bb"),
        page(link=f"{GRAPH}/v1.0/users?$skiptoken=empty"),
        page("3"),
    ]
    items = await graph.every(
        "v1.0", path("/users"), {"$count": "true"}, headers={"ConsistencyLevel": "eventual"}
    )
    assert ids(items) == ["1", "2", "3"]
    assert host.paths() == [
        "/v1.0/users?$count=true",
        "/v1.0/users?$skiptoken=a%2Bb",
        "/v1.0/users?$skiptoken=empty",
    ]
    assert host.headers("consistencylevel") == ["eventual"] * 3


async def test_a_page_that_fails_is_read_again(graph: GraphClient, host: Host) -> None:
    host.script = [page("1", link=f"{GRAPH}/v1.0/users?p=2"), graph_error(503), page("2")]
    assert ids(await graph.every("v1.0", path("/users"))) == ["1", "2"]


async def test_the_token_never_follows_a_link_to_another_host(graph: GraphClient, host: Host) -> None:
    host.script = [page("1", link="https://evil.example/v1.0/users?p=2")]
    with pytest.raises(Never, match="another host"):
        await graph.every("v1.0", path("/users"))
    assert len(host.received) == 1


async def test_a_circle_of_pages_raises(graph: GraphClient, host: Host) -> None:
    host.script = [page("1", link=f"{GRAPH}/v1.0/users?p=2"), page("2", link=f"{GRAPH}/v1.0/users")]
    with pytest.raises(Never, match="does not end"):
        await graph.every("v1.0", path("/users"))
    assert len(host.received) == 2


async def test_a_list_without_end_raises(
    graph: GraphClient, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "MOST_PAGES", 5)
    host.script = [
        lambda request: page("x", link=f"{request.url}0" if "?" in str(request.url) else f"{request.url}?p=0")
    ]
    with pytest.raises(Never, match="does not end"):
        await graph.every("v1.0", path("/users"))
    assert len(host.received) == 5


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, {"value": ["x"]}, {"id": "1"}])
async def test_what_is_no_list_is_not_an_empty_one(
    graph: GraphClient, host: Host, body: dict[str, object]
) -> None:
    host.script = [found(**body)]
    with pytest.raises(Never, match="else than a list"):
        await graph.every("v1.0", path("/users"))


@pytest.mark.parametrize("link", ["", 7, None])
async def test_a_link_that_is_none_does_not_end_the_list(
    graph: GraphClient, host: Host, link: object
) -> None:
    host.script = [found(**{"value": [], "@odata.nextLink": link})]
    with pytest.raises(Never):
        await graph.every("v1.0", path("/users"))


# --- whose turn it is ---------------------------------------------------------------------------------


async def test_a_write_that_can_wait_lets_those_go_first_that_came_with_it(
    graph: GraphClient, host: Host
) -> None:
    many = path("/users/{}", "many")
    crowd = [graph.patch("beta", many, {}) for _ in range(WRITES_A_SECOND - 1)]
    late = [graph.patch("beta", many, {}) for _ in range(3)]
    await asyncio.gather(*crowd, graph.post("v1.0", LEE, {}, Once(can_wait=True)), *late)
    assert [request.method for request in host.received] == ["PATCH"] * len(crowd + late) + ["POST"]


# --- what is seen outside -----------------------------------------------------------------------------


async def test_neither_names_nor_tokens_are_logged_or_raised(
    graph: GraphClient,
    host: Host,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    host.script = [
        graph_error(503),
        httpx.ReadError("lee@contoso.com"),
        graph_error(403, "Lee +31 612345678"),
    ]
    with pytest.raises(Refused) as caught:
        await graph.get("v1.0", LEE)
    seen = repr(caught.value) + caplog.text + "".join(capsys.readouterr())
    assert "client-request-id" in seen
    for secret in ("lee", "Lee", "612345678", "token-1", "planted-secret"):
        assert secret not in seen


async def test_somebody_who_is_not_waited_for_has_more_patience(graph: GraphClient, host: Host) -> None:
    heard: list[timedelta] = []
    minutes = timedelta(minutes=5)
    sweep = Patience(attempts=8, longest=minutes, total=3 * minutes, told=heard.append)
    host.script = [graph_error(429, **{"Retry-After": "120"}), *[graph_error(503)] * 6, found(id="1")]
    assert await graph.waiting(sweep).get("v1.0", LEE) == {"id": "1"}
    assert heard == [timedelta(seconds=120)]
    assert pause(Later("", timedelta(seconds=300)), sweep) == 300.0
    assert pause(Later("", timedelta(seconds=301)), sweep) is False


async def test_a_sheet_that_was_asked_for_again_comes_once(graph: GraphClient, host: Host) -> None:
    first = found(value=[{"id": "1"}], **{"@odata.nextLink": f"{GRAPH}/v1.0/users?page=2"})
    host.script = [first, graph_error(429, **{"Retry-After": "1"}), found(value=[{"id": "2"}])]
    sheets = [sheet async for sheet in graph.sheets("v1.0", Get(path("/users"), headers={"A": "b"}))]
    assert sheets == [[{"id": "1"}], [{"id": "2"}]]
    assert host.paths() == ["/v1.0/users", "/v1.0/users?page=2", "/v1.0/users?page=2"]
    assert host.headers("A") == ["b"] * 3
