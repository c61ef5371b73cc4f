"""Deliveries that Slack signed and that are not carried out: each leaves a line in the record.

Written beside the acknowledgement, which waits for no database. The same refusal of the same account
is one line a minute, with a count.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from approvals.errors import PortError
from approvals.model import Caller, ChatId
from approvals.service import Refusal
from bot.inflight import Draining, InFlight
from bot.observability import correlated, logger

UNRECORDED: Final = "refusal.unrecorded"
SLACK: Final = Caller(ChatId("slack"), "")
"""Who sent what cannot be read: Slack, on behalf of nobody we could name."""

UNREADABLE: Final = Refusal("delivery", "The delivery cannot be read.", "Look into the log.")
REPEATED: Final = Refusal("delivery", "The delivery was seen before.", "It was carried out the first time.")
MISFILLED: Final = Refusal("grammar", "The form is filled in wrongly.", "Correct what it marks.")

log = logger(__name__)


class Ledger(Protocol):
    """Where refusals are recorded; ``approvals.service.Service`` satisfies it."""

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> object:
        """Record an attempt that failed before it reached a use case."""
        ...


@dataclass(frozen=True, slots=True)
class Refusals:
    """Has refusals recorded; one that cannot be is logged, never raised."""

    ledger: Ledger
    inflight: InFlight

    def note(self, caller: Caller, to: str, refusal: Refusal, correlation: str) -> None:
        """Have it recorded soon; a process that stops takes on nothing, refusals neither."""
        with suppress(Draining), correlated(correlation):
            self.inflight.spawn(self.record(caller, to, refusal), correlation=correlation)

    async def record(self, caller: Caller, to: str, refusal: Refusal) -> None:
        """Record it now."""
        try:
            await self.ledger.refuse(caller, to, refusal)
        except PortError as error:
            log.warning(UNRECORDED, to=to, rule=refusal.rule, why=error.why)
