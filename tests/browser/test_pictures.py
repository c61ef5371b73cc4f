"""The README's pictures: the card, the page and the terminal. ``make pictures`` keeps them."""

from __future__ import annotations

from html import escape

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser.conftest import Arrives
from tests.browser.people import ASKS, DESKTOP, SCREENSHOTS
from tests.command_line import relatch

pytestmark = pytest.mark.timeout(300)
MOST = 120_000
"""Bytes of a picture in the tree."""
TERMINAL = (
    "<style>body{margin:0;background:#14181a;color:#e6eae8;padding:20px 24px;width:1060px}"
    "pre{font:13px/1.5 'DejaVu Sans Mono',monospace;margin:0;white-space:pre-wrap}b{color:#6fc7bb}</style>"
)


def small(name: str) -> None:
    """Write a picture anew with few colours, and fail if it is still large."""
    path = SCREENSHOTS / name
    with Image.open(path) as full:
        full.convert("RGB").quantize(96).save(path, optimize=True)
    assert path.stat().st_size < MOST


async def test_the_card_and_the_page(arrives: Arrives) -> None:
    hanna, omar = await arrives(DESKTOP), await arrives(DESKTOP)
    await hanna.goes("as=U0HANNA&in=D0HANNA")
    await omar.goes("as=U0OMAR&in=C0APPROVALS")
    await hanna.types(ASKS)
    await expect(omar.last).to_contain_text("waiting for approval")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await omar.last.screenshot(path=SCREENSHOTS / "card.png")
    await omar.presses("Approve")
    await omar.page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    await omar.mfa_of("Lee Jansen", "disabled")
    await expect(hanna.last).to_contain_text("is off since")
    await hanna.page.screenshot(path=SCREENSHOTS / "page.png")
    small("card.png")
    small("page.png")


async def test_the_terminal(browser: Browser) -> None:
    told = await relatch("demo", "--once", env={})
    assert told.code == 0, told
    told_so_far = told.out.split("50 minutes pass")[0].splitlines()[:-1]
    begins = next(place for place, row in enumerate(told_so_far) if "types /mfa disable" in row)
    rows = [f"<b>{escape(row)}</b>" if row[:1].isdigit() else escape(row) for row in told_so_far[begins:]]
    page = await browser.new_page(viewport={"width": 1108, "height": 400})
    await page.set_content(f"{TERMINAL}<pre>$ make demo\n…\n{chr(10).join(rows)}</pre>")
    await page.screenshot(path=SCREENSHOTS / "terminal.png", full_page=True)
    small("terminal.png")
