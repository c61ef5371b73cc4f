import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.sim.tenant import SimulatedTenant, story


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def advance(clock: Clock) -> Callable[[float], None]:
    return clock.advance


@pytest.fixture
async def tenant(clock: Clock) -> AsyncIterator[SimulatedTenant]:
    async with SimulatedTenant(story(clock)) as running:
        yield running


@pytest.fixture
def trust(tenant: SimulatedTenant) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tenant.ca_file))


@pytest.fixture
async def graph(tenant: SimulatedTenant, trust: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    bearer = {"Authorization": f"Bearer {tenant.state.issue_token()}"}
    async with httpx.AsyncClient(verify=trust, base_url=tenant.url, headers=bearer) as client:
        yield client
