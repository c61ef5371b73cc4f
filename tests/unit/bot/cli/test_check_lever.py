"""What `relatch check` says of the exclusion group."""

from __future__ import annotations

from collections.abc import Callable

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.access import policy as policy_of
from bot.sim.tenant.model import Group
from tests.command_line import POLICY
from tests.unit.bot.cli.test_check import Look, backend, look, policy, workspace

__all__ = ["backend", "look", "policy", "workspace"]

GROUP_ID = "e5000000-0000-4000-8000-000000000001"
BY_GROUP = f'{POLICY}lever = "exclusion_group"\ngroup = "{GROUP_ID}"\n'
GROUP, POLICIES = "exclusion group", "policies that exclude it"


async def test_enabled_policies_that_do_not_exclude_the_group_are_named(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(BY_GROUP)
    tenant.state.add(Group(id=GROUP_ID, name="sg-mfa-excluded"))
    tenant.state.policies[:] = [
        policy_of("All users, all apps"),
        policy_of("Excluding", users={"excludeGroups": [GROUP_ID]}),
        policy_of("Trying out", state="enabledForReportingButNotEnforced"),
        policy_of("Off", state="disabled"),
        policy_of("Blocks", grant={"operator": "OR", "builtInControls": ["block"]}),
        policy_of("No grant", grant=None),
    ]
    found = await look()
    assert found.grade(GROUP) == "ok"
    assert found.grade(POLICIES) == "warning"
    assert found[POLICIES]["says"] == "“All users, all apps”: still asked of members"


async def test_nothing_is_said_when_every_policy_excludes_it(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(BY_GROUP)
    tenant.state.add(Group(id=GROUP_ID, name="sg-mfa-excluded"))
    tenant.state.policies[:] = [policy_of("Excluding", users={"excludeGroups": [GROUP_ID.upper()]})]
    assert (await look()).grade(POLICIES) == "ok"


async def test_a_group_that_cannot_be_changed_would_not_work(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(BY_GROUP)
    tenant.state.add(Group(id=GROUP_ID, name="sg-mfa-excluded"))
    tenant.state.add(Group(id=GROUP_ID, name="rule", types=("DynamicMembership",)))
    found = await look()
    assert found.code == 1
    assert found.grade(GROUP) == "failed"


async def test_the_lever_per_user_has_no_group_to_look_at(look: Look) -> None:
    assert GROUP not in {one["name"] for one in (await look()).lines}
