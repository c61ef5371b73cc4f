"""A suspension by an exclusion group, from asking to signing out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import ConfigurationError, load_policy
from bot.sim.tenant import AFTER, FOREVER, Cut, Fault, Respond
from bot.sim.tenant.access import policy
from bot.sim.tenant.story import LEE
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import ASKS, HANNA, OMAR, POLICY, House
from tests.scenario.process import Process

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


async def suspended(house: House) -> None:
    """Let Lee be excluded for an hour, whose per-user MFA asks for nothing."""
    state = house.tenant.state
    state.add(replace(state.user(LEE), mfa="disabled"))
    await house.presses(OMAR, await house.asks(), "Approve")
    assert inside(house)


async def test_another_policy_does_not_move_what_is_live(open_group_house: OpenHouse) -> None:
    house = await open_group_house(RULES)
    await suspended(house)
    await house.crashes()
    file = house.configuration.policy.path
    file.write_text(POLICY, encoding="utf-8")
    by_user = load_policy({"RELATCH_POLICY": str(file)})
    house.configuration = replace(house.configuration, policy=by_user)
    house.process = Process(house.configuration, house.clock)
    await house.opens()
    await house.advance(hours=1)
    assert not inside(house)
    assert "restored" in house.shown()
    assert house.tenant.state.changes() == ()


@pytest.mark.parametrize("effect", [Cut(AFTER), Respond(503, AFTER)], ids=["cut", "503"])
async def test_an_unclear_answer_counts_as_lowered(
    open_group_house: OpenHouse, effect: Cut | Respond
) -> None:
    house = await open_group_house(RULES)
    state = house.tenant.state
    state.add(replace(state.user(LEE), mfa="disabled"))
    house.tenant.faults.add(Fault(effect, method="POST", path=r"/members/\$ref$", times=1))
    await house.presses(OMAR, await house.asks(), "Approve")
    await house.advance(minutes=2)
    assert not inside(house)
    assert "restored" in house.shown()


async def test_who_was_taken_out_in_the_portal_is_restored_by_someone_else(
    open_group_house: OpenHouse,
) -> None:
    house = await open_group_house(RULES)
    await suspended(house)
    state = house.tenant.state
    state.add(replace(state.groups[GROUP], members=frozenset()))
    await house.advance(minutes=6)
    assert "restored by someone else" in house.shown()


async def test_a_page_says_which_group_to_take_them_out_of(open_group_house: OpenHouse) -> None:
    house = await open_group_house(RULES)
    await suspended(house)
    away = house.tenant.faults.add(Fault(Respond(503), path="/members/|/checkMemberGroups", times=FOREVER))
    await house.advance(hours=1)
    await house.advance(minutes=3)
    assert GROUP in house.thread()[-1]
    house.tenant.faults.remove(away)
    await house.advance(minutes=2)
    assert not inside(house)


@pytest.mark.parametrize(
    "change",
    [{"types": ("DynamicMembership",)}, {"synchronised": True}, {"role_assignable": True}, None],
    ids=["dynamic", "synchronised", "role-assignable", "missing"],
)
async def test_a_group_that_cannot_be_changed_stops_the_start(
    open_group_house: OpenHouse, change: dict[str, object] | None
) -> None:
    house = await open_group_house(RULES)
    await house.crashes()
    group = house.tenant.state.groups.pop(GROUP)
    if change is not None:
        house.tenant.state.add(replace(group, **change))  # type: ignore[arg-type]  # names are the fields'
    with pytest.raises(ConfigurationError) as stopped:
        await house.opens()
    assert [fault.place for fault in stopped.value.faults] == ["suspend.group"]
