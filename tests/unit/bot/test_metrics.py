import time
from datetime import UTC, timedelta

import pytest
from prometheus_client import generate_latest

from bot.clock import SystemClock
from bot.observability import Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_the_names_are_those_of_the_contract(metrics: Metrics) -> None:
    metrics.refresh(requests={"active": 1}, overdue=0, queue={"restore": 1}, age={"restore": 0.0})
    metrics.taken_over("restore")
    shown = {
        line.split()[2]
        for line in generate_latest(metrics.registry).decode().splitlines()
        if "# TYPE" in line
    }

    assert {name for name in shown if not name.endswith("_created")} == {
        "relatch_requests",
        "relatch_restore_lateness_seconds",
        "relatch_overdue",
        "relatch_graph_calls_total",
        "relatch_ack_seconds",
        "relatch_queue_depth",
        "relatch_queue_age_seconds",
        "relatch_restore_attempts_total",
        "relatch_restore_lateness_worst_seconds",
        "relatch_takeovers_total",
    }


def test_gauges_follow_the_database_and_fall_back_to_nought(metrics: Metrics) -> None:
    metrics.refresh(
        requests={"active": 2, "pending": 1}, overdue=1, queue={"restore": 3}, age={"restore": 7.5}
    )
    assert value(metrics, "relatch_queue_age_seconds", kind="restore") == 7.5
    metrics.refresh(requests={"pending": 4}, overdue=0, queue={}, age={})

    assert value(metrics, "relatch_requests", state="active") == 0
    assert value(metrics, "relatch_requests", state="pending") == 4
    assert value(metrics, "relatch_overdue") == 0
    assert value(metrics, "relatch_queue_depth", kind="restore") == 0


@pytest.mark.parametrize(
    ("late", "bucket"),
    [(-1.0, "0.05"), (0.05, "0.05"), (0.2, "0.25"), (4.0, "5.0"), (600.0, "600.0"), (7200.0, "+Inf")],
)
def test_a_late_restore_falls_into_its_bucket(metrics: Metrics, late: float, bucket: str) -> None:
    metrics.restored(timedelta(seconds=late))

    name = "relatch_restore_lateness_seconds_bucket"
    buckets = ["0.05", "0.1", "0.25", "1.0", "5.0", "30.0", "120.0", "600.0", "+Inf"]
    counted = [le for le in buckets if value(metrics, name, le=le) == 1]
    assert counted == buckets[buckets.index(bucket) :]
    assert value(metrics, "relatch_restore_lateness_seconds_sum") == max(late, 0)
    metrics.restored(timedelta(seconds=-5))
    assert value(metrics, "relatch_restore_lateness_worst_seconds") == max(late, 0)


def test_calls_to_graph_are_there_before_the_first_failure(metrics: Metrics) -> None:
    metrics.called("ok")

    assert value(metrics, "relatch_graph_calls_total", outcome="ok") == 1
    assert value(metrics, "relatch_graph_calls_total", outcome="later") == 0


def test_an_acknowledgement_is_timed_even_when_it_fails(metrics: Metrics) -> None:
    metrics.acknowledged(0.002)
    with pytest.raises(RuntimeError), metrics.acknowledging():
        raise RuntimeError

    assert value(metrics, "relatch_ack_seconds_count") == 2
    assert value(metrics, "relatch_ack_seconds_bucket", le="0.0025") == 2


def test_attempts_and_takeovers_are_counted(metrics: Metrics) -> None:
    metrics.attempted()
    metrics.attempted()
    metrics.taken_over("card")

    assert value(metrics, "relatch_restore_attempts_total") == 2
    assert value(metrics, "relatch_takeovers_total", kind="card") == 1


def test_two_processes_in_one_test_do_not_share_their_counts() -> None:
    one, other = Metrics(), Metrics()
    one.called("never")

    assert value(other, "relatch_graph_calls_total", outcome="never") == 0


def test_the_clock_is_aware_in_utc_and_its_seconds_never_fall() -> None:
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert abs(clock.now().timestamp() - time.time()) < 60
    assert clock.monotonic() <= clock.monotonic()
