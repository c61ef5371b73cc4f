"""What is typed wrongly ends with exit code 2 and has changed nothing."""

from __future__ import annotations

import pytest

from bot.sql.store import SqlStore
from tests.suspensions import Suspensions
from tests.unit.bot.cli.conftest import Relatch


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.mark.parametrize("arguments", [(), ("R-1", "--all"), ("--all", "--overdue"), ("12x",), ("R-0",)])
async def test_one_way_of_saying_which_is_needed(relatch: Relatch, arguments: tuple[str, ...]) -> None:
    ran = await relatch("restore", *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert "R-12" in ran.err


@pytest.mark.parametrize("wait", ["soon", "0s", "-5s", "1:30"])
async def test_how_long_to_wait_is_written_as_in_the_chat(relatch: Relatch, wait: str) -> None:
    ran = await relatch("restore", "R-1", f"--wait={wait}")

    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("R-1",),
        ("R-1", "--as-is"),
        ("R-1", "--because", "why not"),
        ("R-1", "--as-is", "--because", " "),
        ("R-1", "--as-is=false", "--because", "why not"),
        ("--as-is", "--because", "why not"),
    ],
)
async def test_giving_up_needs_to_be_meant_and_a_reason(
    relatch: Relatch, suspensions: Suspensions, written: SqlStore, arguments: tuple[str, ...]
) -> None:
    await suspensions.active()
    before = [line async for line in written.lines()]

    ran = await relatch("close", *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert [line async for line in written.lines()] == before


@pytest.mark.parametrize("head", ["abc", "x" * 64, "0" * 65])
async def test_what_is_no_head_is_a_usage_error_and_no_alarm(relatch: Relatch, head: str) -> None:
    ran = await relatch("audit", "verify", "--head", head)

    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("since", ["yesterday", "32d", "2026-13-01", "-1d"])
async def test_what_is_no_time_is_a_usage_error(relatch: Relatch, since: str) -> None:
    ran = await relatch("audit", "export", f"--since={since}")

    assert (ran.code, ran.out) == (2, "")


async def test_an_unknown_state_is_a_usage_error(relatch: Relatch) -> None:
    ran = await relatch("requests", "--state", "asleep")

    assert ran.code == 2
    assert "restoring" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("typed", [("restor",), ("--restore",), ("audit", "check"), ("serve", "now")])
async def test_what_is_not_understood_is_exit_code_2(relatch: Relatch, typed: tuple[str, ...]) -> None:
    ran = await relatch(*typed)

    assert (ran.code, ran.out) == (2, "")
    assert typed[-1] in ran.err
