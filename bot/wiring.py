"""The composition root: the only module that names concrete classes and puts them together.

Everything that must be closed goes on one ``AsyncExitStack``, so that the order of closing is
the order of opening reversed. What restoring needs (``Base``) opens first and alone: a bot
whose chat is away still puts back what is due.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never
from uuid import uuid4

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from approvals.desk import Desk, Down, Essentials
from approvals.model import ChatId, PersonId
from approvals.ports import Clock, Tell
from approvals.runner import Performers, Runner, performing, putting_back
from approvals.service import Service
from bot import config, ops, reads, trust
from bot.clock import SystemClock
from bot.config import (
    Configuration,
    EntraGroup,
    HttpMode,
    PolicyFile,
    Principal,
    SlackGroup,
    SlackUser,
    SocketMode,
    StoreSettings,
    TenantSettings,
)
from bot.entra import credentials
from bot.entra.client import GraphClient
from bot.entra.elsewhere import Surroundings
from bot.entra.levers import Levers
from bot.entra.passes import EntraPasses
from bot.entra.registrar import EntraRegistrar
from bot.entra.roles import Protect, RoleRule
from bot.entra.tokens import App, Tokens, login_http
from bot.entra.users import Users
from bot.entra.wire import Wire, graph_http
from bot.exchange.client import ExchangeClient
from bot.federation.watch import FederationWatch
from bot.inflight import InFlight
from bot.observability import Metrics
from bot.ops.health import Check, Health, Probe
from bot.people import Directory, MatchBy, Principals, Rules, resolve_group, resolve_protected
from bot.reviewed import house_rules, policy_of
from bot.slack import server
from bot.slack.answers import Desk as AnswersDesk
from bot.slack.door import Door, Hall
from bot.slack.listener import Bolt, Listener
from bot.slack.notifier import Notifier
from bot.slack.pauses import Pauses
from bot.slack.people import Home, SlackPeople
from bot.slack.refusals import Refusals
from bot.slack.socket import Socket
from bot.slack.web import Web, connected
from bot.sql.deliveries import Deliveries
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from bot.watching import Watch
from commands.ports import Domains
from commands.registry import Reads, registry

OUTAGE: Final = timedelta(seconds=90)
"""Without a sign of life for this long, three times what a process leaves between two, Relatch was down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The database and what hears of its commits."""

    database: Database
    store: SqlStore
    metrics: Metrics
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What putting back needs: the database, Entra, and the policy."""

    storage: Storage
    tokens: Tokens
    graph: GraphClient
    exchange: ExchangeClient
    essentials: Essentials

    def runner(self, wake: Callable[[], None] = lambda: None) -> Runner:
        """Return what puts back, verifies and pages, with or without a chat."""
        return Runner(self.essentials, putting_back(self.essentials), wake=wake)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The whole product, once it is known which workspace it serves."""

    service: Service
    runner: Runner
    tell: Tell
    inflight: InFlight
    entrance: web.Application | Socket


def worker() -> str:
    """Return a name for this process in what it claims."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


async def storage(
    stack: AsyncExitStack,
    settings: StoreSettings,
    wake: Callable[[], None] = lambda: None,
    clock: Clock | None = None,
) -> Storage:
    """Open the database; nothing is asked of it yet. *clock* is for tests, which tell the time."""
    metrics = Metrics()
    database = Database(settings.database.url.render_as_string(hide_password=False))
    stack.push_async_callback(database.close)
    told = clock or SystemClock()
    # Replicas on one PostgreSQL agree on the time because each asks the database for it.
    telling = told.now if clock or database.sqlite else None
    watch = Watch(metrics, wake)
    store = SqlStore(database, worker=worker(), clock=telling, committed=watch.committed)
    return Storage(database=database, store=store, metrics=metrics, clock=told)


async def base(stack: AsyncExitStack, settings: TenantSettings, policy: PolicyFile, opened: Storage) -> Base:
    """Add Entra to an opened database that has the current schema."""
    tokens, graph = microsoft(stack, settings, opened.metrics, opened.clock)
    essentials = Essentials(
        store=opened.store,
        target=Levers(graph),
        passes=EntraPasses(graph),
        clock=opened.clock,
        observer=Watch(opened.metrics, lambda: None),
        policy=policy_of(policy),
        correlation=lambda: str(uuid4()),
        down=await outage(opened.store),
    )
    exchange = reads.exchange(stack, settings, tokens, opened.clock)
    return Base(storage=opened, tokens=tokens, graph=graph, exchange=exchange, essentials=essentials)


def microsoft(
    stack: AsyncExitStack, settings: TenantSettings, metrics: Metrics, clock: Clock | None = None
) -> tuple[Tokens, GraphClient]:
    """Open Entra alone; nothing is asked of it yet."""
    told = clock or SystemClock()
    tls = trust.trusting(settings.network.ca_file)
    entra = settings.entra
    app = App(
        tenant=entra.tenant_id,
        client_id=entra.client_id,
        authority=entra.authority,
        credential=credential_of(settings),
    )
    tokens = Tokens(app, login_http(tls), monotonic=told.monotonic, now=told.now)
    stack.push_async_callback(tokens.aclose)
    signed = tokens.of(entra.graph)
    graph = GraphClient(entra.graph, Wire(signed, graph_http(tls), observe=metrics.called, now=told.now))
    stack.push_async_callback(graph.aclose)
    return tokens, graph


async def outage(store: SqlStore) -> Down | None:
    """Return since when no process was up, if that was long enough to tell people."""
    last = await store.last_alive()
    async with store.transaction(writes=False) as tx:
        now = tx.now
    return Down(last, now) if last is not None and now - last > OUTAGE else None


async def slack(stack: AsyncExitStack, configuration: Configuration) -> Web:
    """Open the connection to Slack; nothing is asked of it yet."""
    settings = configuration.settings
    token = settings.slack.bot_token.get_secret_value()
    tls = trust.trusting(settings.network.ca_file)
    return await stack.enter_async_context(connected(token, settings.slack.api_url, tls))


async def fit_for_the_lever(graph: GraphClient, policy: PolicyFile) -> None:
    """Raise ``ConfigurationError`` for an exclusion group that cannot be one."""
    fault = await resolve_group(graph, policy.suspend.group)
    if fault is not None:
        raise config.ConfigurationError((fault,))


async def protected(graph: GraphClient, policy: PolicyFile) -> frozenset[PersonId]:
    """Resolve the people protected by name; ``ConfigurationError`` for one who is nobody."""
    found = await resolve_protected(Users(graph), policy.protect.users)
    if isinstance(found, tuple):
        raise config.ConfigurationError(found)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """What is learned from outside at the start."""

    home: Home
    protected: frozenset[PersonId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Everything that is open before it is known which workspace is served."""

    configuration: Configuration
    base: Base
    connection: Web

    def office(self, known: Known, wake: Callable[[], None]) -> Office:
        """Put the whole product together."""
        clock = self.base.essentials.clock
        tell = Notifier(self.connection, house_rules(self.configuration.policy), clock, Pauses(clock))
        desk, directory = self._desk(known, tell)
        domains, watching = self._domains(tell)
        service, inflight = Service(desk), InFlight()
        listener = Listener(
            conversation=registry(service, directory, desk.clock, self._reads(domains)),
            deliveries=Deliveries(self.base.storage.database, desk.clock.now),
            desk=AnswersDesk(self.connection, house_rules(self.configuration.policy), desk.clock),
            inflight=inflight,
            refusals=Refusals(service, inflight),
        )
        hall = Hall(correlation=lambda: uuid4().hex[:12], behind=Bolt(listener, known.home))
        return Office(
            service=service,
            runner=Runner(desk, {**performing(desk), **watching}, wake=wake),
            tell=desk.tell,
            inflight=inflight,
            entrance=self._entrance(hall),
        )

    def _entrance(self, hall: Hall) -> web.Application | Socket:
        """Return what Slack's deliveries come through: signed requests, or connections that we open."""
        observe = self.base.storage.metrics.acknowledged
        match self.configuration.settings.transport:
            case HttpMode(signing_secret=secret):
                door = Door(secret.get_secret_value(), self.base.essentials.clock, hall)
                return server.application(door, observe)
            case SocketMode(app_token=token):
                return Socket(self.connection, token.get_secret_value(), hall, observe)
            case never:
                assert_never(never)

    def _reads(self, domains: Domains | None) -> Reads:
        base = self.base
        sources = reads.mailbox_sources(base.graph, base.exchange, self.configuration.policy.exchange)
        mailboxes = reads.mailboxes(base.graph, sources, base.essentials.clock)
        return Reads(
            domains=domains,
            mailboxes=mailboxes,
            registrations=reads.registrations(base.graph, base.essentials.clock),
            habits=reads.habits_of(self.configuration.policy),
        )

    def _desk(self, known: Known, tell: Notifier) -> tuple[Desk, Directory]:
        policy, essentials = self.configuration.policy, self.base.essentials
        directory = Directory(
            graph=self.base.graph,
            chat=SlackPeople(self.connection),
            rules=rules_of(policy, known),
            surroundings=Surroundings(self.base.graph, essentials.clock.monotonic, essentials.policy.means),
            now=essentials.clock.now,
        )
        registrar = EntraRegistrar(self.base.graph, essentials.target)
        return Desk.of(essentials, directory, registrar, tell), directory

    def _domains(self, announce: Notifier) -> tuple[Domains | None, Performers]:
        """Return what answers about domains and watches over them; nothing while federation is off."""
        federation, base = self.configuration.policy.federation, self.base
        if federation is None:
            return None, {}
        found = reads.domains(self.configuration.settings, federation, base.graph, base.essentials.clock)
        watch = FederationWatch(
            store=base.storage.store,
            domains=found,
            announce=announce,
            thresholds=reads.thresholds_of(federation),
        )
        return found, watch.performers


def operations(opened: Opened, taking_commands: Check) -> web.Application:
    """Return health, readiness and metrics."""
    base, people = opened.base, SlackPeople(opened.connection)
    store, scope = base.storage.store, f"{opened.configuration.settings.entra.graph}/.default"

    async def database() -> None:
        async with store.transaction(writes=False) as tx:
            await tx.head()

    probes = {
        "commands": Probe(taking_commands),
        "database": Probe(database),
        "entra": Probe(lambda: base.tokens.token(scope), once=True),
        "slack": Probe(people.home, once=True),
    }
    handler = make_aiohttp_handler(base.storage.metrics.registry)
    return ops.application(Health(probes, base.essentials.clock.monotonic), handler)


def credential_of(settings: TenantSettings) -> credentials.Credential:
    """Return what the app registration proves itself with."""
    match settings.credential:
        case config.ClientSecret(secret=secret):
            return credentials.Secret(secret.get_secret_value())
        case config.Certificate(path=path, password=password):
            return credentials.Certificate(path, password.get_secret_value() if password else "")
        case config.FederatedToken(path=path):
            return credentials.FederatedFile(path)
        case never:
            assert_never(never)


def rules_of(file: PolicyFile, known: Known) -> Rules:
    """Return who may do what, and who is protected."""
    people = file.people
    return Rules(
        home=known.home.team,
        requesters=_principals(people.requesters),
        approvers=_principals(people.approvers),
        match_by=MatchBy(people.match_by),
        table={ChatId(chat): key for chat, key in people.table.items()},
        protect=protect_of(file, known.protected),
    )


def protect_of(file: PolicyFile, people: frozenset[PersonId]) -> Protect:
    """Return who is protected; *people* are those that the policy names, by id."""
    rules = file.protect
    return Protect(roles=RoleRule(rules.roles), groups=frozenset(rules.groups), users=people)


def _principals(listed: tuple[Principal, ...]) -> Principals:
    return Principals(
        users=frozenset(ChatId(one.id) for one in listed if isinstance(one, SlackUser)),
        usergroups=frozenset(one.id for one in listed if isinstance(one, SlackGroup)),
        groups=frozenset(one.id for one in listed if isinstance(one, EntraGroup)),
    )
