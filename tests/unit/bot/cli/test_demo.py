"""``relatch demo``: the story as a real process."""

from __future__ import annotations

import asyncio
import re
import socket
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.command_line import PATIENCE, relatch, started

TOLD = "The tenant is exactly as it was before."


@pytest.fixture
def here(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which everything temporary is made in one folder, which is empty again at the end."""
    yield {"TMPDIR": str(tmp_path)}
    assert [path.name for path in tmp_path.iterdir()] == []


async def until(process: asyncio.subprocess.Process, words: str) -> list[str]:
    """Read what *process* writes up to a line with *words*; return all of it."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not lines or words not in lines[-1]:
            lines.append((await process.stdout.readline()).decode())
            assert lines[-1], lines
    return lines


async def test_the_story_comes_out_as_it_should(here: dict[str, str]) -> None:
    ran = await relatch("demo", "--once", env=here)

    assert (ran.code, ran.err) == (0, ""), ran
    assert TOLD in ran.out.splitlines()[-1]


async def test_it_stays_open_until_it_is_told_to_stop(here: dict[str, str]) -> None:
    async with started("demo", "--port", "0", env=here, stdout=PIPE) as process:
        *story, last = await until(process, "Workspace: ")
        assert TOLD in story[-1]
        address = re.fullmatch(r"Workspace: (http://127\.0\.0\.1:[0-9]+/)\n", last)
        assert address, last
        async with ClientSession() as http, http.get(address[1]) as answer:
            assert answer.status == 200
            assert "Lee Jansen" in await answer.text()

        process.terminate()

        _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")


async def test_it_can_be_stopped_in_the_middle_of_the_story(here: dict[str, str]) -> None:
    async with started("demo", "--port", "0", env=here, stdout=PIPE) as process:
        await until(process, "/mfa status")

        process.terminate()

        out, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert TOLD.encode() not in out


async def test_without_the_story_it_opens_at_once_and_nobody_has_asked(here: dict[str, str]) -> None:
    async with started("demo", "--no-story", "--port", "0", env=here, stdout=PIPE) as process:
        [line] = await until(process, "Workspace: ")
        async with ClientSession() as http, http.get(line.split()[1]) as answer:
            assert "Asked by" not in await answer.text()

        process.terminate()

        _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")


async def test_a_port_that_is_taken_is_said(here: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = await relatch("demo", "--port", str(taken.getsockname()[1]), env=here)

    assert ran.code == 2
    assert "address already in use" in ran.err
    assert "Traceback" not in ran.err
