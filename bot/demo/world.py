"""A simulated tenant and workspace, and a configuration that points the product at them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.config import Configuration, load
from bot.demo.clock import MovableClock
from bot.entra.grants import grants
from bot.reviewed import features_of
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant import story as tenant_story
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from bot.sim.workspace import Conversation, Kind, SimulatedWorkspace
from bot.sim.workspace import story as workspace_story

POLICY: Final = """\
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
escalate_to = ["S0DUTY"]
match_by = "email"

[suspend]
ticket = "INC-[0-9]{1,8}"

[phone]
region = "NL"

[enable]

[default_method]

[pass]
"""
GENERAL: Final = "C0GENERAL"
"""Where everybody of the company is."""


@dataclass(frozen=True, slots=True)
class World:
    """What the product meets outside, and the configuration that leads it there."""

    tenant: SimulatedTenant
    workspace: SimulatedWorkspace
    clock: MovableClock
    configuration: Configuration


@asynccontextmanager
async def simulated(folder: Path, *, policy: str = POLICY) -> AsyncGenerator[World]:
    """Serve the world for as long as the context lasts; *folder* takes the database and the policy."""
    clock = MovableClock()
    state = tenant_story(clock.now)
    async with (
        SimulatedTenant(state) as tenant,
        workspace_story(now=clock.seconds, rate_limited=False) as workspace,
    ):
        workspace.conversations[GENERAL] = _general(workspace)
        file = folder / "relatch.toml"
        file.write_text(policy, encoding="utf-8")
        environment = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": workspace.api_url,
            "AZURE_TENANT_ID": TENANT_ID,
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_CLIENT_SECRET": CLIENT_SECRET,
            "AZURE_AUTHORITY_HOST": tenant.url,
            "RELATCH_GRAPH_URL": tenant.url,
            "SSL_CERT_FILE": str(tenant.ca_file),
            "DATABASE_URL": f"sqlite:///{folder / 'relatch.db'}",
            "RELATCH_POLICY": str(file),
            "RELATCH_PORT": "0",
            "RELATCH_OPS_PORT": "0",
            "RELATCH_LOG_LEVEL": "ERROR",
        }
        configuration = load(environment)
        # The story proves that what `relatch entra-setup` lists is enough.
        needed = grants(features_of(configuration.policy, national=False))
        state.granted = {one.permission.value for one in needed}
        yield World(tenant, workspace, clock, configuration)


def _general(workspace: SimulatedWorkspace) -> Conversation:
    people = [one.id for one in workspace.people.values() if not one.is_restricted and not one.is_stranger]
    return Conversation(id=GENERAL, name="general", kind=Kind.PUBLIC, members=people)
