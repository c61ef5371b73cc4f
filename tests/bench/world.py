"""The product on real sockets and a real database, before a simulated Slack and a simulated Entra."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant import story as tenant_story
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace import story as workspace_story
from bot.sim.workspace.model import Ephemeral

POLICY = """\
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
match_by = "email"

[suspend]
shortest = "1s"
default = "1h"
longest = "4h"
"""
INTERIM = "Looking"


@dataclass(frozen=True, slots=True)
class World:
    """What the product meets, and the environment that leads it there."""

    tenant: SimulatedTenant
    workspace: SimulatedWorkspace
    environment: Mapping[str, str]

    def answers(self, person: str = "U0HANNA") -> list[Ephemeral]:
        """Return every answer that *person* alone has got; those that say "wait" do not count."""
        shown = self.workspace.seen_by(person)
        return [one for one in shown if not one.text.startswith(INTERIM)]


@asynccontextmanager
async def world(folder: Path, database: str, state: Tenant | None = None) -> AsyncIterator[World]:
    """Serve the world as long as the context lasts; *folder* takes the policy."""
    async with (
        SimulatedTenant(state or tenant_story()) as tenant,
        workspace_story(rate_limited=False) as workspace,
    ):
        policy = folder / "relatch.toml"
        policy.write_text(POLICY, encoding="utf-8")
        yield World(
            tenant,
            workspace,
            {
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "SLACK_API_URL": workspace.api_url,
                "AZURE_TENANT_ID": TENANT_ID,
                "AZURE_CLIENT_ID": CLIENT_ID,
                "AZURE_CLIENT_SECRET": CLIENT_SECRET,
                "AZURE_AUTHORITY_HOST": tenant.url,
                "RELATCH_GRAPH_URL": tenant.url,
                "SSL_CERT_FILE": str(tenant.ca_file),
                "DATABASE_URL": database,
                "RELATCH_POLICY": str(policy),
                "RELATCH_PORT": "0",
                "RELATCH_OPS_PORT": "0",
                "RELATCH_LOG_LEVEL": "ERROR",
            },
        )
