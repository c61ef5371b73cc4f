"""The words: times have a zone, strengths are in order, actors have names in the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from approvals.model import Lever, Means, Operator, Protection, Relatch, actor_id, label, utc
from tests.world.clock import START
from tests.world.people import HANNA
from tests.world.requests import ACTIVE, EXTENSION, PENDING, RESTORED


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        utc(datetime(2026, 11, 22))  # noqa: DTZ001  # that is the point


def test_a_time_elsewhere_becomes_utc() -> None:
    amsterdam = timezone(timedelta(hours=1))
    assert utc(START.astimezone(amsterdam)) == START
    with pytest.raises(ValueError, match="UTC"):
        replace(PENDING, lapses_at=START.astimezone(amsterdam))


def test_protection_is_ordered_by_strength() -> None:
    assert sorted(Protection, key=lambda value: value.strength)[:3] == [
        Protection.DISABLED,
        Protection.ENABLED,
        Protection.ENFORCED,
    ]
    assert Protection.ENABLED.at_least(Protection.ENABLED)
    assert not Protection.ENABLED.at_least(Protection.ENFORCED)
    assert Protection.NOT_EXCLUDED.at_least(Protection.EXCLUDED)
    assert not Protection.EXCLUDED.at_least(Protection.NOT_EXCLUDED)


def test_values_of_different_levers_prove_nothing_about_each_other() -> None:
    for one in Protection:
        for other in Protection:
            assert not (one.lever is not other.lever and one.at_least(other))


def test_a_group_belongs_to_the_lever_that_needs_one() -> None:
    for lever, group in ((Lever.PER_USER, "a group"), (Lever.EXCLUSION_GROUP, "")):
        with pytest.raises(ValueError, match="belongs to"):
            Means(lever, group)


def test_the_record_names_every_kind_of_actor() -> None:
    assert [actor_id(actor) for actor in (HANNA, Operator("root@host"), Relatch())] == [
        HANNA.id,
        "cli:root@host",
        "relatch",
    ]


def test_a_request_knows_its_number_its_kind_and_whether_it_lowers() -> None:
    assert (PENDING.label, label(EXTENSION.id)) == ("R-31", "R-32")
    assert (PENDING.kind, EXTENSION.kind) == ("suspend", "extend")
    assert [request.lowers for request in (PENDING, ACTIVE, RESTORED)] == [False, True, False]
