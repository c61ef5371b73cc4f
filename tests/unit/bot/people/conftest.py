"""The story's people in both simulated worlds, and the directory that brings them together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
import stamina

from approvals.model import ChatId
from bot.entra.client import GraphClient
from bot.entra.elsewhere import Surroundings
from bot.people import Directory, MatchBy, Principals, Rules
from bot.sim.tenant import SimulatedTenant
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace.story import TEAM, story
from bot.slack.people import SlackPeople
from bot.slack.web import connected
from bot.trust import trusting

RULES = Rules(
    home=TEAM,
    requesters=Principals(usergroups=frozenset({"S0HELPDESK"})),
    approvers=Principals(usergroups=frozenset({"S0SECURITY"})),
    match_by=MatchBy.TABLE,
    table={
        ChatId("U0HANNA"): "hanna@contoso.com",
        ChatId("U0OMAR"): "OMAR@contoso.com",
        ChatId("U0NOOR"): "a1000000-0000-4000-8000-000000000003",
    },
)

Build = Callable[..., Directory]


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        yield


@pytest.fixture
async def workspace() -> AsyncIterator[SimulatedWorkspace]:
    async with story(rate_limited=False) as running:
        yield running


@pytest.fixture
async def chat(workspace: SimulatedWorkspace) -> AsyncIterator[SlackPeople]:
    async with connected(workspace.bot_token, workspace.api_url, trusting(None)) as web:
        yield SlackPeople(web)


@pytest.fixture
def build(entra: GraphClient, chat: SlackPeople, tenant: SimulatedTenant) -> Build:
    """Make a directory under the story's rules, changed as given."""

    def make(**changes: object) -> Directory:
        rules = replace(RULES, **changes)
        surroundings = Surroundings(entra, lambda: tenant.state.now().timestamp())
        return Directory(graph=entra, chat=chat, rules=rules, surroundings=surroundings, now=tenant.state.now)

    return make


@pytest.fixture
def directory(build: Build) -> Directory:
    return build()
