"""The single sign-on test without a password: its steps side by side, as far as they can be.

::

    settings ──┬─► host: DNS ─► TCP ─► TLS ─┬─► metadata
               │                            ├─► mex
    realm ─────┤ (where Graph fails)        └─► sign-in page
               └─► what both say together
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from approvals.errors import Gone, Later, Never
from approvals.ports import Clock
from bot.entra.client import GraphClient
from bot.entra.domains import Sourced, Sources, read_domain_of, unread
from bot.federation.board import Board, Found
from bot.federation.conclusions import Learned, conclude
from bot.federation.fetch import Place
from bot.federation.health import Moment
from bot.federation.network import Network
from bot.federation.realm import Realms
from bot.federation.steps import find_addresses, get_metadata, get_mex, get_passive, reach
from bot.federation.targets import Host, Page, Targets, from_realm, targets
from bot.federation.tls import look
from bot.federation.views import view
from commands.domain_names import DomainName
from commands.federation_model import (
    Domain,
    DomainCheck,
    DomainView,
    Finding,
    Grade,
    NameSpace,
    NotTested,
    Realm,
    StepKind,
    Thresholds,
    Unread,
)

GRAPH_SECONDS: Final = 8.0
_PASSWORD: Final = "never give a bot a password. The Remote Connectivity Analyzer tests it."  # noqa: S105 - words, not a password
_SETTINGS: Final = (StepKind.SETTINGS, "")
_REALM: Final = (StepKind.REALM, "")
_OUTSIDE: Final = (
    StepKind.DNS,
    StepKind.TCP,
    StepKind.TLS,
    StepKind.METADATA,
    StepKind.MEX,
    StepKind.PASSIVE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a check works with."""

    graph: GraphClient
    realms: Realms
    network: Network
    clock: Clock
    thresholds: Thresholds


async def check(means: Means, name: DomainName) -> AsyncIterator[DomainCheck]:
    """Yield the check of *name* as far as it has come; see ``commands.ports.Domains``."""
    board = Board(name, means.clock)
    run = _Run(means, name, board)
    working = asyncio.create_task(run.within_time(), name=f"check {name}")
    working.add_done_callback(lambda _: board.wake())
    try:
        while not working.done():
            yield board.snapshot(finished=False)
            await board.changed()
        working.result()
        yield board.snapshot(finished=True)
    finally:
        working.cancel()
        await asyncio.wait([working])


_Known: TypeAlias = tuple[Domain, Sources]


@dataclass(slots=True)
class _Run:
    """One check under way, and what it has learned so far."""

    means: Means
    name: DomainName
    board: Board
    view: DomainView | None = None
    learned: Learned = field(default_factory=Learned)

    async def within_time(self) -> None:
        """Do everything that there is time for, and say what follows from it."""
        seconds = self.means.network.limits.check
        try:
            async with asyncio.timeout(seconds):
                await self._steps()
        except TimeoutError:
            self.board.late(f"The {seconds:g} seconds of a check were over.")
        if self.view is not None:
            moment = Moment(self.board.now, self.means.thresholds)
            self.board.conclude(conclude(self.view, moment, self.learned))

    async def _steps(self) -> None:
        self.board.plan(_SETTINGS, _REALM)
        self.board.settle((StepKind.PASSWORD, ""), NotTested(_PASSWORD))
        async with asyncio.TaskGroup() as group:
            realm = group.create_task(self._discover())
            known = await self._settings()
            if isinstance(known, Gone):
                realm.cancel()
            else:
                group.create_task(self._put_together(known, realm))
                await self._outside(known, realm)
        if isinstance(known, Gone):
            raise known

    async def _settings(self) -> _Known | Unread | Gone:
        """Ask Graph; ``Gone`` is handed on as a value, since a group of tasks would wrap it."""
        found = await self.board.test(_SETTINGS, f"Graph was asked for {self.name}", self._asked())
        return found or Unread("Graph did not answer")

    async def _asked(self) -> Found[_Known | Gone]:
        try:
            async with asyncio.timeout(GRAPH_SECONDS):
                known = await read_domain_of(self.means.graph, self.name)
        except Gone as error:
            return Found((Finding(Grade.WRONG, "This tenant has no such domain."),), error)
        except (Later, Never) as error:
            why = unread(error)
            return Found((Finding(Grade.WARNING, why.why, why.what_to_do),), None)
        except TimeoutError:
            late = Finding(Grade.WARNING, f"Graph did not answer within {GRAPH_SECONDS:g} s.", "Try again.")
            return Found((late,), None)
        return Found(_about(known), known)

    async def _discover(self) -> Realm | Unread:
        found = await self.board.test(_REALM, "both endpoints of realm discovery", self._discovered())
        return found or Unread("realm discovery did not answer")

    async def _discovered(self) -> Found[Realm | Unread]:
        realm = await self.means.realms.discover(self.name)
        return Found(_about_realm(realm), realm)

    async def _put_together(self, known: _Known | Unread, realm: asyncio.Task[Realm | Unread]) -> None:
        if not isinstance(known, Unread):
            moment = Moment(self.board.now, self.means.thresholds)
            self.view = view(*known, await realm, moment)
            self.board.show(self.view)

    async def _outside(self, known: _Known | Unread, realm: asyncio.Task[Realm | Unread]) -> None:
        plan = await _targets(known, realm)
        if plan is None:
            for kind in _OUTSIDE:
                self.board.settle((kind, ""), NotTested("No federation service is known for this domain."))
            return
        self.learned.product = plan.product
        for key, outcome in plan.settled:
            self.board.settle(key, outcome)
        for host in plan.hosts:
            self.board.plan(*host.keys)
        async with asyncio.TaskGroup() as group:
            for host in plan.hosts:
                group.create_task(self._host(host))

    async def _host(self, host: Host) -> None:
        place = await self._place(host)
        if place is None:
            return
        async with asyncio.TaskGroup() as group:
            for page in host.pages:
                group.create_task(self._page(place, page))

    async def _place(self, host: Host) -> Place | None:
        """Find the way to *host*, one step after the other; leave out the rest when one fails."""
        network, board, shown = self.means.network, self.board, host.shown
        addresses = await board.test(
            (StepKind.DNS, shown), f"addresses of {host.name}", find_addresses(network, host.name)
        )
        if addresses is None:
            board.skip(host.keys, f"{host.name} has no address to connect to.")
            return None
        server = await board.test(
            (StepKind.TCP, shown), f"connections to port {host.port}", reach(network, host, addresses)
        )
        if server is None:
            board.skip(host.keys, f"{shown} takes no connection.")
            return None
        trust = await board.test(
            (StepKind.TLS, shown),
            f"a handshake with {server.address} as {host.name}",
            look(network, server, Moment(self.board.now, self.means.thresholds)),
        )
        if trust is None:
            board.skip(host.keys, f"The TLS of {shown} is not trusted; nothing is asked over it.")
            return None
        return Place(network, server.address, trust)

    async def _page(self, place: Place, page: Page) -> None:
        board, learned, url = self.board, self.learned, page.url
        match page.kind:
            case StepKind.METADATA:
                learned.metadata = await board.test(page.key, f"GET {url}", get_metadata(place, url))
            case StepKind.MEX:
                learned.mex = await board.test(page.key, f"GET {url}", get_mex(place, url, learned.product))
            case _:
                await board.test(page.key, f"GET {url}", get_passive(place, url, learned.product))


async def _targets(known: _Known | Unread, realm: asyncio.Task[Realm | Unread]) -> Targets | None:
    """Return what to ask whom; where Graph does not say, realm discovery has to."""
    match known:
        case (_, Sourced(configuration=configuration)):
            return targets(configuration)
        case (_, None):
            return None
        case _:
            found = await realm
    if isinstance(found, Unread) or found.name_space is not NameSpace.FEDERATED:
        return None
    return targets(from_realm(found))


def _about(known: _Known) -> tuple[Finding, ...]:
    domain, sources = known
    match sources:
        case None:
            return (Finding(Grade.GOOD, f"{domain.shown} is {domain.authentication or 'of no known kind'}."),)
        case Unread(why=why, what_to_do=what_to_do):
            return (Finding(Grade.WRONG, why, what_to_do),)
        case Sourced(source=source):
            inherited = "" if source == domain.name else f", with the settings of {source}"
            return (Finding(Grade.GOOD, f"{domain.shown} is federated{inherited}."),)


def _about_realm(realm: Realm | Unread) -> tuple[Finding, ...]:
    if isinstance(realm, Unread):
        return (Finding(Grade.WARNING, realm.why, realm.what_to_do),)
    grade = Grade.WRONG if realm.name_space is NameSpace.UNKNOWN else Grade.GOOD
    said = Finding(grade, f"{realm.name_space}: people are sent to {realm.destination}.")
    return (said, *(Finding(Grade.NOTE, one.why, one.what_to_do) for one in realm.unread))
