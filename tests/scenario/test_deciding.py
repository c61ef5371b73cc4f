"""The click that decides: who counts, and what may have changed since the request."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.sim.tenant import Fault, Hold
from bot.sim.tenant.story import HANNA as HANNAS_ACCOUNT
from bot.sim.tenant.story import LEE
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import HANNA, LEES, NOOR, OMAR, House

TWO = "approvals = 2\n"


async def test_two_approvals_are_two_people_and_nothing_happens_after_the_first(
    open_house: OpenHouse,
) -> None:
    house = await open_house(TWO)
    card = await house.asks()
    assert "2 approvals are needed." in house.private(HANNA)
    assert await house.presses(OMAR, card, "Approve") == "R-1: your approval counts; 1 more is needed."
    assert "1 of 2 approvals" in house.shown()
    assert "approved by @Omar" in house.shown()
    assert "Your approval counts already (`quorum`)." in await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "enforced"
    await house.presses(NOOR, card, "Approve")
    assert house.mfa() == "disabled"
    assert "approved by @Omar Nov 22, 2026 at 15:40, @Noor" in house.shown()


async def test_an_approval_of_somebody_who_left_since_does_not_count(open_house: OpenHouse) -> None:
    house = await open_house(TWO)
    card = await house.asks()
    await house.presses(OMAR, card, "Approve")
    house.workspace.change_person(OMAR, deleted=True)
    assert await house.presses(NOOR, card, "Approve") == "R-1: your approval counts; 1 more is needed."
    assert house.tenant.state.changes() == ()
    assert "@Omar" not in house.shown()
    assert "approval no longer counts" in await house.events()

    house.workspace.change_person(OMAR, deleted=False)
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "disabled"


async def test_a_request_of_somebody_who_may_no_longer_ask_is_not_carried_out(house: House) -> None:
    card = await house.asks()
    house.tenant.state.add(replace(house.tenant.state.user(HANNAS_ACCOUNT), enabled=False))
    refused = await house.presses(OMAR, card, "Approve")
    assert "The requester may no longer ask" in refused
    assert "(`people.requesters`)" in refused
    assert house.tenant.state.changes() == ()
    assert "waiting for approval" in house.shown()
    assert (await house.refusals())[-1][1] == "people.requesters"


async def test_a_subject_who_became_an_administrator_since_is_protected(house: House) -> None:
    card = await house.asks()
    house.tenant.state.make_eligible(LEE, "Helpdesk Administrator")
    refused = await house.presses(OMAR, card, "Approve")
    assert "Lee Jansen holds Helpdesk Administrator (eligible); such people are protected" in refused
    assert "(`protect.roles`)" in refused
    assert house.tenant.state.changes() == ()
    assert "waiting for approval" in house.shown()


async def test_a_subject_who_becomes_an_administrator_before_the_change_is_sent_is_left_alone(
    house: House,
) -> None:
    card = await house.asks()
    gate = asyncio.Event()
    # The click looks once; the look right before the change is the second.
    looking = house.tenant.faults.add(Fault(Hold(gate), path=f"users/{LEE}/transitiveMemberOf", nth=2))
    await house.person(OMAR).clicks(card, "Approve")
    await looking.hit.wait()
    house.tenant.state.assign_role(LEE, "Global Administrator")
    gate.set()
    await house.settled()
    assert house.tenant.state.changes() == ()
    assert "failed" in house.shown()
    assert "nothing was changed: Lee Jansen holds Global Administrator" in house.shown()
    assert "MFA for Lee Jansen was not changed." in house.direct(HANNA)
    assert (await house.events())[-1] == "failed"


async def test_a_state_that_somebody_changed_before_the_change_is_sent_is_left_alone(house: House) -> None:
    card = await house.asks()
    gate = asyncio.Event()
    looking = house.tenant.faults.add(
        Fault(Hold(gate), method="GET", path=f"users/{LEE}/authentication/requirements", nth=2)
    )
    await house.person(OMAR).clicks(card, "Approve")
    await looking.hit.wait()
    house.tenant.state.promotes_enabled = False
    house.tenant.state.set_mfa(LEE, "enabled")
    gate.set()
    await house.settled()
    assert house.mfa() == "enabled"
    assert "MFA went from enforced to enabled since the approval" in house.shown()


async def test_people_outside_the_approvers_cannot_decide(house: House) -> None:
    house.workspace.channel("C0APPROVALS").members.append(LEES)
    card = await house.asks()
    house.workspace.change_group("S0SECURITY", users=(NOOR, LEES))
    assert "You are not among the approvers (`people.approvers`)." in await house.presses(
        OMAR, card, "Approve"
    )
    assert "It is about your own account (`three_people`)." in await house.presses(LEES, card, "Approve")
    await house.presses(LEES, card, "Deny")
    assert "It is about your own account (`three_people`)." in await house.submits(
        LEES, {"Reason": "I am fine"}
    )
    await house.presses(OMAR, card, "Deny")
    assert "You are not among the approvers" in await house.submits(OMAR, {"Reason": "no"})
    assert "waiting for approval" in house.shown()
    assert house.tenant.state.changes() == ()
    assert {rule for _, rule in await house.refusals()} == {"people.approvers", "three_people"}


async def test_two_people_who_click_at_once_lower_it_once(house: House) -> None:
    card = await house.asks()
    omar, noor = house.person(OMAR), house.person(NOOR)
    await asyncio.gather(omar.clicks(card, "Approve"), noor.clicks(card, "Approve"))
    await house.settled()
    answers = [house.private(OMAR), house.private(NOOR)]
    assert sum("is being applied" in one for one in answers) == 1
    assert sum("R-1 is decided already" in one for one in answers) == 1
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 1
    assert house.mfa() == "disabled"
