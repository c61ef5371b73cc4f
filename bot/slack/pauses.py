"""Which channels Slack asked us to leave alone, and until when.

We do not count messages ourselves: Slack takes about one a second in a channel and short bursts, names no
number for those (Slack docs, "Rate limits"), and other processes post there too. Its 429 says exactly how
long to wait; then nobody of us asks again before.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from approvals.errors import Later, NoRoom
from approvals.ports import Clock


class Pauses:
    """The pauses that one process knows of, by channel."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    @contextmanager
    def minding(self, channel: str) -> Generator[None]:
        """Post inside; ``NoRoom`` as long as the channel is to be left alone."""
        left = self._until.get(channel, float("-inf")) - self._clock.monotonic()
        if left > 0:
            raise NoRoom("Slack asked for a pause in the channel", timedelta(seconds=left))
        self._until.pop(channel, None)
        try:
            yield
        except Later as error:
            if error.after is not None:
                self._until[channel] = self._clock.monotonic() + error.after.total_seconds()
            raise
