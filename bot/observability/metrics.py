"""Metrics for ``GET /metrics``; the names are part of the outside contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Literal, TypeAlias, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENESS: Final = (0.05, 0.1, 0.25, 1, 5, 30, 120, 600)
ACKNOWLEDGEMENT: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)


GraphOutcome: TypeAlias = Literal["ok", "gone", "later", "never"]
"""How a call to Graph ended: well, or by the kinds of the error tree."""


class Metrics:
    """The metrics of one process, in a registry of their own, which ``registry`` hands to the exporter.

    Gauges show what was last read from the database: whoever ticks calls ``refresh``.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Gauge(
            "relatch_requests", "Requests by state, closed ones apart.", ["state"], registry=self.registry
        )
        self._overdue = Gauge(
            "relatch_overdue", "Restores that are later than the policy allows.", registry=self.registry
        )
        self._queue = Gauge(
            "relatch_queue_depth", "Work items that wait, by kind.", ["kind"], registry=self.registry
        )
        self._age = Gauge(
            "relatch_queue_age_seconds",
            "For how long the oldest work item that is due has been due, by kind.",
            ["kind"],
            registry=self.registry,
        )
        self._attempts = Counter(
            "relatch_restore_attempts",
            "Attempts to put back, each of which reads, and writes if need be.",
            registry=self.registry,
        )
        self._takeovers = Counter(
            "relatch_takeovers",
            "Work taken on whose claim before ended without a word: a process died, or took too long.",
            ["kind"],
            registry=self.registry,
        )
        self._worst = Gauge(
            "relatch_restore_lateness_worst_seconds",
            "The latest restore since this process started.",
            registry=self.registry,
        )
        self._lateness = Histogram(
            "relatch_restore_lateness_seconds",
            "From the end of a suspension to the proof that it was put back.",
            buckets=LATENESS,
            registry=self.registry,
        )
        self._acknowledgement = Histogram(
            "relatch_ack_seconds",
            "From a delivery's arrival to its acknowledgement.",
            buckets=ACKNOWLEDGEMENT,
            registry=self.registry,
        )
        self._calls = Counter(
            "relatch_graph_calls", "Calls to Graph by how they ended.", ["outcome"], registry=self.registry
        )
        self._longest = 0.0
        for outcome in get_args(GraphOutcome):
            self._calls.labels(outcome)

    def refresh(
        self,
        *,
        requests: Mapping[str, int],
        overdue: int,
        queue: Mapping[str, int],
        age: Mapping[str, float],
    ) -> None:
        """Show these counts; a state or kind that was seen before and is not among them is 0.

        *age* is in seconds.
        """
        _show(self._requests, "state", requests)
        _show(self._queue, "kind", queue)
        _show(self._age, "kind", age)
        self._overdue.set(overdue)

    def attempted(self) -> None:
        """Count an attempt to put back."""
        self._attempts.inc()

    def taken_over(self, kind: str) -> None:
        """Count a piece of work of *kind* that somebody else had left lying."""
        self._takeovers.labels(kind).inc()

    def restored(self, late: timedelta) -> None:
        """Count a restore that was proved *late* after its time; early ones count as punctual."""
        seconds = max(late, timedelta()).total_seconds()
        self._lateness.observe(seconds)
        self._longest = max(self._longest, seconds)
        self._worst.set(self._longest)

    def called(self, outcome: GraphOutcome) -> None:
        """Count a call to Graph."""
        self._calls.labels(outcome).inc()

    def acknowledged(self, seconds: float) -> None:
        """Count an acknowledgement that took *seconds*."""
        self._acknowledgement.observe(seconds)

    @contextmanager
    def acknowledging(self) -> Iterator[None]:
        """Time what is inside as one acknowledgement, however it ends."""
        with self._acknowledgement.time():
            yield


def _show(gauge: Gauge, label: str, counts: Mapping[str, float]) -> None:
    shown = {sample.labels[label] for metric in gauge.collect() for sample in metric.samples}
    for value in shown | counts.keys():
        gauge.labels(value).set(counts.get(value, 0))
