"""What is left when all is over, held against the promises.

The product is not asked: the tenant knows what was changed, the workspace what was said, and
the database is read past the store.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from approvals.agenda import Kind
from approvals.model import Outcome
from approvals.record import Line, Verification, Whole
from bot.sim.tenant.journal import Received
from bot.sim.workspace import Ephemeral, Message
from bot.sql.store import SqlStore
from tests.faults.place import CHANNEL, HANNA, Place
from tests.world.rows import Rows

ON_ITS_WAY: Final = timedelta(seconds=2)
"""A change that was sent a moment before its end was ordered may arrive this much later."""
BEYOND: Final = frozenset(
    {"unconfirmed", "restoring", "restore ordered", "putting back", "restored", "closed_as_is", "failed"}
)
"""Lines of the record after which nothing is lowered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record."""

    at: datetime
    event: str
    request: int | None
    facts: dict[str, Any]


class Aftermath:
    """Looks over a place once; ``broken`` is empty when every promise was kept."""

    def __init__(self, place: Place, subjects: list[str], lines: list[Line]) -> None:
        self._place = place
        self._subjects = subjects
        with Rows(place.database.engine.url) as rows:
            self._requests = rows("select id, state, outcome from request order by id")
            self._work = rows("select kind, request_id, last_error from work order by id")
        self._lines = lines
        self.entries = [_entry(line) for line in lines]

    @classmethod
    async def of(cls, place: Place, subjects: list[str]) -> Aftermath:
        """Take stock now; no process may be at work any more."""
        store = SqlStore(place.database, worker="aftermath", clock=lambda: datetime.now(UTC))
        return cls(place, subjects, [line async for line in store.lines()])

    def broken(self) -> list[str]:
        return [*self._tenant(), *self._lowered(), *self._closed(), *self._told(), *self._whole()]

    def cards_twice(self) -> int:
        """Return how many cards were posted once more than they should."""
        labels = Counter(
            _label(one) for one in self._place.workspace.channel(CHANNEL).messages if _is_card(one)
        )
        return sum(labels.values()) - len(labels)

    def said_twice(self) -> int:
        """Return how many other messages stand somewhere twice, word for word."""
        said = Counter(
            (one.channel, one.thread_ts, one.text)
            for one in self._place.workspace.everything()
            if not isinstance(one, Ephemeral) and not _is_card(one)
        )
        return sum(said.values()) - len(said)

    def _tenant(self) -> Iterator[str]:
        """Everybody is protected as before: all were enforced, and nothing is stronger."""
        for subject in self._subjects:
            if (found := self._place.tenant.state.mfa(subject)) != "enforced":
                yield f"{subject} was left with {found}"

    def _lowered(self) -> Iterator[str]:
        """Lowering is sent once, for an approval on record, and never after its end was ordered."""
        sent = [one for one in self._place.tenant.state.journal.requests if _lowers(one)]
        requests = Counter[int | None]()
        for one in sent:
            ours = [
                entry
                for entry in self.entries
                if entry.facts.get("client_request_id") == one.client_request_id
            ]
            if [entry.event for entry in ours] != ["lowering"]:
                yield f"{one.path} was lowered off the record"
                continue
            requests[ours[0].request] += 1
            about = [entry for entry in self.entries if entry.request == ours[0].request]
            if "applying" not in {entry.event for entry in about}:
                yield f"R-{ours[0].request} was lowered without an approval"
            if any(entry.event in BEYOND and entry.at + ON_ITS_WAY < one.at for entry in about):
                yield f"R-{ours[0].request} was lowered after its end was ordered"
        yield from (
            f"R-{request} was lowered {times} times" for request, times in requests.items() if times > 1
        )

    def _closed(self) -> Iterator[str]:
        for request, state, _ in self._requests:
            if state != "closed":
                yield f"R-{request} is still {state}"
        for kind, request, error in self._work:
            if kind != Kind.HEAD:
                yield f"{kind} of R-{request} was left behind ({error})"

    def _told(self) -> Iterator[str]:
        """The card shows how each request ended, and its requester was told."""
        workspace = self._place.workspace
        cards = {_label(one): one for one in workspace.channel(CHANNEL).messages if _is_card(one)}
        directs = [one.text for one in workspace.dm(HANNA).messages]
        for number, _, outcome in self._requests:
            label = f"R-{number}"
            card = cards.get(label)
            if card is None or f"*{outcome}*" not in card.text:
                yield f"the card of {label} shows {card and card.text!r} instead of {outcome}"
            told = any(one.startswith(f"{label}: ") and f"*{outcome}*" in one.lower() for one in directs)
            if not told and outcome != Outcome.DONE:
                yield f"the requester of {label} never heard that it is {outcome}"

    def _whole(self) -> Iterator[str]:
        verification = Verification()
        for line in self._lines:
            if fault := verification.see(line):
                yield f"the record is broken: {fault}"
        if not isinstance(verification.result(), Whole):
            yield f"the record is broken: {verification.result()}"


def _lowers(one: Received) -> bool:
    """Tell a change that Graph took up; one that it did not let in (401) was not made."""
    return one.method == "PATCH" and one.body == {"perUserMfaState": "disabled"} and one.status != 401


def _entry(line: Line) -> Entry:
    read = json.loads(line.text)
    return Entry(datetime.fromisoformat(read["at"]), read["event"], read["request"], read["facts"])


def _label(card: Message) -> str:
    return card.text.partition(" ")[0]


def _is_card(message: Message) -> bool:
    return message.thread_ts is None and message.text.startswith("R-") and "\nAsked by" in message.text
