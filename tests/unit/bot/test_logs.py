import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.observability import Event, Redactor, correlated, logger, logging_to
from bot.observability.logs import QUIET

PLANTED = "abc8Q~planted/secret+value&="
NUMBER = "+31 6 1234 5678"
HOOK = "https://hooks.slack.com/commands/T0CONTOSO/123456789/plantedhook"


@dataclass
class Lines:
    """What was logged, as it stands in the stream and as data."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.all[-1]


@pytest.fixture
def lines() -> Iterator[Lines]:
    written = Lines()
    with logging_to(written.stream, level="DEBUG", secrets=[PLANTED]):
        yield written


def test_a_line_is_data_with_its_time_level_and_logger(lines: Lines) -> None:
    logger("bot.somewhere").info(Event.SERVICE_STARTED, mode="http", ports=[3000, 3001])

    moment = datetime.fromisoformat(lines.last.pop("timestamp"))
    assert moment.tzinfo == UTC
    assert (
        lines.last.items()
        >= {
            "event": "service.started",
            "level": "info",
            "logger": "bot.somewhere",
            "mode": "http",
            "ports": [3000, 3001],
        }.items()
    )


def test_libraries_take_the_same_way_out(lines: Lines) -> None:
    logging.getLogger("some.library").warning("answered %s", PLANTED)

    assert lines.last["event"] == "answered [secret]"
    assert (lines.last["level"], lines.last["logger"]) == ("warning", "some.library")


@pytest.mark.parametrize(
    "name", [*QUIET, "slack_bolt.AsyncApp", "apscheduler.scheduler", "sqlalchemy.engine"]
)
def test_chatty_libraries_are_heard_from_warning_on(name: str, lines: Lines) -> None:
    logging.getLogger(name).info("GET https://graph.microsoft.com/v1.0/users/lee@contoso.com")
    logging.getLogger(name).warning("slow")

    assert [line["event"] for line in lines.all] == ["slow"]


def test_a_level_is_the_least_that_is_heard() -> None:
    written = Lines()
    with logging_to(written.stream, level="ERROR"):
        logger("bot").warning("quiet")
        logging.getLogger("httpx").warning("quiet")
        logger("bot").error("loud")

    assert [line["event"] for line in written.all] == ["loud"]


async def test_the_id_of_a_delivery_reaches_the_tasks_it_starts_and_no_others(lines: Lines) -> None:
    async def work(name: str) -> None:
        logging.getLogger("library").warning(name)

    with correlated("c-1", command="mfa"):
        inside = asyncio.create_task(work("inside"))
    await asyncio.gather(inside, asyncio.create_task(work("outside")))

    found = {line["event"]: line.get("correlation") for line in lines.all}
    assert found == {"inside": "c-1", "outside": None}


def test_a_traceback_has_no_local_variables_and_no_secrets(lines: Lines) -> None:
    def fail(held: str) -> None:
        raise ValueError(f"refused {held[:5]} at {HOOK} for {PLANTED}, call {NUMBER}")

    try:
        fail("local-planted-variable")
    except ValueError:
        logger("bot").exception("broken")
        logging.getLogger("library").exception("broken too")

    for line in lines.all:
        assert "in fail" in line["exception"]
        assert "refused local at [response address] for [secret], call [number]" in line["exception"]
        assert "planted" not in line["exception"].replace("{PLANTED}", "").replace(
            "local-planted-variable", ""
        )
    assert len(lines.all) == 2


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (PLANTED, "[secret]"),
        (f"client_secret={quote_plus(PLANTED)}&scope=x", "client_secret=[secret]&scope=x"),
        ("Authorization: Bearer eyJhbGciOi.eyJhdWQi.c2ln", "Authorization: Bearer [secret]"),
        ("authorization: basic cGxhbnRlZDpwbGFudGVk", "authorization: basic [secret]"),
        ("sent xoxb-12-34-planted on", "sent [secret] on"),
        ("xoxp-planted xapp-1-A-2-planted", "[secret] [secret]"),
        ("xoxe.xoxb-1-planted", "[secret]"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJwbGFudGVkIjoxfQ.cGxhbnRlZA", "token [secret]"),
        (f"posting to {HOOK}", "posting to [response address]"),
        (f"<{HOOK}|hook>", "<[response address]|hook>"),
        ("https://hooks.slack-gov.com/actions/planted", "[response address]"),
        ('{"response_url": "http://127.0.0.1:1/planted"}', '{"response_url": "[response address]"}'),
        ("postgresql://relatch:planted@db/relatch", "postgresql://relatch:[secret]@db/relatch"),
        ('{"temporaryAccessPass": "planted"}', '{"temporaryAccessPass": "[secret]"}'),
        ("password = planted;", "password = [secret];"),
        ("-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\nx", "[secret]\nx"),
        ("-----BEGIN RSA PRIVATE KEY-----\nplanted", "[secret]"),
        (f"call {NUMBER}", "call [number]"),
        ("the bearer of bad news", "the bearer of bad news"),
        ("https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com/v1.0/users"),
    ],
)
def test_what_must_not_be_in_a_log_is_taken_out_of_any_text(text: str, left: str) -> None:
    assert Redactor([PLANTED]).text(text) == left


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "access_token",
        "bot_token",
        "client_secret",
        "password",
        "Authorization",
        "Set-Cookie",
        "response_url",
        "responseUrls",
        "phone",
        "phoneNumber",
        "temporaryAccessPass",
        "x-slack-signature",
    ],
)
def test_what_stands_under_a_telling_key_is_masked_whole(key: str, lines: Lines) -> None:
    logger("bot").info("x", **{key: {"deep": "planted"}})
    logger("bot").info("x", body={"headers": [{key: "planted"}]})

    assert "planted" not in lines.text


def test_a_key_may_be_a_secret_as_well(lines: Lines) -> None:
    logger("bot").info("x", **{PLANTED: 1}, deep={NUMBER: 2})

    assert "planted" not in lines.text
    assert "1234" not in lines.text


class Colour(StrEnum):
    RED = "red"


class Code(IntEnum):
    GONE = 404


class Speaking:
    def __repr__(self) -> str:
        return PLANTED


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (-12.5, -12.5),
        (1763800000.25, 1763800000.25),
        (31612345678, "[number]"),
        ("2026-11-22T10:43:05.123456+00:00", "2026-11-22T10:43:05.123456+00:00"),
        (datetime(2026, 11, 22, 10, 43, tzinfo=UTC), "2026-11-22T10:43:00+00:00"),
        (timedelta(minutes=90), "5400 s"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Path("/srv/relatch.db"), "/srv/relatch.db"),
        (Colour.RED, "red"),
        (Code.GONE, "404"),
        (PLANTED.encode(), "[28 bytes]"),
        (Speaking(), "[secret]"),
        ([Speaking(), (NUMBER,)], ["[secret]", ["[number]"]]),
        ({"a": {"b": {Speaking(): {NUMBER}}}}, {"a": {"b": {"[secret]": ["[number]"]}}}),
        (ValueError(PLANTED), "[secret]"),
        ("a" * 64, "a" * 64),
        ("R-12", "R-12"),
    ],
)
def test_every_kind_of_value_is_written_redacted(value: object, left: object, lines: Lines) -> None:
    logger("bot").info("x", value=value)

    assert lines.last["value"] == left


def test_what_is_long_or_deep_is_cut(lines: Lines) -> None:
    deep: list[Any] = []
    deep.append(deep)
    logger("bot").info("x", long="a b " * 10_000, deep=deep)

    assert lines.last["long"].endswith(" [cut]")
    assert "[too deep]" in str(lines.last["deep"])


@given(st.text(min_size=12), st.text(), st.text())
def test_a_known_secret_survives_nowhere(secret: str, before: str, after: str) -> None:
    left = Redactor([secret]).text(f"{before}{secret}{after}")

    assert secret not in left.replace("[secret]", "\0").replace("[number]", "\0")


def test_a_short_secret_is_masked_as_a_word_and_an_empty_one_not_at_all() -> None:
    redactor = Redactor(["post", ""])

    assert redactor.text("user relatch password post, a postgresql://relatch:post@db") == (
        "user relatch password [secret], a postgresql://relatch:[secret]@db"
    )


def test_of_two_secrets_the_longer_is_masked_whole() -> None:
    assert Redactor(["planted-secret", "planted-secret-longer"]).text("planted-secret-longer") == "[secret]"


def test_a_console_line_cannot_be_forged() -> None:
    written = Lines()
    with logging_to(written.stream, style="console"):
        logging.getLogger("library").warning("one\n2026 [info] two\x1b[2J\u202e")
        logger("bot").warning("three", why="x\r\ny")

    assert len(written.text.splitlines()) == 2
    assert "\x1b" not in written.text
    assert "\u202e" not in written.text


def test_a_console_shows_tracebacks_without_variables() -> None:
    written = Lines()
    with logging_to(written.stream, style="console"):
        try:
            held = "plan" + "ted"
            int(held[:1])
        except ValueError:
            logger("bot").exception("broken")

    assert "Traceback (most recent call last)" in written.text
    assert "ValueError: invalid literal" in written.text
    assert "planted" not in written.text


def test_a_line_that_cannot_be_written_is_counted_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError("planted")

    written = Lines()
    with logging_to(written.stream):
        logger("bot").info("x", value=Mute())
        logging.getLogger("library").warning("planted %d", "words")

    assert [line["event"] for line in written.all] == [Event.LINE_LOST, Event.LINE_LOST]
    assert [line["why"] for line in written.all] == ["RuntimeError", "TypeError"]
    assert "planted" not in written.text + capsys.readouterr().err


def test_a_closed_stream_harms_nobody() -> None:
    written = Lines()
    with logging_to(written.stream):
        written.stream.close()
        logger("bot").error("nobody hears this")


def test_a_stack_can_be_shown(lines: Lines) -> None:
    logger("bot").info("x", stack_info=True)

    assert "test_a_stack_can_be_shown" in lines.last["stack"]


def test_python_warnings_are_lines_too(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"call {NUMBER}", stacklevel=1)

    assert lines.last["logger"] == "py.warnings"
    assert "call [number]" in lines.last["event"]


def test_what_was_set_up_before_is_put_back() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.getLogger("httpx").level, structlog.get_config())

    with logging_to(io.StringIO(), level="DEBUG"):
        assert root.level == logging.DEBUG

    assert before == (root.handlers[:], root.level, logging.getLogger("httpx").level, structlog.get_config())


def test_standard_error_is_where_lines_go(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to():
        logger("bot").info("here")

    assert "here" in capsys.readouterr().err
