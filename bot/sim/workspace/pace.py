"""Slack's limit on posting: about one message a second in a channel, with short bursts."""

from __future__ import annotations

import math

PER_SECOND = 1.0
BURST = 5


class Pace:
    """A token bucket per channel; times are seconds of the workspace's clock."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, channel: str, now: float) -> int:
        """Take one post in *channel*: 0, or the whole seconds after which there is room again."""
        tokens, seen = self._buckets.get(channel, (float(BURST), now))
        tokens = min(BURST, tokens + max(0.0, now - seen) * PER_SECOND)
        if tokens < 1:
            self._buckets[channel] = (tokens, now)
            return math.ceil((1 - tokens) / PER_SECOND)
        self._buckets[channel] = (tokens - 1, now)
        return 0
