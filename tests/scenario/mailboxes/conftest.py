"""A house whose tenant has an Exchange Online beside it, with every source turned on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Configuration, load_policy
from bot.sim.exchange import SimulatedExchange
from tests.scenario.house import House

SOURCES = "\n[exchange]\nadmin_api = true\ninvoke_command = true\n"


@pytest.fixture
async def exchange(house: House) -> AsyncIterator[SimulatedExchange]:
    """The house's Exchange; the house was started anew with it."""
    async with SimulatedExchange(house.tenant) as running:
        house.configuration = reaching(house.configuration, running)
        await house.crashes()
        await house.opens()
        yield running


def reaching(known: Configuration, exchange: SimulatedExchange) -> Configuration:
    """Return *known* with both sources of *exchange* turned on."""
    file = Path(known.policy.path)
    file.write_text(file.read_text() + SOURCES)
    entra = known.settings.entra.model_copy(update={"exchange": exchange.url})
    settings = known.settings.model_copy(update={"entra": entra})
    return replace(known, settings=settings, policy=load_policy({"RELATCH_POLICY": str(file)}))
