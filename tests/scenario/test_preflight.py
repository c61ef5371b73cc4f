"""What a status shows of everything that asks for MFA, and what is said before anybody approves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.tenant import FOREVER, Fault, Respond
from bot.sim.tenant.access import policy
from bot.sim.tenant.story import LEE
from tests.scenario.house import HANNA, OMAR, House

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
pytestmark = on_sqlite

DISABLE = "disable lee@contoso.com for 1h ticket INC-48211 because phone broken"
ASKS = "A suspension would change nothing in Outlook: “All users, all apps” (Conditional Access) asks for MFA"


def leaves_the_helpdesk(house: House) -> None:
    house.workspace.change_group("S0HELPDESK", users=())


async def test_the_story_says_that_it_will_work_to_the_requester_and_on_the_card(house: House) -> None:
    answer = await house.types(HANNA, DISABLE)

    will_work = "Will work: yes, nothing else asks Lee Jansen for MFA in Outlook."
    assert will_work in answer
    assert will_work in house.shown()


async def test_conditional_access_that_asks_has_to_be_wanted_and_the_card_says_so(house: House) -> None:
    house.tenant.state.policies.append(policy("All users, all apps"))

    answer = await house.types(HANNA, DISABLE)

    assert answer.startswith("Not done, nothing changed. " + ASKS)
    assert "(`preflight`)" in answer
    assert house.cards() == []
    [*_, offered] = house.workspace.seen_by(HANNA)
    assert house.buttons(offered) == ["Ask anyway"]
    sent = await house.presses(HANNA, offered, "Ask anyway")
    assert sent.startswith("R-2 sent to #mfa-approvals.")
    card = house.shown("R-2")
    assert "Suspend MFA for Lee Jansen, 1 hour · waiting for approval" in card
    assert "INC-48211" in card
    assert "“phone broken”" in card
    assert (
        ":warning: Will change nothing: All users, all apps (Conditional Access) still asks. "
        "@Hanna was told so and asked anyway."
    ) in card
    await house.presses(OMAR, house.card("R-2"), "Approve")
    assert house.mfa() == "disabled"
    asked = [line for line in await house.lines() if line["event"] == "asked"]
    assert [line["facts"]["forecast"] for line in asked] == ["changes nothing"]


async def test_who_is_no_requester_any_more_gets_past_nothing_by_a_button(house: House) -> None:
    house.tenant.state.policies.append(policy("All users, all apps"))
    await house.types(HANNA, DISABLE)
    [*_, offered] = house.workspace.seen_by(HANNA)

    leaves_the_helpdesk(house)
    refused = await house.presses(HANNA, offered, "Ask anyway")

    assert "You are not among the requesters (`people.requesters`)." in refused
    assert house.cards() == []


async def test_a_federated_provider_that_asks_has_to_be_wanted_too(house: House) -> None:
    contoso = house.tenant.state.domains["contoso.com"]
    assert contoso.federation is not None
    enforced = replace(contoso.federation, idp_mfa="enforceMfaByFederatedIdp")
    house.tenant.state.add(replace(contoso, federation=enforced))

    answer = await house.types(HANNA, DISABLE)

    assert "the federated provider of contoso.com asks for MFA all the same (`preflight`)." in answer
    [*_, offered] = house.workspace.seen_by(HANNA)
    await house.presses(HANNA, offered, "Ask anyway")
    assert "Will change nothing: the federated provider of contoso.com still asks." in house.shown("R-2")


async def test_security_defaults_refuse_and_offer_nothing(house: House) -> None:
    house.tenant.state.security_defaults = True

    answer = await house.types(HANNA, DISABLE)

    assert "Security defaults are on: MFA is asked of everybody" in answer
    assert "(`security_defaults`)" in answer
    [*_, said] = house.workspace.seen_by(HANNA)
    assert house.buttons(said) == []
    assert house.cards() == []
    assert "security_defaults" in [rule for _, rule in await house.refusals()]


async def test_without_what_if_it_cannot_be_told_and_the_policies_stand_there_by_name(house: House) -> None:
    house.tenant.state.policies.append(policy("All users, all apps"))
    house.tenant.faults.add(Fault(Respond(403), path="conditionalAccess/evaluate", times=FOREVER))

    answer = await house.types(HANNA, DISABLE)

    for text in (answer, house.shown()):
        assert "Will work: cannot tell. Whether Conditional Access asks could not be read" in text
        assert "grant the app Policy.Read.All" in text
        assert "May ask all the same: All users, all apps." in text


async def test_a_policy_that_only_reports_stops_nobody(house: House) -> None:
    house.tenant.state.policies.append(policy("Later", state="enabledForReportingButNotEnforced"))

    assert "Will work: yes" in await house.types(HANNA, DISABLE)
    assert "report-only, asks nobody yet: Later" in await house.types(HANNA, "status lee@contoso.com")


async def test_a_status_shows_everything_and_a_button_the_last_sign_ins_beside_it(house: House) -> None:
    house.tenant.state.policies.append(policy("All users, all apps"))

    status = await house.types(HANNA, "status lee@contoso.com")

    for fact in (
        "Default Authenticator push",
        "Registered for MFA yes · usable under the policy yes",
        "(report of 20 h ago)",
        "requires MFA in Outlook: All users, all apps · security defaults off · contoso.com is federated",
        "MFA done by the federation service is accepted",
        "A suspension would change nothing here: All users, all apps (Conditional Access) still asks.",
        "·· ··89",
    ):
        assert fact in status
    [*_, shown] = house.workspace.seen_by(HANNA)
    sign_ins = await house.presses(HANNA, shown, "Last sign-ins")
    assert "Last sign-ins of Lee Jansen" in sign_ins
    assert sign_ins.count("Office 365 Exchange Online by Mobile Apps and Desktop clients, NL: signed in") == 2
    assert any("Default Authenticator push" in house.reads(one) for one in house.workspace.seen_by(HANNA))


async def test_of_a_protected_person_the_state_alone_is_shown(house: House) -> None:
    house.tenant.state.policies.append(policy("All users, all apps"))

    status = await house.types(HANNA, "status eva@contoso.com")

    assert "MFA enforced" in status
    assert "Protected holds Exchange Administrator (eligible)" in status
    for hidden in ("All users", "Default", "Registered", "security defaults", "Last sign-ins", "Phone"):
        assert hidden not in status


async def test_a_button_for_the_sign_ins_of_somebody_who_became_protected_shows_none(house: House) -> None:
    await house.types(HANNA, "status lee@contoso.com")
    [*_, shown] = house.workspace.seen_by(HANNA)
    house.tenant.state.assign_role(LEE, "Exchange Administrator")

    assert "not shown: this person is protected" in await house.presses(HANNA, shown, "Last sign-ins")


async def test_only_requesters_see_sign_ins(house: House) -> None:
    await house.types(HANNA, "status lee@contoso.com")
    [*_, shown] = house.workspace.seen_by(HANNA)

    leaves_the_helpdesk(house)
    assert "(`people.requesters`)" in await house.presses(HANNA, shown, "Last sign-ins")


async def test_a_microsoft_that_throttles_and_hangs_does_not_hold_up_a_request(house: House) -> None:
    house.tenant.faults.add(Fault(Respond(429), path="conditionalAccess", times=FOREVER))

    answer = await house.types(HANNA, DISABLE)

    assert answer.startswith("R-1 sent to #mfa-approvals.")
    assert "Will work: cannot tell." in answer
