"""A house whose tenant is federated with an AD FS on loopback; the product reaches it as any host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import load_policy
from bot.sim.adfs import Farm, SimulatedAdfs
from bot.sim.tenant import Domain, Federation
from tests.conftest import Backend
from tests.farms import nearby
from tests.scenario.clock import START
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import CHANNEL, House

RULES = "\n[federation]\nallow_private_addresses = true\n"


class Farmhouse:
    """A house, and the farm that contoso.com is federated with."""

    def __init__(self, house: House, farm: SimulatedAdfs) -> None:
        self.house = house
        self.farm = farm

    def entra_believes(self, federation: Federation | None = None, **changes: object) -> None:
        """Let Entra hold *federation* of contoso.com, or what it was told at the beginning with *changes*."""
        held = federation or replace(self.farm.federation(), **changes)
        contoso = Domain(id="contoso.com", authentication="Federated", default=True, federation=held)
        self.house.tenant.state.add(contoso)

    async def types(self, text: str, who: str = "U0HANNA") -> str:
        """Let *who* type ``/domain`` and *text*; return the answer that only they see."""
        return await self.house.types(who, text, command="/domain")

    def told(self) -> list[str]:
        """Return what the channel was told of the domains, the oldest first."""
        posts = self.house.workspace.channel(CHANNEL).messages
        return [self.house.reads(one) for one in posts if one.text.startswith("Federation: ")]

    async def a_day_later(self) -> list[str]:
        """Let a day pass; return what the channel was told meanwhile."""
        before = len(self.told())
        await self.house.advance(days=1)
        return self.told()[before:]


@pytest.fixture
def backend() -> Backend:
    """One database is enough here: the watch has a suite of its own on both."""
    return "sqlite"


@pytest.fixture
async def farm() -> AsyncIterator[SimulatedAdfs]:
    async with nearby(Farm(now=START)) as running:
        yield running


@pytest.fixture
async def farmhouse(open_house: OpenHouse, farm: SimulatedAdfs, tmp_path: Path) -> Farmhouse:
    """A house that was started anew once its tenant was federated and its host trusted the farm."""
    house = await open_house("")
    made = Farmhouse(house, farm)
    made.entra_believes()
    house.tenant.state.add(Domain(id="eu.contoso.com", authentication="Federated"), Domain(id="fabrikam.com"))
    with house.tenant.ca_file.open("a") as trusted:
        trusted.write(farm.ca_file.read_text())
    file = tmp_path / "relatch.toml"
    file.write_text(file.read_text() + RULES)
    policy = load_policy({"RELATCH_POLICY": str(file)})
    house.configuration = replace(house.configuration, policy=policy)
    await house.crashes()
    await house.opens()
    return made
