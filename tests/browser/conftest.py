"""A workspace that stays open, as a process, and Debian's browser in front of it."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.people import Screen, Someone, someone
from tests.command_line import PATIENCE, started

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)

Arrives = Callable[[Screen], Awaitable[Someone]]


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """Where the page is, before anybody has asked for anything."""
    quiet = {"TMPDIR": str(tmp_path)}
    async with started("demo", "--no-story", "--port", "0", env=quiet, stdout=PIPE) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("Workspace: "), line
        yield line.split()[1]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def arrives(browser: Browser, address: str) -> AsyncIterator[Arrives]:
    """Lets people sit down; in the end none of their browsers asked another host or complained."""
    there: list[Someone] = []

    async def sits_down(screen: Screen) -> Someone:
        there.append(await someone(browser, address, screen))
        return there[-1]

    yield sits_down
    assert [one.elsewhere for one in there if one.elsewhere] == []
    assert [one.complaints for one in there if one.complaints] == []
