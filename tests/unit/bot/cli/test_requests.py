"""``relatch requests``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.suspensions import REQUESTER, Suspensions
from tests.unit.bot.cli.conftest import Ago, Relatch

FIELDS = ["id", "action", "subject", "requester", "state", "outcome", "overdue", "due_at", "terms"]


async def test_nothing_live_is_an_empty_list(relatch: Relatch) -> None:
    ran = await relatch("requests", "--json")

    assert (ran.code, json.loads(ran.out), ran.err) == (0, [], "")


async def test_machines_get_every_field_of_what_is_live(relatch: Relatch, suspensions: Suspensions) -> None:
    active = await suspensions.active()

    ran = await relatch("requests", "--json")

    [shown] = json.loads(ran.out)
    assert ran.code == 0
    assert list(shown) == FIELDS
    due = datetime.fromisoformat(shown.pop("due_at"))
    assert due == active.ends_at.replace(microsecond=0)
    assert due.tzinfo == UTC
    assert shown == {
        "id": "R-1",
        "action": "suspend",
        "subject": "lee@contoso.com",
        "requester": "hanna@contoso.com",
        "state": "active",
        "outcome": None,
        "overdue": False,
        "terms": 1,
    }


async def test_an_overdue_restore_is_exit_code_1(
    relatch: Relatch, suspensions: Suspensions, ago: Ago
) -> None:
    ago.by = timedelta(minutes=4)
    await suspensions.active(lasts=timedelta(minutes=1))

    ran = await relatch("requests", "--json")
    table = await relatch("requests")

    assert (ran.code, table.code) == (1, 1)
    assert [one["overdue"] for one in json.loads(ran.out)] == [True]
    assert "0:03:0" in table.out


async def test_late_within_what_the_policy_allows_is_not_overdue(
    relatch: Relatch, suspensions: Suspensions, ago: Ago
) -> None:
    ago.by = timedelta(minutes=2)
    await suspensions.active(lasts=timedelta(minutes=1))

    ran = await relatch("requests", "--json")

    assert (ran.code, [one["overdue"] for one in json.loads(ran.out)]) == (0, [False])


async def test_what_is_undecided_is_due_when_it_lapses(relatch: Relatch, suspensions: Suspensions) -> None:
    pending = await suspensions.pending()

    [shown] = json.loads((await relatch("requests", "--state", "pending", "--json")).out)

    assert (shown["state"], datetime.fromisoformat(shown["due_at"])) == (
        "pending",
        pending.lapses_at.replace(microsecond=0),
    )


async def test_closed_requests_are_shown_with_their_outcome_when_asked_for(
    relatch: Relatch, suspensions: Suspensions
) -> None:
    await suspensions.denied()
    await suspensions.active()

    live = json.loads((await relatch("requests", "--json")).out)
    closed = json.loads((await relatch("requests", "--state", "closed", "--json")).out)

    assert [one["id"] for one in live] == ["R-2"]
    assert [(one["id"], one["outcome"], one["due_at"]) for one in closed] == [("R-1", "denied", None)]


async def test_the_table_shows_who_and_until_when(relatch: Relatch, suspensions: Suspensions) -> None:
    active = await suspensions.active()

    ran = await relatch("requests", COLUMNS="120")

    assert ran.code == 0
    for word in ("R-1", "active", "lee@contoso.com", REQUESTER.upn, f"{active.ends_at:%H:%M:%S}"):
        assert word in ran.out


async def test_a_narrow_terminal_loses_nothing(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.active()

    ran = await relatch("requests", COLUMNS="50")

    assert "…" not in ran.out
