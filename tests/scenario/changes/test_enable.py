"""``/mfa enable``: MFA turned on and proved; a live suspension is ended instead; all three at once."""

from __future__ import annotations

import pytest

from bot.sim.tenant import FOREVER, Fault, Respond
from bot.sim.tenant.story import LEE
from tests.scenario.changes.conftest import lee, numbers, phone
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import HANNA, LEES, OMAR, House, leaks

ASKS = "enable lee@contoso.com because new starter"
STATE = f"users/{LEE}/authentication/requirements"
PREFERENCES = f"users/{LEE}/authentication/signInPreferences"
MOBILE = "+31 6 1234 5678"


async def approved(house: House, label: str = "R-1") -> None:
    await house.presses(OMAR, house.card(label), "Approve")
    await house.advance(seconds=30)


async def test_mfa_is_turned_on_and_what_follows_is_said(changing: House) -> None:
    answer = await changing.types(HANNA, ASKS)
    assert "Conditional Access is in use (1 policy is on)" in answer
    assert "Microsoft advises against per-user MFA beside it" in answer
    assert "At the next sign-in a second factor has to be registered" in answer
    assert "disabled → enabled" in changing.shown()
    assert "Conditional Access is in use" in changing.shown()
    await approved(changing)
    assert changing.mfa() == "enabled"
    assert "done" in changing.shown()
    assert "per-user MFA enabled" in changing.direct(LEES)


async def test_graph_making_it_enforced_proves_it_too(changing: House) -> None:
    lee(changing.tenant.state, phone("mobile", "+1 2065550100"), mfa="disabled")
    assert "Entra makes it enforced" in await changing.types(HANNA, ASKS)
    await approved(changing)
    assert changing.mfa() == "enforced"
    assert "per-user MFA enforced" in changing.direct(HANNA)


async def test_enforced_only_where_that_is_asked(changing: House) -> None:
    await changing.types(HANNA, "enable lee@contoso.com enforced because new starter")
    await approved(changing)
    assert changing.mfa() == "enforced"


async def test_nothing_is_asked_for_where_it_is_on(changing: House) -> None:
    lee(changing.tenant.state, mfa="enforced")
    assert "Per-user MFA is enforced already" in await changing.types(HANNA, ASKS)
    assert changing.cards() == []


async def test_of_a_suspended_person_the_end_is_offered_instead(changing: House) -> None:
    lee(changing.tenant.state, app=True, mfa="enforced")
    await changing.suspended()
    answer = await changing.types(HANNA, ASKS)
    assert "is off for R-1" in answer
    offered = changing.workspace.seen_by(HANNA)[-1]
    assert changing.buttons(offered) == ["Restore now"]
    assert len(changing.cards()) == 1
    await changing.presses(HANNA, offered, "Restore now")
    await changing.advance(seconds=30)
    assert changing.mfa() == "enforced"
    assert (HANNA, "one_at_a_time") in await changing.refusals()


async def test_without_the_right_to_read_policies_it_says_so(changing: House) -> None:
    path = "/identity/conditionalAccess/policies"
    changing.tenant.faults.add(Fault(Respond(403), path=path, times=FOREVER))
    answer = await changing.types(HANNA, ASKS)
    assert "Whether Conditional Access is in use could not be read" in answer
    assert "Policy.Read.All" in answer


async def test_without_any_policy_it_says_so(changing: House) -> None:
    changing.tenant.state.policies.clear()
    assert "Conditional Access is not in use" in await changing.types(HANNA, ASKS)


# --- all three at once -----------------------------------------------------------------------


async def all_three(house: House) -> str:
    """Let Hanna ask for MFA, and then for all three in its place; return the new request's label."""
    lee(house.tenant.state, mobile_phone=MOBILE, mfa="disabled")
    await house.types(HANNA, ASKS)
    offer = house.workspace.seen_by(HANNA)[-1]
    assert house.buttons(offer) == ["Ask for all three"]
    answer = await house.presses(HANNA, offer, "Ask for all three")
    assert " sent to #mfa-approvals" in answer, answer
    return answer.partition(" ")[0]


async def test_phone_default_and_mfa_are_one_approved_request_in_this_order(changing: House) -> None:
    label = await all_three(changing)
    assert "withdrawn" in changing.shown("R-1")
    card = changing.shown(label)
    assert "Set phone, default method and MFA of Lee Jansen" in card
    assert card.index("1. Registers ·· ··78") < card.index("2. At sign-in") < card.index("3. Per-user MFA")
    await approved(changing, label)
    state = changing.tenant.state
    assert numbers(state) == {"mobile": "+31 612345678"}
    assert state.user(LEE).preferred == "sms"
    assert changing.mfa() == "enforced"
    writes = [one for one in state.journal.requests if one.method in {"PATCH", "POST"} and LEE in one.path]
    assert [one.path.rpartition("/")[2] for one in writes if "/authentication/" in one.path] == [
        "phoneMethods",
        "signInPreferences",
        "requirements",
    ]
    assert [line for line in changing.thread(label) if "Set and checked" in line]
    assert "done" in changing.shown(label)
    assert await leaks(changing) == {}


async def test_the_first_failure_stops_and_says_what_is_done(changing: House) -> None:
    label = await all_three(changing)
    changing.tenant.faults.add(Fault(Respond(400), path=PREFERENCES, method="PATCH", times=FOREVER))
    await approved(changing, label)
    assert "failed" in changing.shown(label)
    assert "Done: phone. Not done: default method, MFA." in changing.direct(HANNA)
    assert changing.mfa() == "disabled"
    assert numbers(changing.tenant.state) == {"mobile": "+31 612345678"}
    assert await leaks(changing) == {}


async def test_the_app_comes_before_text_messages(changing: House) -> None:
    lee(changing.tenant.state, app=True, mobile_phone=MOBILE, mfa="disabled")
    await changing.types(HANNA, ASKS)
    answer = await changing.presses(HANNA, changing.workspace.seen_by(HANNA)[-1], "Ask for all three")
    assert "Microsoft Authenticator (push)" in answer
    await changing.types(HANNA, f"withdraw {answer.partition(' ')[0]}")


async def test_what_is_decided_is_not_taken_back(changing: House) -> None:
    lee(changing.tenant.state, mobile_phone=MOBILE, mfa="disabled")
    await changing.types(HANNA, ASKS)
    offer = changing.workspace.seen_by(HANNA)[-1]
    await approved(changing)
    assert "Not done, nothing changed." in await changing.presses(HANNA, offer, "Ask for all three")
    assert len(changing.cards()) == 1


@pytest.mark.parametrize("rules", ["\n[enable]\n", '\n[enable]\n[phone]\nregion = "NL"\n'])
async def test_all_three_are_offered_only_where_all_three_are_on(open_house: OpenHouse, rules: str) -> None:
    house = await open_house(rules)
    lee(house.tenant.state, mobile_phone=MOBILE, mfa="disabled")
    await house.types(HANNA, ASKS)
    assert house.buttons(house.workspace.seen_by(HANNA)[-1]) == []
