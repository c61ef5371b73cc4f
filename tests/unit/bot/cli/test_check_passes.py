"""What `relatch check` says of Temporary Access Passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.sim.tenant import BEFORE, FOREVER, Fault, PassRules, Respond, SimulatedTenant
from tests.command_line import POLICY
from tests.unit.bot.cli.test_check import Look, backend, look, policy, workspace

__all__ = ["backend", "look", "policy", "workspace"]

PASSES, PERMISSION = "access passes", "UserAuthMethod-TAP.ReadWrite.All"
WITH_PASSES = f'{POLICY}\n[pass]\nlongest = "4h"\n'


@pytest.mark.parametrize(
    ("rules", "grade", "says"),
    [
        (PassRules(), "ok", "on in the tenant, for 60 to 480 minutes"),
        (PassRules(once=True), "ok", "on in the tenant, for 60 to 480 minutes, each for one sign-in"),
        (
            PassRules(shortest=300),
            "warning",
            "on in the tenant, for 300 to 480 minutes: pass.longest allows none of them",
        ),
    ],
)
async def test_what_the_tenant_allows_is_compared_with_the_policy(  # noqa: PLR0917 (a row of the table)
    look: Look,
    policy: Callable[[str], None],
    tenant: SimulatedTenant,
    rules: PassRules,
    grade: str,
    says: str,
) -> None:
    policy(WITH_PASSES)
    tenant.state.pass_rules = rules
    found = await look()
    assert (found.code, found.grade(PASSES), found[PASSES]["says"]) == (0, grade, says)
    assert found.grade(PERMISSION) == "ok"


async def test_a_method_that_is_off_is_a_warning(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(WITH_PASSES)
    tenant.state.methods_allowed = frozenset()
    found = await look()
    assert (found.code, found.grade(PASSES)) == (0, "warning")
    assert found[PASSES]["repair"].startswith("turn the method on")


async def test_a_missing_permission_to_make_passes_would_not_work(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(WITH_PASSES)
    tenant.state.withdraw(PERMISSION)
    found = await look()
    assert (found.code, found.grade(PERMISSION)) == (1, "failed")
    assert tenant.state.passes == {}


async def test_a_policy_that_cannot_be_read_fails(
    look: Look, policy: Callable[[str], None], tenant: SimulatedTenant
) -> None:
    policy(WITH_PASSES)
    refusal = Fault(
        Respond(403, BEFORE), path="/authenticationMethodConfigurations/TemporaryAccessPass", times=FOREVER
    )
    tenant.faults.add(refusal)
    found = await look()
    assert (found.code, found.grade(PASSES)) == (1, "failed")
    assert "Policy.Read.All" in found[PASSES]["repair"]


async def test_without_passes_in_the_policy_nothing_is_said(look: Look, tenant: SimulatedTenant) -> None:
    found = await look()
    assert PASSES not in {one["name"] for one in found.lines}
    assert not [one for one in tenant.state.journal.requests if "TemporaryAccessPass" in one.path]
