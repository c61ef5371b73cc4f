"""People in front of the page: each in a browser context of their own, with nothing but eyes and hands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Request, expect

ROOT: Final = Path(__file__).parents[2]
SCREENSHOTS: Final = ROOT / "build" / "screenshots"
REASON: Final = "phone broken, Outlook profile must be rebuilt"
ASKS: Final = f"/mfa disable lee@contoso.com for 1h ticket INC-48211 because {REASON}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What somebody looks at the page on."""

    name: str
    width: int
    height: int
    dark: bool = False

    @property
    def narrow(self) -> bool:
        return self.width < 820


PHONE: Final = Screen(name="phone", width=390, height=844)
DESKTOP: Final = Screen(name="desktop", width=1280, height=800)
PHONE_DARK: Final = Screen(name="phone-dark", width=390, height=844, dark=True)
DESKTOP_DARK: Final = Screen(name="desktop-dark", width=1280, height=800, dark=True)


@dataclass(frozen=True, slots=True)
class Someone:
    """One person's browser, and what went wrong in it."""

    page: Page
    screen: Screen
    address: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def goes(self, query: str) -> None:
        """Open a conversation and wait until the page is live."""
        await self.page.goto(f"{self.address}?{query}")
        await expect(self.page.locator("body[data-live]")).to_be_attached()

    async def looks_at(self, pane: str) -> None:
        """Turn to a part of the page; on a wide screen all of them are there already."""
        if self.screen.narrow:
            await self.page.locator(".panes").get_by_role("button", name=pane).click()

    async def types(self, text: str) -> None:
        """Write in the message box and send it."""
        box = self.page.get_by_role("combobox", name="Message or command")
        await box.fill(text)
        await box.press("Enter")

    @property
    def messages(self) -> Locator:
        return self.page.locator("#messages .message")

    @property
    def last(self) -> Locator:
        return self.messages.last

    async def presses(self, label: str) -> None:
        """Press the newest button of that name among the messages."""
        await self.page.locator("#messages").get_by_role("button", name=label, exact=True).last.click()

    async def lets_pass(self, label: str) -> None:
        """Move the clock, and come back to the chat."""
        await self.looks_at("Tenant")
        await self.page.get_by_role("button", name=label).click()
        await self.looks_at("Chat")

    async def mfa_of(self, name: str, state: str) -> None:
        """See somebody's MFA in the tenant."""
        await self.looks_at("Tenant")
        row = self.page.locator("#tenant tr").filter(has_text=name)
        await expect(row.locator(".mfa")).to_have_text(state)
        await self.looks_at("Chat")

    async def shot(self, name: str) -> Path:
        """Leave a picture to be looked at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{self.screen.name}.png"
        await self.page.screenshot(path=path, animations="disabled")
        return path

    async def is_accessible(self) -> None:
        """Fail on anything that axe finds serious, and on a page wider than its screen."""
        found = (await Axe().run(self.page)).response["violations"]
        serious = [
            (one["id"], [node["html"][:120] for node in one["nodes"]])
            for one in found
            if one["impact"] in {"serious", "critical", "moderate"}
        ]
        assert not serious, "\n".join(map(str, serious))
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


async def someone(browser: Browser, address: str, screen: Screen, zone: str = "Europe/Amsterdam") -> Someone:
    """Return a person with a browser profile of their own, before any page is open."""
    context = await browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.dark else "light",
        timezone_id=zone,
        has_touch=screen.narrow,
        device_scale_factor=1,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    person = Someone(await context.new_page(), screen, address)
    _watch(person)
    return person


def _watch(person: Someone) -> None:
    def asked(request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(person.address).netloc:
            person.elsewhere.append(request.url)

    person.page.on("request", asked)
    person.page.on("console", lambda said: _note(person, said.type, said.text))
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))


def _note(person: Someone, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        person.complaints.append(text)
