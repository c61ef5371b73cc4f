"""What a command opens: the database, and for some the tenant beside it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from approvals.model import Person
from bot import reads, wiring
from bot.clock import SystemClock
from bot.config import ConfigurationError, Fault, StoreSettings, TenantSettings, load_with_policy
from bot.entra.client import GraphClient
from bot.entra.elsewhere import Surroundings
from bot.entra.users import Users
from bot.observability import Metrics, logging_to
from bot.people.statuses import Statuses
from bot.sql.schema import fitting
from bot.wiring import Base, Storage
from commands.ports import ByAddress, ById, Domains, Mailboxes


@asynccontextmanager
async def storage(settings: StoreSettings) -> AsyncGenerator[Storage]:
    """Open the database; ``WrongSchema`` unless it is current. Nothing is created for a mistyped address."""
    async with AsyncExitStack() as stack:
        stack.enter_context(_warnings(settings))
        opened = await wiring.storage(stack, settings)
        await fitting(opened.database)
        yield opened


@asynccontextmanager
async def domains() -> AsyncGenerator[Domains]:
    """Open what reads domains; no database. ``ConfigurationError`` while federation is off."""
    settings, policy = load_with_policy(TenantSettings)
    if policy.federation is None:
        raise ConfigurationError((Fault("[federation]", "nothing: the feature is off", "a table"),))
    async with AsyncExitStack() as stack:
        stack.enter_context(_warnings(settings))
        _, graph = wiring.microsoft(stack, settings, Metrics())
        yield reads.domains(settings, policy.federation, graph, SystemClock())


@asynccontextmanager
async def mailboxes() -> AsyncGenerator[Mailboxes]:
    """Open what reads mailboxes, from the sources that the policy turns on; no database."""
    async with tenant_reads() as (_, found):
        yield found


@asynccontextmanager
async def tenant_reads() -> AsyncGenerator[tuple[GraphClient, Mailboxes]]:
    """Open Graph and what reads mailboxes; no database."""
    settings, policy = load_with_policy(TenantSettings)
    async with AsyncExitStack() as stack:
        stack.enter_context(_warnings(settings))
        tokens, graph = wiring.microsoft(stack, settings, Metrics())
        client = reads.exchange(stack, settings, tokens, SystemClock())
        sources = reads.mailbox_sources(graph, client, policy.exchange)
        yield graph, reads.mailboxes(graph, sources, SystemClock())


@dataclass(frozen=True, slots=True)
class People:
    """Finds people and reads what the directory shows of them."""

    users: Users
    statuses: Statuses

    async def find(self, who: ByAddress | ById) -> Person:
        """Return the one person meant; ``Gone`` for nobody, ``Never`` for more than one."""
        found = self.users.get(who.id) if isinstance(who, ById) else self.users.find(who.address)
        return (await found).person


@asynccontextmanager
async def people() -> AsyncGenerator[People]:
    """Open what reads about people; no database."""
    settings, policy = load_with_policy(TenantSettings)
    async with AsyncExitStack() as stack:
        stack.enter_context(_warnings(settings))
        _, graph = wiring.microsoft(stack, settings, Metrics())
        protect = wiring.protect_of(policy, await wiring.protected(graph, policy))
        statuses = Statuses(graph, protect, Surroundings(graph, SystemClock().monotonic))
        yield People(Users(graph), statuses)


@asynccontextmanager
async def survey(settings: TenantSettings) -> AsyncGenerator[GraphClient]:
    """Open Graph for somebody who tells by themselves what could not be read."""
    async with AsyncExitStack() as stack:
        stack.enter_context(_logging(settings, "ERROR"))
        _, graph = wiring.microsoft(stack, settings, Metrics())
        yield graph


@asynccontextmanager
async def tenant() -> AsyncGenerator[Base]:
    """Open database and Entra, as environment and policy have them."""
    settings, policy = load_with_policy(TenantSettings)
    async with storage(settings) as opened, AsyncExitStack() as stack:
        yield await wiring.base(stack, settings, policy, opened)


def _warnings(settings: StoreSettings) -> AbstractContextManager[object]:
    # What a command has to say it prints; of the rest, an operator wants to see the warnings.
    return _logging(settings, "WARNING")


def _logging(settings: StoreSettings, level: str) -> AbstractContextManager[object]:
    return logging_to(style=settings.logs.format, level=level, secrets=settings.secrets())
