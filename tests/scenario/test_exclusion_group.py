"""A suspension by an exclusion group, from asking to signing out."""

from __future__ import annotations

from dataclasses import replace

from bot.sim.tenant.access import policy
from bot.sim.tenant.story import LEE
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import ASKS, HANNA, OMAR, House

GROUP = "e5000000-0000-4000-8000-000000000001"
RULES = f'lever = "exclusion_group"\ngroup = "{GROUP}"\nrevoke_sessions = false\n'


def inside(house: House) -> bool:
    return LEE in house.tenant.state.groups[GROUP].members


async def test_a_member_for_an_hour_and_signed_out_at_the_end(open_group_house: OpenHouse) -> None:
    house = await open_group_house(RULES)
    state = house.tenant.state
    state.add(replace(state.user(LEE), mfa="disabled"))
    state.policies.append(
        policy("All users, all apps", users={"includeUsers": ["All"], "excludeGroups": [GROUP]})
    )
    card = await house.asks()
    shown = house.shown()
    assert "Now: not excluded → excluded, back to" in shown
    assert "up to a day" in shown
    assert "signed out everywhere" in shown

    await house.presses(OMAR, card, "Approve")
    assert inside(house)
    assert "active until" in house.shown()

    await house.advance(hours=1)
    assert not inside(house)
    assert "restored" in house.shown()
    assert [one.user_id for one in state.journal.revocations] == [LEE]
    written = [one.path for one in state.journal.requests if "/members" in one.path]
    assert written == [f"/groups/{GROUP}/members/$ref", f"/groups/{GROUP}/members/{LEE}/$ref"]
    assert house.mfa() == "disabled"


async def test_who_is_in_the_group_already_has_nothing_to_suspend(open_group_house: OpenHouse) -> None:
    house = await open_group_house(RULES)
    group = house.tenant.state.groups[GROUP]
    house.tenant.state.add(replace(group, members=frozenset({LEE})))
    assert "The exclusion group holds them already" in await house.types(HANNA, ASKS)
    assert house.cards() == []
    assert inside(house)


async def test_per_user_mfa_still_asks_of_somebody_who_is_excluded(open_group_house: OpenHouse) -> None:
    house = await open_group_house(RULES)
    assert "per-user MFA, which is enforced" in await house.types(HANNA, ASKS)
