"""What is printed: spreads of measured times, and each goal beside what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """Of many times, in seconds: the middle, the 99th of a hundred, and the worst."""

    count: int
    median: float
    p99: float
    worst: float

    def __str__(self) -> str:
        return (
            f"median {self.median * 1000:.2f} ms, p99 {self.p99 * 1000:.1f} ms, "
            f"max {self.worst * 1000:.1f} ms ({self.count} times)"
        )


def spread(seconds: Sequence[float]) -> Spread:
    """Sum up *seconds*; the percentile is a value that was measured, not one between two."""
    if not seconds:
        raise ValueError("nothing was measured")
    ordered = sorted(seconds)
    return Spread(len(ordered), median(ordered), ordered[math.ceil(0.99 * len(ordered)) - 1], ordered[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A goal and how near it was: a ratio of 1 is just met, above it is missed."""

    what: str
    goal: str
    measured: str
    ratio: float

    @property
    def met(self) -> bool:
        """Whether the goal was reached in this run."""
        return self.ratio <= 1


def table(findings: Sequence[Finding]) -> str:
    """Return *findings* as a Markdown table."""
    head = ["| what | goal | measured | of the goal | |", "|---|---|---|---|---|"]
    rows = [
        f"| {one.what} | {one.goal} | {one.measured} | {one.ratio:.2f} | {'met' if one.met else 'missed'} |"
        for one in findings
    ]
    return "\n".join([*head, *rows])
