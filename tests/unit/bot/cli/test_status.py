"""A person's MFA in a terminal: what is printed, and what scripts learn from the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sim.tenant import Fault, SimulatedTenant
from bot.sim.tenant.access import policy
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.tenant.story import LEE
from tests.suspensions import Suspensions
from tests.unit.bot.cli.conftest import Relatch

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def backend() -> str:
    return "sqlite"


async def test_a_status_shows_the_same_facts_as_the_chat(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.policies.append(policy("All users, all apps"))
    ran = await relatch("status", "lee@contoso.com")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "Lee Jansen, lee@contoso.com: member, enabled, synchronised from AD"
    for line in (
        "MFA         enforced (per-user)",
        "method      Microsoft Authenticator Pixel 8: second factor, since 2024-03-04",
        "default     Authenticator push",
        "also        in Outlook: All users, all apps",
        "also        security defaults off",
        "warning     a suspension would change nothing: All users, all apps (Conditional Access) still asks",
        "roles       none",
        "suspension  none is live",
    ):
        assert line in lines
    assert "2065550189" not in ran.out
    assert "·· ··89" in ran.out


async def test_machines_read_the_same_by_name(
    relatch: Relatch, tenant: SimulatedTenant, suspensions: Suspensions
) -> None:
    tenant.state.policies.append(policy("All users, all apps"))
    live = await suspensions.active()
    found = json.loads((await relatch("status", LEE, "--json")).out)
    assert (found["id"], found["per_user_mfa"], found["live"]) == (LEE, "disabled", live.label)
    assert found["default_method"] == {
        "method": "Authenticator push",
        "system_preferred": False,
        "reported_at": None,
    }
    also = found["also_requires_mfa"]
    assert also["security_defaults"] is False
    assert also["conditional_access"]["policies"] == [
        {"name": "All users, all apps", "demands": "MFA", "stance": "asks", "why": ""}
    ]
    assert also["domain"]["federated_idp_mfa_behavior"] == "acceptIfMfaDoneByFederatedIdp"
    assert found["registration"]["mfa_capable"] is True


async def test_a_live_suspension_is_shown_with_its_end(relatch: Relatch, suspensions: Suspensions) -> None:
    live = await suspensions.active()
    out = (await relatch("status", LEE)).out
    assert f"suspension  {live.label}: active until {live.ends_at:%Y-%m-%d %H:%M} UTC" in out


async def test_what_cannot_be_read_is_said_and_is_no_no(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw(
        "Policy.Read.All",
        "AuditLog.Read.All",
        "Domain.Read.All",
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    )
    ran = await relatch("status", "lee@contoso.com")
    assert ran.code == 0
    for permission in ("Policy.Read.All", "AuditLog.Read.All", "Domain.Read.All", "UserAuthenticationMethod"):
        assert permission in ran.out
    found = json.loads((await relatch("status", "lee@contoso.com", "--json")).out)
    unread = [found["registration"], found["default_method"], found["methods"]]
    also = found["also_requires_mfa"]
    unread += [also["security_defaults"], also["conditional_access"], also["domain"]]
    assert all(one["unread"] and one["what_to_do"] for one in unread)


async def test_without_what_if_machines_learn_why(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(403), path="conditionalAccess/evaluate", times=FOREVER))
    found = json.loads((await relatch("status", LEE, "--json")).out)
    assert "403" in found["also_requires_mfa"]["conditional_access"]["unevaluated"]["unread"]


async def test_of_protected_people_the_state_alone_is_shown(relatch: Relatch) -> None:
    out = (await relatch("status", "eva@contoso.com")).out
    assert "MFA         enforced (per-user)" in out
    assert "methods     not shown: This person is protected." in out
    assert "protected   holds Exchange Administrator (eligible)" in out
    assert "default" not in out
    found = json.loads((await relatch("status", "eva@contoso.com", "--json")).out)
    assert found["also_requires_mfa"] == {"withheld": "This person is protected."}
    assert found["methods"] == {"withheld": "This person is protected."}


async def test_a_database_that_is_away_hides_the_suspension_and_nothing_else(relatch: Relatch) -> None:
    ran = await relatch("status", LEE, DATABASE_URL=NOWHERE)
    assert ran.code == 0, ran.err
    assert "suspension  could not be read: " in ran.out
    assert "default     Authenticator push" in ran.out
    found = json.loads((await relatch("status", LEE, "--json", DATABASE_URL=NOWHERE)).out)
    assert found["live"]["what_to_do"] == "look at DATABASE_URL"


async def test_a_database_without_tables_is_told_too(relatch: Relatch, tmp_path: Path) -> None:
    out = (await relatch("status", LEE, DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")).out
    assert "suspension  could not be read: " in out


@pytest.mark.parametrize("who", ["nobody@contoso.com", "a1000000-0000-4000-8000-00000000ffff"])
async def test_nobody_ends_with_2(relatch: Relatch, who: str) -> None:
    ran = await relatch("status", who)
    assert (ran.code, ran.out, ran.err) == (2, "", f"relatch: nobody in Entra goes by {who}\n")


async def test_while_entra_is_silent_it_ends_with_3(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), path="batch", times=FOREVER))
    ran = await relatch("status", "lee@contoso.com")
    assert (ran.code, ran.out) == (3, "")


async def test_a_guest_without_methods_is_shown(relatch: Relatch) -> None:
    out = (await relatch("status", "pat@fabrikam.com")).out
    assert "guest, enabled, cloud only" in out
    assert "methods     none registered" in out
