"""The arithmetic of retries, and what makes two orders the same work."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.agenda import PAGE_CEILING, Do, Kind, next_page, pause
from approvals.model import Audience, News, Notice, RequestId
from approvals.runner import LANES, performing, putting_back
from tests.world.clock import START
from tests.world.world import Process

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (10_000, 60)]
)
def test_pauses_double_up_to_a_minute(attempts: int, seconds: int) -> None:
    assert pause(attempts) == seconds * SECOND


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 4), (timedelta(), 4), (SECOND, 4), (9 * SECOND, 9), (timedelta(days=1), 60)]
)
def test_a_service_that_asks_for_patience_gets_it_within_reason(
    asked: timedelta | None, seconds: int
) -> None:
    assert pause(3, asked) == seconds * SECOND


@pytest.mark.parametrize(("times", "minutes"), [(0, 2), (1, 4), (2, 8), (6, 128), (7, 240), (10_000, 240)])
def test_pages_double_up_to_four_hours(times: int, minutes: int) -> None:
    assert next_page(timedelta(minutes=2), times) == timedelta(minutes=minutes)


def test_pages_of_a_patient_policy_still_come_every_four_hours() -> None:
    assert next_page(timedelta(days=1), 0) == PAGE_CEILING


def key(kind: Kind, request: int | None = 31, about: str = "", notice: Notice | None = None) -> str:
    number = None if request is None else RequestId(request)
    return Do(kind=kind, due_at=START, about=about, notice=notice).key(number)


def test_one_timer_of_a_kind_is_the_same_work_whenever_it_is_due() -> None:
    later = Do(kind=Kind.RESTORE, due_at=START + SECOND)
    assert later.key(RequestId(31)) == key(Kind.RESTORE)


def test_other_requests_kinds_and_matters_are_other_work() -> None:
    keys = [
        key(Kind.RESTORE),
        key(Kind.RESTORE, 3),
        key(Kind.RESTORE, None),
        key(Kind.APPLY),
        key(Kind.REFUSALS, None, "omar|quorum"),
        key(Kind.REFUSALS, None, "omar|people"),
    ]
    assert len(set(keys)) == len(keys)


def test_one_message_a_fact_and_a_reader() -> None:
    notice = Notice(News.ACTIVE, START)
    to = [
        Do(kind=Kind.DIRECT, due_at=START, notice=notice, to=audience).key(RequestId(31))
        for audience in Audience
    ]
    again = Notice(News.ACTIVE, START + SECOND)
    assert len({*to, key(Kind.LINE, notice=notice), key(Kind.LINE, notice=again)}) == 4


async def test_every_kind_of_work_has_one_performer_and_one_lane(process: Process) -> None:
    lanes = [kind for lane in LANES for kind in lane.kinds]
    of_domains = [Kind.FEDERATION, Kind.DOMAIN_NEWS]
    performed = [*performing(process.desk), *putting_back(process.desk), *of_domains]
    assert sorted(performed) == sorted(Kind) == sorted(lanes)
