"""The simulated workspace as one thing: state, sockets, and the people in it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Self

from bot.sim.workspace.acting import Actor
from bot.sim.workspace.delivery import Courier
from bot.sim.workspace.faults import Faults
from bot.sim.workspace.server import Server
from bot.sim.workspace.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.sim.workspace.delivery import Ack
    from bot.sim.workspace.faults import Answer, Fault
    from bot.sim.workspace.model import Conversation, Group, Json, Person
    from bot.sim.workspace.world import Installation

log = logging.getLogger(__name__)


class SimulatedWorkspace(World):
    """A Slack workspace without Slack. Use as an async context.

    With ``socket_mode`` on, deliveries go through the connections that the app has opened (``links``).

    The product talks to ``api_url`` with ``bot_token`` and to the response URLs it is sent; it is spoken
    to at ``deliver_to``, which is set once its address is known.
    """

    def __init__(  # noqa: PLR0913 - a workspace is its people, groups and channels, and all have names
        self,
        installation: Installation,
        *,
        people: Iterable[Person],
        groups: Iterable[Group] = (),
        channels: Iterable[Conversation] = (),
        now: Callable[[], float] = time.time,
        rate_limited: bool = True,
    ) -> None:
        super().__init__(
            installation, people=people, groups=groups, channels=channels, now=now, rate_limited=rate_limited
        )
        self.faults = Faults()
        self.socket_mode = False
        self._courier = Courier(installation.signing_secret, now)
        self._server = Server(self, self.faults)
        log.warning("This is a simulated Slack workspace (%s): nobody real sees or approves.", self.team_id)

    async def __aenter__(self) -> Self:
        self.url = await self._server.start()
        await self._courier.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.stop()
        await self._courier.__aexit__(*error)

    @property
    def api_url(self) -> str:
        """The Web API's base address, with its slash: ``SLACK_API_URL``."""
        return f"{self.url}api/"

    @property
    def bot_token(self) -> str:
        """The app's token: ``SLACK_BOT_TOKEN``."""
        return self.installation.bot_token

    @property
    def app_token(self) -> str:
        """The app's own token, for Socket Mode: ``SLACK_APP_TOKEN``."""
        return self.installation.app_token

    @property
    def signing_secret(self) -> str:
        """What deliveries are signed with: ``SLACK_SIGNING_SECRET``."""
        return self.installation.signing_secret

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.installation.team_id

    @property
    def deliver_to(self) -> str:
        """Where the app takes Slack's requests."""
        return self._courier.deliver_to

    @deliver_to.setter
    def deliver_to(self, url: str) -> None:
        self._courier.deliver_to = url

    def person(self, user_id: str) -> Actor:
        """Return the hands of the person *user_id*; ``KeyError`` if there is none."""
        return Actor(self, self, user_id)

    def fault(
        self,
        method: str,
        answer: Answer,
        *,
        times: int | None = 1,
        where: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Arm a fault; see :meth:`bot.sim.workspace.faults.Faults.add`."""
        return self.faults.add(method, answer, times=times, where=where)

    def sign(self, raw: bytes, *, timestamp: int | None = None, secret: str | None = None) -> dict[str, str]:
        """Return the headers of a delivery of *raw*; see :meth:`bot.sim.workspace.delivery.Courier.sign`."""
        return self._courier.sign(raw, timestamp=timestamp, secret=secret)

    async def deliver(self, raw: bytes, headers: Mapping[str, str] | None = None) -> Ack:
        """POST *raw* to the app with *headers* as they are, or properly signed when there are none."""
        return await self._courier.deliver(raw, headers)

    async def command(self, form: Mapping[str, str]) -> Ack:
        """Deliver a slash command's form, as ``Actor.commanding`` made it or altered."""
        if self.socket_mode:
            return await self.links.deliver("slash_commands", dict(form))
        return await self._courier.command(form)

    async def interact(self, payload: Json) -> Ack:
        """Deliver an interaction's payload, as ``Actor.pressing`` or ``filling`` made it or altered."""
        if self.socket_mode:
            return await self.links.deliver("interactive", payload)
        return await self._courier.interact(payload)
