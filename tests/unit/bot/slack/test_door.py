from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from structlog.testing import capture_logs

from approvals.ports import Clock
from bot.slack.door import Admitted, Answer, Door, Hall
from bot.slack.payloads import Typed
from bot.slack.server import BODY_MOST, PATH, application

if TYPE_CHECKING:
    from tests.unit.bot.slack.conftest import HandClock

Headers = Mapping[str, str]
Spoil = Callable[[dict[str, str]], Headers]

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"
COMMAND = {
    "command": "/mfa",
    "text": "status payload@contoso.com",
    "user_id": "U0HANNA",
    "team_id": "T0CONTOSO",
    "response_url": "https://hooks.slack.com/commands/T0/1/x",
}


def signed(raw: bytes, clock: Clock, *, off: int = 0, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a delivery, *off* seconds from now."""
    stamp = str(int(clock.now().timestamp()) + off)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    return {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }


class Behind:
    """What lies behind the door: takes everything."""

    def __init__(self) -> None:
        self.taken: list[Admitted] = []
        self.unread: list[str] = []

    async def __call__(self, admitted: Admitted) -> Answer:
        self.taken.append(admitted)
        return Answer(200)

    def turned_away(self, correlation: str) -> None:
        self.unread.append(correlation)


class Outside:
    """Somebody who sends things to the door over HTTP."""

    def __init__(self, client: TestClient[Any, Any], clock: HandClock) -> None:
        self.client = client
        self.clock = clock

    def signed(self, raw: bytes, *, off: int = 0, secret: str = SECRET) -> dict[str, str]:
        return signed(raw, self.clock, off=off, secret=secret)

    async def sends(self, raw: bytes, headers: Headers | None = None) -> tuple[int, str]:
        sent = self.signed(raw) if headers is None else headers
        async with self.client.post(PATH, data=io.BytesIO(raw), headers=sent) as response:
            return response.status, await response.text()


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def door(clock: HandClock, behind: Behind) -> Door:
    return Door(SECRET, clock, Hall(correlation=lambda: "c-1", behind=behind))


@pytest.fixture
def latencies() -> list[float]:
    return []


@pytest.fixture
async def outside(door: Door, clock: HandClock, latencies: list[float]) -> AsyncIterator[Outside]:
    async with TestClient(TestServer(application(door, latencies.append), host="127.0.0.1")) as client:
        yield Outside(client, clock)


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


async def test_a_signed_command_is_admitted_with_the_word_payload_in_its_text(
    outside: Outside, behind: Behind, latencies: list[float]
) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw) == (200, "")
    [admitted] = behind.taken
    assert isinstance(admitted.delivery, Typed)
    assert admitted.delivery.call.text == "status payload@contoso.com"
    assert hashlib.sha256(raw).hexdigest() == admitted.key
    assert "c-1" == admitted.correlation == admitted.delivery.call.correlation
    assert len(latencies) == 1


async def test_the_same_bytes_have_the_same_key_and_others_another(outside: Outside, behind: Behind) -> None:
    await outside.sends(form(COMMAND))
    await outside.sends(form(COMMAND))
    await outside.sends(form({**COMMAND, "trigger_id": "2"}))

    first, second, third = (admitted.key for admitted in behind.taken)
    assert first == second != third


@pytest.mark.parametrize("off", [-301, 301])
async def test_a_delivery_that_is_too_old_or_from_the_future_is_refused(
    outside: Outside, behind: Behind, off: int
) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw, outside.signed(raw, off=off)) == (401, "")
    assert behind.taken == []


@pytest.mark.parametrize("off", [-299, 299])
async def test_a_delivery_within_the_window_counts(outside: Outside, behind: Behind, off: int) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw, outside.signed(raw, off=off)) == (200, "")
    assert len(behind.taken) == 1


def _without(name: str) -> Spoil:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def _with(name: str, value: str) -> Spoil:
    return lambda headers: {**headers, name: value}


def _twice(name: str) -> Spoil:
    return lambda headers: CIMultiDict([*headers.items(), (name, headers[name])])


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(_without("X-Slack-Signature"), id="no signature"),
        pytest.param(_without("X-Slack-Request-Timestamp"), id="no time"),
        pytest.param(_with("X-Slack-Request-Timestamp", "soon"), id="a word for a time"),
        pytest.param(_with("X-Slack-Request-Timestamp", "1e9"), id="not an integer"),
        pytest.param(_with("X-Slack-Request-Timestamp", "9" * 400), id="an endless integer"),
        pytest.param(_with("X-Slack-Signature", "v0=é"), id="not ASCII"),
        pytest.param(_with("X-Slack-Signature", "v0=" + "0" * 64), id="another signature"),
        pytest.param(_twice("X-Slack-Signature"), id="two signatures"),
        pytest.param(_twice("X-Slack-Request-Timestamp"), id="two times"),
    ],
)
async def test_what_is_not_signed_properly_is_refused(
    outside: Outside, behind: Behind, door: Door, spoilt: Spoil
) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw, spoilt(outside.signed(raw))) == (401, "")
    assert behind.taken == []
    assert door.forged == 1


async def test_a_signature_over_other_bytes_or_by_another_secret_is_refused(
    outside: Outside, behind: Behind
) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw + b"&x=1", outside.signed(raw)) == (401, "")
    assert await outside.sends(raw, outside.signed(raw, secret="another")) == (401, "")
    assert behind.taken == []


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"command=%2Fmfa&text=\xff\xfe", id="not UTF-8"),
        pytest.param(b"command=%2Fmfa&text=%ff%fe", id="not UTF-8 when decoded"),
        pytest.param(b"hello", id="not a form"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"payload=%7Bnot+json", id="payload that is not JSON"),
        pytest.param(b"payload=%5B1%5D", id="payload that is a list"),
        pytest.param(b"payload=" + b"%5B" * 100_000, id="payload that is nested without end"),
        pytest.param(form(COMMAND) + b"&command=%2Fdomain", id="a field twice"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(101)), id="too many fields"),
        pytest.param(form({**COMMAND, "user_id": ""}), id="a command by nobody"),
        pytest.param(form({**COMMAND, "response_url": "http://example.com/x"}), id="an address without TLS"),
        pytest.param(
            form({**COMMAND, "response_url": "https://a:b@example.com/"}), id="an address with a password"
        ),
        pytest.param(form({"payload": '{"type": "shortcut"}'}), id="an unknown kind"),
        pytest.param(form({"payload": '{"type": "block_actions", "team": 3}'}), id="no buttons"),
    ],
)
async def test_what_is_signed_and_cannot_be_understood_is_a_bad_request(
    outside: Outside, behind: Behind, raw: bytes
) -> None:
    assert await outside.sends(raw) == (400, "")
    assert behind.taken == []
    assert behind.unread == ["c-1"]


async def test_a_content_type_that_is_neither_form_nor_json_is_a_bad_request(
    outside: Outside, behind: Behind
) -> None:
    raw = form(COMMAND)

    assert await outside.sends(raw, {**outside.signed(raw), "Content-Type": "text/plain"}) == (400, "")
    assert await outside.sends(raw, {**outside.signed(raw), "Content-Type": "application/json"}) == (400, "")
    assert behind.taken == []


async def test_a_content_type_may_name_its_charset(outside: Outside, behind: Behind) -> None:
    raw = form(COMMAND)
    headers = {**outside.signed(raw), "Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}

    assert await outside.sends(raw, headers) == (200, "")
    assert len(behind.taken) == 1


async def test_an_unsigned_ssl_check_is_answered_and_runs_nothing(
    outside: Outside, behind: Behind, door: Door
) -> None:
    raw = form({**COMMAND, "ssl_check": "1"})

    assert await outside.sends(raw, {"Content-Type": FORM}) == (200, "")
    assert await outside.sends(raw) == (200, "")
    assert behind.taken == []
    assert door.forged == 0


async def test_a_word_like_ssl_check_opens_nothing(outside: Outside, behind: Behind) -> None:
    raw = form({**COMMAND, "text": "ssl_check=1"})

    assert await outside.sends(raw, {"Content-Type": FORM}) == (401, "")
    assert behind.taken == []


async def test_the_address_is_verified_for_slack_only(outside: Outside, behind: Behind) -> None:
    raw = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    as_json = {"Content-Type": "application/json"}

    assert await outside.sends(raw, as_json) == (401, "")
    status, body = await outside.sends(raw, {**outside.signed(raw), **as_json})
    assert (status, json.loads(body)) == (200, {"challenge": "3eZbrw1aB"})
    assert behind.taken == []


async def test_a_body_of_one_mebibyte_is_read_and_one_more_octet_is_too_much(
    outside: Outside, behind: Behind
) -> None:
    padding = BODY_MOST - len(form({**COMMAND, "pad": ""}))
    raw = form({**COMMAND, "pad": "x" * padding})

    assert await outside.sends(raw) == (200, "")
    assert await outside.sends(raw + b"x") == (413, "")
    assert len(behind.taken) == 1


async def test_the_limit_holds_for_a_body_that_does_not_say_its_length(
    outside: Outside, behind: Behind, door: Door
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    async with outside.client.post(PATH, data=endless(), headers={"Content-Type": FORM}) as response:
        assert response.status == 413
    assert behind.taken == []
    assert door.forged == 0


async def test_a_chunked_delivery_counts_as_any_other(outside: Outside, behind: Behind) -> None:
    raw = form(COMMAND)

    async def pieces() -> AsyncIterator[bytes]:
        yield raw[:10]
        yield raw[10:]

    async with outside.client.post(PATH, data=pieces(), headers=outside.signed(raw)) as response:
        assert response.status == 200
    assert len(behind.taken) == 1


async def test_forged_traffic_is_counted_and_logged_once_a_minute(
    outside: Outside, door: Door, clock: HandClock
) -> None:
    headers = {"Content-Type": FORM}
    with capture_logs() as logs:
        for _ in range(5):
            await outside.sends(b"phone=%2B31612345678", headers)
        clock.pass_(61)
        await outside.sends(b"phone=%2B31612345678", headers)

    assert door.forged == 6
    assert [(line["since_last_line"], line["total"]) for line in logs] == [(1, 1), (5, 6)]
    assert "31612345678" not in str(logs)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "type",
        "command",
        "user",
        "team",
        "team_id",
        "user_id",
        "actions",
        "view",
        "event",
        "response_url",
        "container",
    ]
)
TYPES = st.sampled_from(["block_actions", "view_submission", "event_callback", "url_verification", "x"])


class Still:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@given(st.dictionaries(KEYS, JSON_VALUES), TYPES)
@settings(max_examples=150, deadline=None)
async def test_no_signed_json_makes_the_door_raise(body: dict[str, object], kind: str) -> None:
    clock = Still()
    door = Door(SECRET, clock, Hall(correlation=lambda: "c", behind=Behind()))
    raw = json.dumps({"type": kind, **body}).encode()
    headers = {**signed(raw, clock), "Content-Type": "application/json"}

    answer = await door.receive(raw, CIMultiDictProxy(CIMultiDict(headers)))

    assert answer.status in {200, 400}
