"""Who sits in front of the page, what they look at, and what they have not seen yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sim.workspace import Conversation, Kind, Message, Person, SimulatedWorkspace


@dataclass(frozen=True, slots=True)
class Seat:
    """A person, the conversation in front of them, and the thread beside it (its message's ts, or empty)."""

    person: Person
    place: Conversation
    thread: str


class NoSeat(LookupError):
    """Nobody can sit there: an unknown person, or a conversation that is not theirs."""


def seat(workspace: SimulatedWorkspace, asked: Mapping[str, str]) -> Seat:
    """Return the seat that an address asks for (``as``, ``in``, ``thread``); ``NoSeat`` if there is none."""
    people = seated(workspace)
    person = next((one for one in people if one.id == asked.get("as", people[0].id)), None)
    if person is None:
        raise NoSeat("there is no such person")
    mine = places(workspace, person)
    place = next((one for one in mine if one.id == asked.get("in", mine[0].id)), None)
    if place is None:
        raise NoSeat("that conversation is not theirs")
    return Seat(person, place, asked.get("thread", ""))


def seated(workspace: SimulatedWorkspace) -> list[Person]:
    """Return everybody whose place one may take: whoever can write to the app."""
    return [
        one for one in workspace.people.values() if not one.is_bot and not one.is_stranger and not one.deleted
    ]


def places(workspace: SimulatedWorkspace, person: Person) -> list[Conversation]:
    """Return the conversations of *person*: channels first, then the messages with the app."""
    app = workspace.dm(person.id)
    channels = [one for one in workspace.conversations.values() if one.kind is not Kind.DIRECT]
    return [one for one in channels if person.id in one.members] + [app]


def seen(workspace: SimulatedWorkspace, person: Person, place: Conversation) -> list[Message]:
    """Return what *person* sees in *place*, in order of time; threads apart."""
    private = [one for one in workspace.seen_by(person.id) if one.channel == place.id]
    return sorted([*place.messages, *private], key=lambda one: float(one.ts))


class Unseen:
    """Counts what somebody has not looked at since the page was opened."""

    def __init__(self, workspace: SimulatedWorkspace) -> None:
        self._workspace = workspace
        self._since = workspace.now()
        self._read: dict[tuple[str, str], float] = {}

    def look(self, at: Seat) -> None:
        """Note that everything at *at* has been seen."""
        times = [float(one.ts) for one in seen(self._workspace, at.person, at.place)]
        self._read[at.person.id, at.place.id] = max([self._since, *times])

    def of(self, person: Person, place: Conversation) -> int:
        """Return how much is new in *place* for *person*."""
        last = self._read.get((person.id, place.id), self._since)
        return sum(float(one.ts) > last for one in seen(self._workspace, person, place))

    def everywhere(self, person: Person) -> int:
        """Return how much is new for *person*."""
        return sum(self._each(person))

    def _each(self, person: Person) -> Iterator[int]:
        return (self.of(person, place) for place in places(self._workspace, person))
