"""A newcomer's path, timed: clone, ``make demo``, ``make play``, a suspension that came back in a browser.

    python -m tests.browser.newcomer

It is no test: how long pip takes is the network's and the machine's affair. It fails when a step does.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright, expect

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.people import ASKS, DESKTOP, ROOT, someone

PORT = "18420"
ADDRESS = re.compile(r"Workspace: (http://\S+)")


class Watch:
    """Says how long each step took."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def took(self, step: str) -> None:
        now = time.monotonic()
        sys.stdout.write(f"{step}: {now - self._last:.0f} s (after {now - self._began:.0f} s)\n")
        sys.stdout.flush()
        self._last = now


def bare() -> dict[str, str]:
    """Return what a newcomer's shell has: no virtual environment."""
    return {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}


async def restored(address: str) -> None:
    """Have Lee's MFA suspended and put back, with nothing but the page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        one = await someone(browser, address, DESKTOP)
        await one.goes("as=U0HANNA&in=C0APPROVALS")
        await one.types(ASKS)
        await expect(one.page.locator("#messages")).to_contain_text("waiting for approval")
        await one.goes("as=U0OMAR&in=C0APPROVALS")
        await one.presses("Approve")
        await one.page.get_by_role("dialog").get_by_role("button", name="Approve").click()
        await one.mfa_of("Lee Jansen", "disabled")
        for _ in range(6):
            await one.lets_pass("+10 min")
        await one.mfa_of("Lee Jansen", "enforced")
        await expect(one.page.locator("#messages")).to_contain_text("to enforced, checked")
        await browser.close()


def main() -> None:
    watch = Watch()
    with TemporaryDirectory(prefix="newcomer-") as folder:
        clone = Path(folder) / "relatch"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)  # noqa: S603, S607 - ours alone
        watch.took("git clone")
        subprocess.run(["make", "-s", "demo"], cwd=clone, env=bare(), check=True)  # noqa: S607 - as typed
        watch.took("make demo")
        with subprocess.Popen(  # noqa: S603 - ours alone
            ["make", "-s", "play", f"PORT={PORT}"],  # noqa: S607 - as typed
            cwd=clone,
            env=bare(),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as playing:
            assert playing.stdout is not None
            found = ADDRESS.search(playing.stdout.readline())
            assert found, "the page did not open"
            watch.took("make play")
            asyncio.run(restored(found[1]))
            watch.took("a suspension, restored")
            os.killpg(playing.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
