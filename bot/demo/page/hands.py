"""What a person does on the page, done by the simulated workspace as Slack would do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from bot.demo.page.ledger import Ledger
from bot.demo.page.seat import Seat
from bot.demo.world import World
from bot.lifecycle import Serving
from bot.sim.workspace import Actor, CannotActError, Message, NotAcknowledgedError, View
from commands.table import COMMANDS

Json = dict[str, Any]
FURTHEST: Final = timedelta(days=1)
"""The clock goes no further than this at once."""
MOMENT: Final = timedelta(milliseconds=5)
SILENT: Final = "The app did not answer. Try again."


class Hands:
    """Does what is asked; ``CannotActError`` says why a person could not do it."""

    def __init__(self, world: World, running: Serving, ledger: Ledger) -> None:
        self._world = world
        self._running = running
        self._ledger = ledger
        self.acts: Mapping[str, Callable[[Seat, Json], Awaitable[None]]] = {
            "type": self._types,
            "press": self._presses,
            "submit": self._submits,
            "close": self._closes,
            "clock": self._waits,
        }

    async def act(self, what: str, at: Seat, asked: Json) -> None:
        """Do *what*, one of ``acts``, from the seat *at*."""
        try:
            await self.acts[what](at, asked)
        except NotAcknowledgedError:
            raise CannotActError(SILENT) from None

    async def _types(self, at: Seat, asked: Json) -> None:
        line = _text(asked, "text").strip()
        actor = self._actor(at)
        command, _, rest = line.partition(" ")
        if not line:
            raise CannotActError("There is nothing to send.")
        if not line.startswith("/"):
            actor.says(line, channel=at.place.id)
        elif command not in COMMANDS:
            raise CannotActError(f"{command} is not a command here.")
        else:
            await actor.types(command, rest, channel=at.place.id, escaped=True)

    async def _presses(self, at: Seat, asked: Json) -> None:
        message = self._message(at, _text(asked, "ts"))
        await self._actor(at).presses(message, _text(asked, "block"), _text(asked, "action"))

    async def _submits(self, at: Seat, asked: Json) -> None:
        values = asked.get("values")
        if not isinstance(values, dict):
            raise CannotActError("A form has values.")
        await self._actor(at).submits(self._view(at, asked), values)

    async def _closes(self, at: Seat, asked: Json) -> None:
        await self._actor(at).closes(self._view(at, asked))

    async def _waits(self, _: Seat, asked: Json) -> None:
        minutes = asked.get("minutes")
        if isinstance(minutes, int):
            self._forward(timedelta(minutes=minutes))
        elif (coming := await self._ledger.coming()) is not None:
            self._forward(coming.at - self._world.clock.now() + MOMENT)

    def _forward(self, by: timedelta) -> None:
        self._world.clock.forward(min(by, FURTHEST))
        self._running.wake()
        self._world.workspace.changed()

    def _actor(self, at: Seat) -> Actor:
        return self._world.workspace.person(at.person.id)

    def _message(self, at: Seat, ts: str) -> Message:
        private = self._world.workspace.seen_by(at.person.id)
        found = at.place.find(ts) or next((one for one in private if one.ts == ts), None)
        if found is None:
            raise CannotActError("That message is not there any more.")
        return found

    def _view(self, at: Seat, asked: Json) -> View:
        wanted = _text(asked, "view")
        for view in self._world.workspace.views_of(at.person.id):
            if view.id == wanted:
                return view
        raise CannotActError("That form is not open any more.")


def _text(asked: Json, key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str):
        raise CannotActError(f"{key} is missing.")
    return value
