"""What an answer means."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.errors import Later, Never, PortError
from bot.entra.answers import (
    Answer,
    Missing,
    Refused,
    Unclear,
    claims_challenge,
    judge,
    parsed,
    retry_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)


def answer(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}), body, "guid-1")


def error(code: str, **inside: object) -> dict[str, object]:
    return {"error": {"code": code, "message": "Lee Jansen, +31 612345678", **inside}}


def failure(status: int, body: object, **headers: str) -> PortError:
    with pytest.raises(PortError) as caught:
        judge(answer(status, body, **headers), NOW)
    return caught.value


@pytest.mark.parametrize("status", [400, 401, 403, 405, 406, 410, 411, 412, 413, 415, 416, 422, 428, 451])
def test_a_refused_write_was_certainly_not_made(status: int) -> None:
    assert type(failure(status, error("Authorization_RequestDenied"))) is Refused


@pytest.mark.parametrize("status", [302, 408, 409, 423, 429, 500, 501, 502, 503, 504, 507, 509, 599])
def test_everything_else_leaves_it_open(status: int) -> None:
    assert type(failure(status, error("serviceNotAvailable"))) is Unclear


def test_only_graph_itself_can_say_that_something_does_not_exist() -> None:
    assert type(failure(404, error("Request_ResourceNotFound"))) is Missing
    assert type(failure(404, parsed(b"<html>not found</html>"))) is Unclear
    assert type(failure(404, {})) is Unclear


@pytest.mark.parametrize(("content", "body"), [(b"", {}), (b'{"a": 1}', {"a": 1})])
def test_a_success_gives_its_body(content: bytes, body: object) -> None:
    assert judge(answer(200, parsed(content)), NOW) == body


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"7", b"null", b"\xff", b"[" * 100_000])
def test_a_success_that_is_no_object_settles_nothing(content: bytes) -> None:
    assert type(failure(200, parsed(content))) is Unclear


@pytest.mark.parametrize(
    "body",
    [
        error("TooMany"),
        error("", innerError={"code": "TooMany"}),
        error("", innererror={"code": "", "innererror": {"code": "TooMany"}}),
    ],
)
def test_the_code_is_found_where_services_put_it(body: object) -> None:
    assert str(failure(429, body)) == "Graph answered 429 TooMany (client-request-id guid-1)"


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_what_graph_says_about_people_is_not_repeated(status: int) -> None:
    seen = failure(status, error("Lee Jansen, +31 612345678"))
    shown = f"{seen} {seen!r} {seen.why} {getattr(seen, 'what_to_do', '')}"
    assert "Lee" not in shown
    assert "612345678" not in shown


def test_a_missing_permission_says_what_to_grant() -> None:
    seen = failure(403, error("Authorization_RequestDenied"))
    assert isinstance(seen, Never)
    assert "relatch entra-setup" in seen.what_to_do


def test_a_circle_of_inner_errors_ends() -> None:
    inner: dict[str, object] = {"code": ""}
    inner["innerError"] = inner
    assert type(failure(500, {"error": inner})) is Unclear


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10),
        ("1.5", 1.5),
        ("0", 0),
        ("Sun, 22 Nov 2026 15:40:30 GMT", 30),
        ("Sun, 22 Nov 2026 15:40:30 -0000", 30),
        ("Sun, 22 Nov 2026 15:00:00 GMT", 0),
        ("9" * 400, None),
        ("1e300", 86400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(text: str, seconds: float | None) -> None:
    wanted = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(httpx.Headers({"Retry-After": text}), NOW) == wanted
    seen = failure(429, error("TooManyRequests"), Retry_After=text)
    assert isinstance(seen, Later)
    assert seen.after == wanted


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_retry_after_breaks_the_reader(text: str) -> None:
    headers = httpx.Headers({b"Retry-After": text.encode("latin-1")})
    seen = retry_after(headers, NOW)
    assert seen is None or timedelta(0) <= seen <= timedelta(days=1)


@given(st.integers(100, 599), st.binary(max_size=40))
def test_every_answer_has_one_meaning(status: int, content: bytes) -> None:
    try:
        assert isinstance(judge(answer(status, parsed(content)), NOW), dict)
    except (Unclear, Refused, Missing) as seen:
        assert "guid-1" in seen.why  # noqa: PT017 - all three kinds are right


def challenge(claims: str) -> httpx.Headers:
    return httpx.Headers(
        {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{claims}"'}
    )


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["", "="])
def test_a_claims_challenge_is_decoded(encode: Callable[[bytes], bytes], padding: str) -> None:
    claims = {"access_token": {"nbf": {"essential": True, "value": "1604106651~~~???>>>"}}}
    text = encode(json.dumps(claims).encode()).decode().rstrip("=") + padding
    assert json.loads(claims_challenge(challenge(text))) == claims


@pytest.mark.parametrize("text", ["", "!!!!", "e30x", "Ww==", "a", "A" * 9000])
def test_an_unreadable_challenge_is_none(text: str) -> None:
    assert claims_challenge(challenge(text)) == ""


def test_a_plain_401_has_no_challenge() -> None:
    assert claims_challenge(httpx.Headers({"WWW-Authenticate": "Bearer"})) == ""
