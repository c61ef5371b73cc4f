"""Domains in a terminal: what is printed, and what monitoring learns from the exit code."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.sim.adfs import Answered, Fault, Place, SimulatedAdfs, at, without_relying_party
from bot.sim.tenant import Domain, SimulatedTenant
from bot.sim.tenant.story import PERMISSIONS
from tests.command_line import POLICY, environment
from tests.farms import nearby, trusted_together
from tests.unit.bot.cli.conftest import Relatch

FEDERATION = f"{POLICY}\n[federation]\nallow_private_addresses = true\n"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def adfs(tenant: SimulatedTenant) -> AsyncIterator[SimulatedAdfs]:
    """A farm that the tenant's contoso.com is federated with."""
    async with nearby() as farm:
        contoso = Domain(id="contoso.com", authentication="Federated", default=True)
        tenant.state.add(
            replace(contoso, federation=farm.federation()),
            Domain(id="eu.contoso.com", authentication="Federated"),
            Domain(id="fabrikam.com"),
        )
        yield farm


@pytest.fixture
def env(tmp_path: Path, tenant: SimulatedTenant, adfs: SimulatedAdfs) -> Mapping[str, str]:
    """The environment, with both authorities trusted; the database's address leads nowhere."""
    both = trusted_together(tmp_path, tenant.ca_file, adfs.ca_file)
    known = environment(tmp_path, "postgresql://nobody@127.0.0.1:1/none", tenant, FEDERATION)
    return {**known, "SSL_CERT_FILE": str(both)}


def read(out: str) -> Any:  # noqa: ANN401  # what JSON holds
    return json.loads(out)


async def test_the_list_is_whole_and_says_from_where(relatch: Relatch) -> None:
    ran = await relatch("domain", "list")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "contoso.com              federated, default",
        "contoso.onmicrosoft.com  managed, initial",
        "eu.contoso.com           federated, from contoso.com",
        "fabrikam.com             managed",
    ]
    found = read((await relatch("domain", "list", "EU.", "--json")).out)
    assert found == [
        {
            "name": "eu.contoso.com",
            "authentication": "federated",
            "inherits": "contoso.com",
            "verified": True,
            "default": False,
            "initial": False,
            "root": False,
        }
    ]


async def test_more_domains_than_a_page_holds_are_all_listed(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.add(*(Domain(id=f"d{number:03}.example") for number in range(900)))
    found = read((await relatch("domain", "list", ".example", "--json")).out)
    assert len({one["name"] for one in found}) == 900


async def test_a_domain_is_shown_with_both_names_of_its_settings(relatch: Relatch) -> None:
    ran = await relatch("domain", "show", "Hanna@CONTOSO.com")
    assert ran.code == 0
    assert ran.out.startswith("contoso.com: federated, default\n")
    assert "federatedIdpMfaBehavior (SupportsMfa): " in ran.out
    assert "SHA-256 " in ran.out
    found = read((await relatch("domain", "show", "eu.contoso.com", "--json")).out)
    assert found["inherits"] == "contoso.com"
    assert {one["name"] for one in found["settings"]} >= {"federatedIdpMfaBehavior", "promptLoginBehavior"}
    assert datetime.fromisoformat(found["at"]).tzinfo is not None


async def test_a_healthy_check_ends_with_0_and_prints_every_step(relatch: Relatch) -> None:
    ran = await relatch("domain", "check", "https://contoso.com/")
    assert ran.code == 0, ran.out
    for step in ("settings in Entra", "realm discovery", "port 443", "TLS", "sign-in page"):
        assert step in ran.out
    assert "never" in ran.out
    assert ran.out.splitlines()[-1].startswith("contoso.com: it works, but look at the warnings")


@pytest.mark.parametrize("fault", [without_relying_party, at(Place.MEX, Answered(500))])
async def test_a_check_that_finds_something_wrong_ends_with_1(
    relatch: Relatch, adfs: SimulatedAdfs, fault: Fault
) -> None:
    adfs.breaks(fault)
    ran = await relatch("domain", "check", "contoso.com", "--json")
    found = read(ran.out)
    assert (ran.code, found["grade"]) == (1, "wrong")
    wrong = [one for one in found["steps"] if one.get("grade") == "wrong"]
    assert wrong[0]["findings"][0]["what_to_do"]
    assert len(found["compared"]) == 10


async def test_a_managed_domain_has_nothing_to_check_and_ends_with_0(relatch: Relatch) -> None:
    ran = await relatch("domain", "check", "fabrikam.com", "--json")
    assert (ran.code, read(ran.out)["compared"]) == (0, [])


@pytest.mark.parametrize("command", ["list", "show", "check", "federate"])
async def test_while_entra_is_silent_it_ends_with_3(
    relatch: Relatch, tenant: SimulatedTenant, command: str
) -> None:
    tenant.state.granted -= set(PERMISSIONS)
    arguments = ("domain", command) if command == "list" else ("domain", command, "contoso.com")
    ran = await relatch(*arguments)
    assert ran.code == 3, ran.out + ran.err


async def test_an_unknown_domain_ends_with_2_and_names_it(relatch: Relatch) -> None:
    for command in ("show", "check", "federate", "unfederate"):
        ran = await relatch("domain", command, "adatum.com")
        assert (ran.code, ran.err) == (2, "relatch: this tenant has no domain adatum.com\n")


async def test_what_is_no_domain_ends_with_2(relatch: Relatch) -> None:
    ran = await relatch("domain", "show", "10.0.0.1")
    assert ran.code == 2
    assert "is not a domain" in ran.err


async def test_without_its_table_it_ends_with_2_and_says_which(relatch: Relatch, tmp_path: Path) -> None:
    (tmp_path / "relatch.toml").write_text(POLICY)
    ran = await relatch("domain", "list")
    assert ran.code == 2
    assert "[federation]" in ran.err


async def test_a_runbook_can_be_copied_whole(relatch: Relatch, adfs: SimulatedAdfs) -> None:
    ran = await relatch("domain", "federate", "fabrikam.com")
    assert ran.code == 0
    assert adfs.federation().signing_certificate in ran.out
    assert "New-MgDomainFederationConfiguration -DomainId 'fabrikam.com'" in ran.out
    back = await relatch("domain", "unfederate", "eu.contoso.com", "--json")
    assert read(back.out)["domain"] == "contoso.com"


async def test_where_there_is_nothing_to_do_it_ends_with_1(relatch: Relatch) -> None:
    ran = await relatch("domain", "federate", "contoso.com")
    assert (ran.code, ran.err) == (1, "relatch: contoso.com is federated already.\n")


async def test_what_strangers_wrote_does_not_move_the_terminal(
    relatch: Relatch, tenant: SimulatedTenant, adfs: SimulatedAdfs
) -> None:
    hostile = replace(adfs.federation(), display_name="\x1b[2J\u202eevil\r\n")
    tenant.state.add(Domain(id="contoso.com", authentication="Federated", federation=hostile))
    for command in ("show", "check", "unfederate"):
        out = (await relatch("domain", command, "contoso.com")).out
        assert not {"\x1b", "\u202e", "\r"} & set(out)
