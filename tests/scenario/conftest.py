"""Scenarios: signed requests in over HTTP; tenant, channel, record and database to look at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import stamina

from bot.sim.tenant import Group
from tests.scenario.house import POLICY, House
from tests.scenario.house import house as house_of

OpenHouse = Callable[[str], Awaitable[House]]


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        yield


@pytest.fixture
async def open_house(tmp_path: Path, database_url: str) -> AsyncIterator[OpenHouse]:
    """Opens a house under a policy; the argument is what stands behind ``[suspend]``."""
    async with AsyncExitStack() as stack:

        async def opened(rules: str) -> House:
            return await stack.enter_async_context(house_of(tmp_path, database_url, POLICY + rules))

        yield opened


@pytest.fixture
async def open_group_house(tmp_path: Path, database_url: str) -> AsyncIterator[OpenHouse]:
    """The same, in a tenant that has an exclusion group."""
    async with AsyncExitStack() as stack:

        async def opened(rules: str) -> House:
            groups = (Group(id="e5000000-0000-4000-8000-000000000001", name="mfa-suspended"),)
            return await stack.enter_async_context(
                house_of(tmp_path, database_url, POLICY + rules, groups=groups)
            )

        yield opened


@pytest.fixture
async def socket_house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """A house under the usual policy that is reached through Socket Mode."""
    async with house_of(tmp_path, database_url, socket=True) as opened:
        yield opened


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    """A house under the usual policy."""
    return await open_house("")
