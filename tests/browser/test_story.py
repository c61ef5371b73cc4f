"""The whole story, played by three people on the page, each in a browser of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Arrives
from tests.browser.people import ASKS, DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Screen, Someone

pytestmark = pytest.mark.timeout(300)
APPROVALS = "in=C0APPROVALS"


@dataclass(frozen=True, slots=True)
class Three:
    hanna: Someone
    omar: Someone
    lee: Someone


@pytest.mark.parametrize("screen", [DESKTOP, PHONE, DESKTOP_DARK, PHONE_DARK], ids=lambda one: one.name)
async def test_three_people_play_the_story(arrives: Arrives, screen: Screen) -> None:
    three = Three(await arrives(screen), await arrives(screen), await arrives(screen))
    await three.hanna.goes(f"as=U0HANNA&{APPROVALS}")
    await three.omar.goes(f"as=U0OMAR&{APPROVALS}")
    await three.lee.goes("as=U0LEE&in=D0LEE")
    await hanna_looks_and_asks(three)
    await she_cannot_approve_it_herself(three)
    await omar_approves_and_lee_is_told(three)
    await she_asks_for_more_time_and_omar_denies_it(three)
    await it_comes_back_by_itself(three)
    await everything_is_on_record(three)
    for person in (three.hanna, three.omar, three.lee):
        await person.is_accessible()


async def hanna_looks_and_asks(three: Three) -> None:
    hanna, omar = three.hanna, three.omar
    await hanna.types("/mfa status lee@contoso.com")
    await expect(hanna.last).to_contain_text("Only visible to you")
    await expect(hanna.last).to_contain_text("MFA enforced (per-user)")
    await hanna.shot("1-status")
    await hanna.types(ASKS)
    await expect(hanna.page.locator("#messages")).to_contain_text("R-1 sent to #mfa-approvals")
    await expect(omar.last).to_contain_text("R-1 · Suspend MFA for Lee Jansen, 1 hour · waiting for approval")
    await expect(omar.page.locator("#messages")).not_to_contain_text("sent to #mfa-approvals")
    await omar.shot("2-card")
    await omar.is_accessible()


async def she_cannot_approve_it_herself(three: Three) -> None:
    hanna = three.hanna
    await hanna.presses("Approve")
    await hanna.page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    await expect(hanna.last).to_contain_text("You asked for this")
    await hanna.mfa_of("Lee Jansen", "enforced")


async def omar_approves_and_lee_is_told(three: Three) -> None:
    omar, lee = three.omar, three.lee
    await omar.presses("Approve")
    sure = omar.page.get_by_role("dialog")
    await expect(sure).to_contain_text("Turns MFA off for Lee Jansen (lee@contoso.com), 1 hour.")
    await omar.shot("3-confirm")
    await omar.is_accessible()
    await sure.get_by_role("button", name="Approve").click()
    card = omar.messages.filter(has_text="R-1 · Suspend")
    await expect(card).to_contain_text(re.compile(r"active until today at \d\d:\d\d"))
    await expect(card).to_contain_text("approved by @Omar")
    await omar.mfa_of("Lee Jansen", "disabled")
    await expect(lee.last).to_contain_text("R-1: MFA on your account is off since today at")
    await expect(lee.last).to_contain_text("If you did not ask for this, tell @duty.")
    await lee.shot("4-subject")
    await lee.is_accessible()
    await omar.looks_at("Tenant")
    await omar.shot("5-tenant")
    await omar.is_accessible()
    await omar.looks_at("Chat")


async def she_asks_for_more_time_and_omar_denies_it(three: Three) -> None:
    hanna, omar = three.hanna, three.omar
    await hanna.goes("as=U0HANNA&in=D0HANNA")
    await hanna.presses("Extend")
    form = hanna.page.get_by_role("dialog")
    await form.get_by_label("Time").fill("soon")
    await form.get_by_label("Reason").fill("profile still building")
    await form.get_by_role("button", name="Extend").click()
    await expect(form.get_by_label("Time")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("Reason")).to_have_value("profile still building")
    await hanna.shot("6-form")
    await hanna.is_accessible()
    await form.get_by_label("Time").fill("30m")
    await form.get_by_role("button", name="Extend").click()
    await expect(form).to_have_count(0)
    await expect(omar.last).to_contain_text("R-2 extends R-1 by 30 minutes · waiting for approval")
    await omar.presses("Deny")
    await omar.page.get_by_role("dialog").get_by_label("Reason").fill("an hour is enough")
    await omar.page.get_by_role("dialog").get_by_role("button", name="Deny").click()
    await expect(omar.messages.filter(has_text="R-2 extends")).to_contain_text("denied by @Omar")
    await expect(hanna.page.locator("#messages")).to_contain_text("an hour is enough")


async def it_comes_back_by_itself(three: Three) -> None:
    hanna, omar, lee = three.hanna, three.omar, three.lee
    for _ in range(5):
        await hanna.lets_pass("+10 min")
    await expect(hanna.page.locator("#messages")).to_contain_text("comes back soon")
    await omar.mfa_of("Lee Jansen", "disabled")
    await hanna.lets_pass("Next event")
    await hanna.mfa_of("Lee Jansen", "enforced")
    await expect(hanna.page.locator("#messages")).to_contain_text("is restored to enforced, checked")
    await expect(lee.last).to_contain_text("is restored to enforced, checked")
    card = omar.messages.filter(has_text="R-1 · Suspend")
    await expect(card).to_contain_text(re.compile(r"restored today at \d\d:\d\d:\d\d to enforced, checked"))
    await expect(omar.page.locator("#messages").get_by_role("button")).to_have_count(0)
    await omar.shot("7-restored")
    await card.get_by_role("link", name=re.compile("replies")).click()
    await expect(omar.page.locator("#thread")).to_contain_text("comes back soon")
    await omar.shot("8-thread")
    await omar.is_accessible()


async def everything_is_on_record(three: Three) -> None:
    omar = three.omar
    await omar.looks_at("Tenant")
    record = omar.page.locator("#record li")
    events = [
        *("asked", "refused", "applying", "lowering", "active"),
        "refused",  # the form that said "soon"
        *("asked", "denied", "restoring", "putting back", "restored"),
    ]
    told = await record.locator("strong").all_inner_texts()
    assert [one for one in told if one in set(events)] == events
    await expect(omar.page.locator("#chain")).to_contain_text("whole")
    await expect(omar.page.locator("#changes li")).to_have_count(2)
    await omar.shot("9-record")
