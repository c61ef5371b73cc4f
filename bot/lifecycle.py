"""From start to stop: what opens first, what waits for what, and how the process ends.

Putting back starts as soon as database and Entra are wired; commands are taken once it is
known which workspace is served and whom the policy protects. At a stop nothing new is taken,
what runs is finished within a bound, and the rest is left to the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Final, TypeVar

from aiohttp import web

from approvals.agenda import Do, Kind
from approvals.errors import Later, PortError
from approvals.ports import Clock
from approvals.record import Entry, Line
from approvals.runner import Runner
from approvals.vigil import Vigil
from bot import wiring
from bot.config import Configuration
from bot.observability import Event, logger
from bot.scheduler import AlarmClock
from bot.slack.people import SlackPeople
from bot.slack.server import PATH
from bot.slack.socket import Socket
from bot.sql.schema import prepared
from bot.sql.sole import sole_server
from bot.wiring import Known, Office, Opened

ANSWERS_PATIENCE: Final = timedelta(seconds=10)
"""For commands that are being answered at a stop."""
WORK_PATIENCE: Final = 25.0
"""Seconds for work under way at a stop: longer than a call that lowers protection may take."""
BEAT: Final = 30.0
"""Seconds between two signs of life."""
WAITING: Final = "service.waiting"

T = TypeVar("T")
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the process listens, once it does; in Socket Mode ``slack`` only says so."""

    slack: str
    ops: str


@asynccontextmanager
async def serving(configuration: Configuration, clock: Clock | None = None) -> AsyncGenerator[Serving]:
    """Run the bot as long as the context lasts; it takes commands once ``open_for_business`` returns.

    Raises ``ConfigurationError``, ``AlreadyServed``, ``WrongSchema``, ``Later`` for a database that
    does not answer, and ``OSError`` for a port that is taken. *clock* is for tests, which tell the time.
    """
    async with AsyncExitStack() as stack:
        url = configuration.settings.database.url
        stack.enter_context(sole_server(url.render_as_string(hide_password=False)))
        alarm = AlarmClock()
        storage = await wiring.storage(stack, configuration.settings, alarm.wake, clock)
        await prepared(storage.database)
        base = await wiring.base(stack, configuration.settings, configuration.policy, storage)
        connection = await wiring.slack(stack, configuration)
        opened = Opened(configuration=configuration, base=base, connection=connection)
        running = Serving(opened, alarm, base.runner(alarm.wake))
        stack.push_async_callback(running.stop)
        await running.start()
        yield running


class Serving:
    """A running bot; ``ops`` is where operators look at it."""

    def __init__(self, opened: Opened, alarm: AlarmClock, restores: Runner) -> None:
        self._opened = opened
        self._alarm = alarm
        self._runners = [restores]
        self._vigil = Vigil(opened.base.essentials, lambda: restores.blocked)
        self._office: Office | None = None
        self._sites: list[web.AppRunner] = []
        self._socket: Socket | None = None
        self.ops = ""
        self._open = False
        self._ticking = asyncio.Lock()
        self._beaten = float("-inf")

    async def start(self) -> None:
        """Begin to put back what is due, and answer the operators."""
        store, policy = self._opened.base.storage.store, self._opened.configuration.policy
        async with store.transaction() as tx:
            for kind in (Kind.HEAD, *((Kind.FEDERATION,) if policy.federation else ())):
                if await tx.ordered(None, kind) is None:
                    await tx.order(None, Do(kind=kind, due_at=tx.now))
            await tx.record(Entry("started", None, "relatch", {"policy_sha256": policy.sha256}))
        listen = self._opened.configuration.settings.listen
        self.ops = await self._listen(
            wiring.operations(self._opened, self._taking_commands), listen.host, listen.ops_port
        )
        self._alarm.start(self._tick)
        log.info(Event.SERVICE_STARTED, policy_sha256=policy.sha256, ops=self.ops)

    async def open_for_business(self) -> Addresses:
        """Learn what has to be known, then take commands; waits for Slack and Entra as long as it takes.

        Raises ``ConfigurationError`` when the policy protects somebody who does not exist, or
        names an exclusion group that cannot be one.
        """
        opened = self._opened
        policy = opened.configuration.policy
        home = await patiently("slack", SlackPeople(opened.connection).home)
        protected = await patiently("entra", lambda: wiring.protected(opened.base.graph, policy))
        await patiently("entra", lambda: wiring.fit_for_the_lever(opened.base.graph, policy))
        office = opened.office(Known(home, protected), self._alarm.wake)
        self._office = office
        self._vigil.page_through(lambda request, notice: office.tell.page(request, notice, None))
        office.runner.give_way(self._runners[0])
        self._runners.append(office.runner)
        self._alarm.wake()
        address = await self._enter(office.entrance)
        self._open = True
        log.info(Event.SERVICE_OPEN, slack=address)
        return Addresses(slack=address, ops=self.ops)

    async def _enter(self, entrance: web.Application | Socket) -> str:
        """Let Slack's deliveries in; return where they come."""
        match entrance:
            case Socket():
                self._socket = entrance
                await entrance.open()
                return "Socket Mode"
            case _:
                listen = self._opened.configuration.settings.listen
                return f"{await self._listen(entrance, listen.host, listen.port)}{PATH}"

    def wake(self) -> None:
        """Look at once at what is due: the clock of a simulated world was moved."""
        self._alarm.wake()

    async def next_due(self, kind: Kind) -> datetime | None:
        """Return when the next work of *kind* falls due."""
        async with self._opened.base.storage.store.transaction(writes=False) as tx:
            return await tx.next_due((kind,))

    def lines(self, *, after: int = 0) -> AsyncGenerator[Line]:
        """Go over the record behind line number *after*."""
        return self._opened.base.storage.store.lines(after=after)

    async def settled(self) -> None:
        """Return once every answer is given, and nothing is due or under way."""
        while not await self._nothing_left():
            if self._office is not None:
                await self._office.inflight.idle()
            for runner in self._runners:
                await runner.idle()

    async def _nothing_left(self) -> bool:
        """Return whether nothing runs and nobody finds anything to claim."""
        async with self._ticking:
            await self._vigil.watch()
            await self._beat()
            answering = self._office.inflight.count if self._office is not None else 0
            if answering or any(runner.busy for runner in self._runners):
                return False
            for runner in self._runners:
                await runner.tick()
                if runner.busy:
                    return False
        return True

    async def stop(self) -> None:
        """Take nothing more, finish what runs, and leave the rest to the rows."""
        log.info(Event.SERVICE_STOPPING)
        self._open = False
        for runner in self._runners:
            runner.stop_claiming()
        await self._alarm.stop()
        if self._socket is not None:
            await self._socket.close()
        for site in reversed(self._sites):
            await site.cleanup()
        cut_off = 0
        if self._office is not None:
            cut_off = await self._office.inflight.drain(ANSWERS_PATIENCE)
        for runner in self._runners:
            cut_off += await runner.drain(WORK_PATIENCE)
        log.info(Event.SERVICE_STOPPED, cut_off=cut_off)

    async def _taking_commands(self) -> None:
        if not self._open:
            raise Later("commands are not taken yet: Slack or Entra has not answered since the start")
        if self._socket is not None:
            await self._socket.check()

    async def _tick(self) -> timedelta:
        async with self._ticking:
            await self._vigil.watch()
            waits = [await runner.tick() for runner in self._runners]
            await self._beat()
        return min(waits)

    async def _beat(self) -> None:
        """Leave a sign of life, and show the gauges what the database holds."""
        base = self._opened.base
        now = base.essentials.clock.monotonic()
        if now - self._beaten < BEAT:
            return
        try:
            await base.storage.store.alive()
            counts = await base.storage.store.counts(base.essentials.policy.timing.overdue)
        except PortError as error:
            log.warning(Event.DATABASE_LOST, why=error.why)
            return
        self._beaten = now
        base.storage.metrics.refresh(
            requests={state.value: number for state, number in counts.requests.items()},
            overdue=counts.overdue,
            queue={kind.value: number for kind, number in counts.queue.items()},
            age={kind.value: age.total_seconds() for kind, age in counts.age.items()},
        )

    async def _listen(self, application: web.Application, host: str, port: int) -> str:
        site = web.AppRunner(application, access_log=None, shutdown_timeout=5.0)
        await site.setup()
        self._sites.append(site)
        await web.TCPSite(site, host, port).start()
        address, bound = site.addresses[0][:2]
        return f"http://[{address}]:{bound}" if ":" in address else f"http://{address}:{bound}"


async def patiently(name: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer: a bot that gave up at its start would put nothing back."""
    pauses = chain((1, 2, 4, 8, 15), repeat(30))
    while True:
        try:
            return await ask()
        except PortError as error:
            seconds = next(pauses)
            log.warning(WAITING, on=name, why=error.why, seconds=seconds)
            await asyncio.sleep(seconds)
