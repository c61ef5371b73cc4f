"""A house of its own for each scenario: tenant, workspace, clock, database, and the product in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession

from approvals.record import Line, Verification, Whole
from bot.config import Configuration, load
from bot.sim.tenant import Group, SimulatedTenant
from bot.sim.tenant import story as tenant_story
from bot.sim.tenant.journal import Received
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, LEE, TENANT_ID
from bot.sim.workspace import Actor, Message, SimulatedWorkspace, transcript
from bot.sim.workspace import story as workspace_story
from bot.sim.workspace.model import elements
from tests.scenario.clock import Clock
from tests.scenario.process import Process, marked_tasks
from tests.scenario.secrecy import Logs, found_in, in_channel, in_database, logged, secrets_of

CHANNEL: Final = "C0APPROVALS"
HANNA, OMAR, NOOR, LEES = "U0HANNA", "U0OMAR", "U0NOOR", "U0LEE"
ASKS: Final = "disable lee@contoso.com for 1h ticket INC-48211 because phone broken"

POLICY: Final = """\
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
escalate_to = ["S0DUTY"]
match_by = "email"

[suspend]
"""


@dataclass(frozen=True, slots=True)
class World:
    """What is outside the product."""

    tenant: SimulatedTenant
    workspace: SimulatedWorkspace
    clock: Clock
    logs: Logs


class House:
    """What a test moves and looks at. Whoever acts sees the outcome: every act waits until all is quiet."""

    def __init__(self, world: World, configuration: Configuration) -> None:
        self.tenant = world.tenant
        self.workspace = world.workspace
        self.clock = world.clock
        self.logs = world.logs
        self.configuration = configuration
        self.process = Process(configuration, self.clock)
        self.ops = ""

    # The product

    async def opens(self) -> None:
        """Start a process that takes commands."""
        await self.process.start()
        addresses = await self.process.open()
        self.workspace.deliver_to, self.ops = addresses.slack, addresses.ops
        await self.settled()

    async def crashes(self) -> None:
        """Let the process die where it is; the next one is not started yet."""
        await self.process.die()
        self.process = Process(self.configuration, self.clock)

    async def settled(self) -> None:
        await self.process.settled()

    async def advance(self, **by: float) -> None:
        """Let time pass, and what falls due be done."""
        self.clock.move(**by)
        await self.settled()

    async def until(self, found: Callable[[], object]) -> None:
        """Wait for what happens outside, or while something is held up on purpose."""
        async with asyncio.timeout(5):
            while not found():  # noqa: ASYNC110  # what is waited for rings no bell
                await asyncio.sleep(0)

    # People

    def person(self, who: str) -> Actor:
        return self.workspace.person(who)

    async def types(self, who: str, text: str, *, command: str = "/mfa", escaped: bool = False) -> str:
        """Let *who* type a command; return the answer that only they see."""
        ack = await self.person(who).types(command, text, escaped=escaped)
        assert (ack.status, ack.body) == (200, "")
        await self.settled()
        return self.private(who)

    async def presses(self, who: str, message: Message, label: str) -> str:
        """Let *who* press a button; return the answer that only they see."""
        ack = await self.person(who).clicks(message, label)
        assert (ack.status, ack.body) == (200, "")
        await self.settled()
        return self.private(who)

    async def submits(self, who: str, answers: Mapping[str, object]) -> str:
        """Let *who* send off the form in front of them; return what they are told in person."""
        actor = self.person(who)
        await actor.submits(actor.view, answers)
        await self.settled()
        return self.direct(who)

    async def asks(self, who: str = HANNA, text: str = ASKS) -> Message:
        """Let *who* ask for a suspension; return its card."""
        answer = await self.types(who, text)
        assert " sent to #mfa-approvals" in answer, answer
        return self.card(answer.partition(" ")[0])

    async def suspended(self) -> Message:
        """Let Lee's MFA be suspended for an hour; return the card."""
        card = await self.asks()
        await self.presses(OMAR, card, "Approve")
        assert self.mfa() == "disabled"
        return card

    # What is to be seen

    def private(self, who: str) -> str:
        """Return the newest of what only *who* sees."""
        seen = self.workspace.seen_by(who)
        return self.reads(seen[-1]) if seen else ""

    def directs(self, who: str) -> list[str]:
        """Return what *who* was told in person, the oldest first."""
        return [self.reads(message) for message in self.workspace.dm(who).messages]

    def direct(self, who: str) -> str:
        """Return the last that *who* was told in person."""
        return (self.directs(who) or [""])[-1]

    def card(self, label: str = "R-1") -> Message:
        """Return the card of the request *label*."""
        [card] = [one for one in self.cards() if one.text.startswith(f"{label} ")]
        return card

    def cards(self) -> list[Message]:
        return [
            one for one in self.workspace.channel(CHANNEL).messages if " · " in one.text.partition("\n")[0]
        ]

    def thread(self, label: str = "R-1") -> list[str]:
        """Return the lines under the card of *label*."""
        return [self.reads(one) for one in self.workspace.channel(CHANNEL).thread(self.card(label).ts)]

    def pages(self) -> int:
        """Return how often the people on duty were called in the channel."""
        return sum("S0DUTY" in post.mentions for post in self.workspace.channel(CHANNEL).posts)

    def reads(self, message: Message) -> str:
        """Return what a person reads in *message*."""
        return "\n".join(transcript.message(message, self.workspace.names))

    def shown(self, label: str = "R-1") -> str:
        """Return what the card of *label* says."""
        return self.reads(self.card(label))

    def buttons(self, message: Message) -> list[str]:
        """Return what can be pressed in *message*."""
        return [one["text"]["text"] for _, one in elements(message.blocks) if one["type"] == "button"]

    def touches(self, who: str) -> list[Received]:
        """Return what was asked of Graph about the MFA state of *who*, object id, the oldest first."""
        path = f"/users/{who}/authentication/requirements"
        return [one for one in self.tenant.state.journal.requests if one.path == path]

    async def scrape(self) -> dict[str, float]:
        """Return what the metrics say, by name and labels as they are exposed."""
        async with ClientSession() as session, session.get(f"{self.ops}/metrics") as answer:
            text = await answer.text()
        rows = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in rows}

    def mfa(self, who: str = LEE) -> str:
        """Return the truth about somebody's MFA."""
        return self.tenant.state.mfa(who)

    async def lines(self) -> Sequence[dict[str, Any]]:
        """Return the record, after proving that it is whole."""
        verification, lines = Verification(), list[Line]()
        async for line in self.process.serving.lines():
            assert verification.see(line) is None
            lines.append(line)
        assert isinstance(verification.result(), Whole)
        return [json.loads(line.text) for line in lines]

    async def events(self) -> list[str]:
        """Return what the record tells, in a word or two each."""
        return [line["event"] for line in await self.lines()]

    async def refusals(self) -> list[tuple[str, str]]:
        """Return who was refused by which rule."""
        return [
            (line["actor"], line["facts"]["rule"])
            for line in await self.lines()
            if line["event"] == "refused"
        ]


@asynccontextmanager
async def house(
    folder: Path,
    database_url: str,
    policy: str = POLICY,
    *,
    socket: bool = False,
    groups: Sequence[Group] = (),
) -> AsyncGenerator[House]:
    """Open a house for as long as the context lasts; at the end no secret may have got about.

    With *socket* Slack's deliveries come through Socket Mode instead of HTTP.
    """
    file = folder / "relatch.toml"
    file.write_text(policy, encoding="utf-8")
    async with _world() as world:
        world.workspace.socket_mode = socket
        world.tenant.state.add(*groups)
        configuration = load(_environment(world, database_url, file))
        opened = House(world, configuration)
        await opened.opens()
        yield opened
        assert await leaks(opened) == {}
        await opened.process.stop()


@asynccontextmanager
async def _world() -> AsyncGenerator[World]:
    clock = Clock()
    with logged() as logs, marked_tasks():
        async with (
            SimulatedTenant(tenant_story(clock.now)) as tenant,
            workspace_story(now=clock.seconds, rate_limited=False) as workspace,
        ):
            yield World(tenant, workspace, clock, logs)


def _environment(world: World, database_url: str, policy: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": world.workspace.bot_token,
        **_way(world.workspace),
        "SLACK_API_URL": world.workspace.api_url,
        "AZURE_TENANT_ID": TENANT_ID,
        "AZURE_CLIENT_ID": CLIENT_ID,
        "AZURE_CLIENT_SECRET": CLIENT_SECRET,
        "AZURE_AUTHORITY_HOST": world.tenant.url,
        "RELATCH_GRAPH_URL": world.tenant.url,
        "SSL_CERT_FILE": str(world.tenant.ca_file),
        "DATABASE_URL": database_url,
        "RELATCH_POLICY": str(policy),
        "RELATCH_PORT": "0",
        "RELATCH_OPS_PORT": "0",
    }


def _way(workspace: SimulatedWorkspace) -> dict[str, str]:
    """Return the setting by which deliveries are taken."""
    if workspace.socket_mode:
        return {"SLACK_APP_TOKEN": workspace.app_token}
    return {"SLACK_SIGNING_SECRET": workspace.signing_secret}


async def leaks(opened: House) -> dict[str, set[str]]:
    """Look for every secret wherever it must not be; return where which were found."""
    secrets = secrets_of(opened.tenant, opened.workspace)
    texts = {
        "the log": opened.logs.text,
        "what was handed to the logger": "\n".join(opened.logs.handed),
        "the record": json.dumps(await opened.lines()),
        "the database": in_database(opened.configuration.settings.database.url),
        "the channel": in_channel(opened.workspace, CHANNEL),
    }
    return {where: leaked for where, text in texts.items() if (leaked := found_in(text, secrets))}
