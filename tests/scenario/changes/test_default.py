"""``/mfa default``: among what is registered; for an app that nobody set up, the steps instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.tenant.story import LEE
from tests.scenario.changes.conftest import lee, phone
from tests.scenario.house import HANNA, LEES, OMAR, House

MOBILE = phone("mobile", "+1 2065550100")
OFFICE = phone("office", "+1 2065550102")
SECOND = phone("alternateMobile", "+1 2065550101")


async def test_a_registered_method_becomes_the_default(changing: House) -> None:
    lee(changing.tenant.state, MOBILE, app=True, preferred="push")
    answer = await changing.types(HANNA, "default lee@contoso.com sms")
    assert "Default method now: push." in answer
    await changing.presses(OMAR, changing.card(), "Approve")
    await changing.advance(seconds=30)
    assert changing.tenant.state.user(LEE).preferred == "sms"
    assert "default method sms" in changing.direct(LEES)
    assert "done" in changing.shown()


async def test_system_preferred_mfa_overrides_it_and_that_is_said(changing: House) -> None:
    lee(changing.tenant.state, MOBILE, system_preferred=True)
    assert "System-preferred MFA is on" in await changing.types(
        HANNA, "default lee@contoso.com sms because x"
    )
    assert "System-preferred MFA is on" in changing.shown()


@pytest.mark.parametrize("method", ["push", "oath"])
async def test_for_an_app_that_nobody_set_up_nothing_is_written_and_the_steps_are_sent(
    changing: House, method: str
) -> None:
    lee(changing.tenant.state, MOBILE)
    answer = await changing.types(HANNA, f"default lee@contoso.com {method} because new phone")
    assert "Nothing was changed" in answer
    assert "https://aka.ms/mysecurityinfo" in answer
    await changing.advance(seconds=5)
    assert "https://aka.ms/mysecurityinfo" in changing.direct(LEES)
    assert changing.cards() == []
    assert not [one for one in changing.tenant.state.journal.requests if one.method == "PATCH"]
    assert "guide ordered" in await changing.events()


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("sms", "No mobile phone is registered"),
        ("voiceMobile", "No mobile phone is registered"),
        ("voiceAlternateMobile", "No second mobile phone is registered"),
        ("voiceOffice", "No office phone is registered"),
    ],
)
async def test_a_phone_that_is_not_registered_is_no_default(changing: House, method: str, says: str) -> None:
    assert says in await changing.types(HANNA, f"default lee@contoso.com {method}")
    assert changing.cards() == []


@pytest.mark.parametrize("method", ["voiceMobile", "voicealternatemobile", "VOICEOFFICE"])
async def test_every_phone_that_is_registered_can_be_the_default(changing: House, method: str) -> None:
    lee(changing.tenant.state, MOBILE, SECOND, OFFICE)
    assert " sent to " in await changing.types(HANNA, f"default lee@contoso.com {method}")
    await changing.presses(OMAR, changing.card(), "Approve")
    await changing.advance(seconds=30)
    assert changing.tenant.state.user(LEE).preferred.lower() == method.lower()


async def test_what_is_the_default_already_is_refused(changing: House) -> None:
    lee(changing.tenant.state, MOBILE, preferred="sms")
    assert "The default method is sms already" in await changing.types(HANNA, "default lee@contoso.com sms")


async def test_a_policy_that_forbids_text_messages_refuses_them(changing: House) -> None:
    lee(changing.tenant.state, MOBILE)
    changing.tenant.state.methods_allowed -= {"Sms"}
    assert "has text messages off" in await changing.types(HANNA, "default lee@contoso.com sms")


@pytest.mark.parametrize("typed", ["default lee@contoso.com", "default lee@contoso.com fax", "default"])
async def test_what_is_no_method_is_explained(changing: House, typed: str) -> None:
    assert "voiceOffice" in await changing.types(HANNA, typed)


async def test_of_a_protected_person_nothing_is_sent(changing: House) -> None:
    changing.tenant.state.assign_role(LEE, "User Administrator")
    answer = await changing.types(HANNA, "default lee@contoso.com push")
    assert "protect.roles" in answer
    assert changing.directs(LEES) == []


async def test_without_the_permission_it_is_named(changing: House) -> None:
    tenant = changing.tenant.state
    tenant.add(replace(tenant.user(LEE), methods=(MOBILE,)))
    await changing.types(HANNA, "default lee@contoso.com sms")
    tenant.withdraw("UserAuthenticationMethod.ReadWrite.All")
    await changing.presses(OMAR, changing.card(), "Approve")
    await changing.advance(seconds=30)
    assert "UserAuthenticationMethod.ReadWrite.All" in changing.direct(HANNA)
