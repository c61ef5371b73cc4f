"""What may be asked for: durations, tickets, limits, one at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.tenant.story import LEE, NOOR
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import HANNA, LEES, OMAR, House

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


LENGTHS = {
    "0h": "“0h” is out of bounds: more than nothing, at most 30 days.",
    "0": "“0” is not a length of time: write it as 45m, 1h30m or 2h.",
    "-1h": "is not a length of time: write it as 45m, 1h30m or 2h.",
    "tomorrow": "“tomorrow” is not a length of time",
    "99999999999999999999h": "is not a length of time",
    "9999h": "“9999h” is out of bounds: more than nothing, at most 30 days.",
    "1e9h": "is not a length of time",
    "1h:30": "is not a length of time",
    "30s": "That is too short (`suspend.shortest`). Ask for 1 min or more.",
    "4h1s": "(`suspend.longest`). 4 h in all is the most.",
    "1d": "(`suspend.longest`). 4 h in all is the most.",
}


@on_sqlite
async def test_a_length_of_time_that_is_none_or_not_allowed_is_refused_in_words(house: House) -> None:
    for lasts, says in LENGTHS.items():
        assert says in await house.types(HANNA, f"disable lee@contoso.com for {lasts} because phone broken")
        await house.advance(seconds=61)
    assert house.cards() == []
    assert house.tenant.state.changes() == ()
    rules = [rule for _, rule in await house.refusals()]
    assert rules == ["grammar"] * 8 + ["suspend.shortest", "suspend.longest", "suspend.longest"]


async def test_what_phones_make_of_a_command_is_understood_and_the_length_has_a_default(house: House) -> None:
    await house.types(HANNA, "disable \u201clee@contoso.com\u201d\u2014because\u00a0phone  broken")
    assert "Suspend MFA for Lee Jansen, 1 hour" in house.shown()
    assert "“phone broken”" in house.shown()
    await house.types(HANNA, "withdraw R-1")
    await house.types(HANNA, "disable @lee for 90m because phone broken", escaped=True)
    assert "Suspend MFA for Lee Jansen, 1 hour 30 minutes" in house.shown("R-2")
    await house.types(HANNA, "withdraw R-2")
    await house.types(HANNA, f"disable {LEE} for 5m because phone broken")
    assert "Suspend MFA for Lee Jansen, 5 minutes" in house.shown("R-3")


async def test_one_at_a_time_for_a_subject_even_when_two_ask_at_once(house: House) -> None:
    await house.asks()
    refused = await house.types(HANNA, "disable lee@contoso.com for 30m because once more")
    assert "R-1 is live for Lee Jansen already (`one_at_a_time`)." in refused
    assert refused.endswith("R-2 · 2026-11-22 15:40 UTC")
    await house.presses(OMAR, house.card(), "Approve")
    assert "(`one_at_a_time`)" in await house.types(HANNA, "disable lee@contoso.com because once more")
    await house.types(HANNA, "extend R-1 by 10m because a bit more")
    assert "is live for Lee Jansen already" in await house.types(
        HANNA, "extend R-1 by 20m because a bit more"
    )
    assert len(house.cards()) == 2


async def test_somebody_with_nothing_to_suspend_is_told_what_to_look_for(house: House) -> None:
    house.tenant.state.set_mfa(LEE, "disabled")
    refused = await house.types(HANNA, "disable lee@contoso.com because phone broken")
    assert "Per-user MFA is disabled already: there is nothing to suspend (`suspend`)." in refused
    assert "If MFA is still asked for, something else requires it." in refused
    assert house.cards() == []


@on_sqlite
async def test_a_ticket_is_asked_for_where_the_policy_wants_one(open_house: OpenHouse) -> None:
    house = await open_house("ticket = 'INC-[0-9]{1,8}'\n")
    asks = "disable lee@contoso.com for 1h {} because phone broken"
    assert "A ticket number is missing (`suspend.ticket`)." in await house.types(HANNA, asks.format(""))
    assert "“INC-7<br>” is no ticket number of yours" in await house.types(
        HANNA, asks.format("ticket INC-7&lt;br&gt;")
    )
    assert "“INC-123456789” is no ticket" in await house.types(HANNA, asks.format("ticket INC-123456789"))
    assert "Add “ticket …”, of the form INC-[0-9]{1,8}." in house.private(HANNA)
    assert house.cards() == []
    await house.types(HANNA, asks.format("ticket INC-12345678"))
    assert "Asked by @Hanna · INC-12345678" in house.shown("R-4"), house.private(HANNA)


async def test_nobody_asks_more_often_than_the_policy_says(open_house: OpenHouse) -> None:
    house = await open_house('per_person = "2/1h"\n')
    for number in (1, 2):
        await house.asks()
        await house.types(HANNA, f"withdraw R-{number}")
        await house.advance(minutes=10)
    refused = await house.types(HANNA, "disable lee@contoso.com because phone broken")
    assert "You have asked 2 times within 1 h (`suspend.per_person`)." in refused
    await house.advance(minutes=41)
    await house.asks()
    assert len(house.cards()) == 3


async def test_nobody_asks_for_their_own_mfa_and_outsiders_ask_for_nothing(house: House) -> None:
    refused = await house.types(HANNA, "disable hanna@contoso.com because my phone is broken")
    assert "Nobody asks for their own MFA (`three_people`). Let a colleague ask for you." in refused
    for text in ("disable hanna@contoso.com because phone", "status hanna@contoso.com", "withdraw R-1"):
        refused = await house.types(LEES, text)
        assert "You are not among the requesters (`people.requesters`)." in refused
    assert "You are neither among the requesters nor among the approvers" in await house.types(LEES, "list")
    assert "(`people.requesters`)" in await house.types(OMAR, "disable lee@contoso.com because phone")
    assert house.cards() == []
    assert "/mfa status USER" in await house.types(LEES, "help")
    await house.advance(minutes=2)
    refused_again = [line for line in await house.lines() if line["event"] == "refused again"]
    assert [line["facts"] for line in refused_again] == [{"rule": "people.requesters", "times": 2}]


async def test_lists_and_histories_show_what_goes_on_and_what_went_on(house: House) -> None:
    house.tenant.state.add(replace(house.tenant.state.user(NOOR), mfa="enabled"))
    await house.suspended()
    await house.types(HANNA, "disable noor@contoso.com for 30m because lost phone")
    assert "R-1 · Suspend MFA for Lee Jansen" in await house.types(OMAR, "list active")
    assert "R-2" not in house.private(OMAR)
    assert "R-2 · Suspend MFA for Noor" in await house.types(OMAR, "list pending")
    assert "R-1" not in house.private(OMAR)
    assert {"R-1", "R-2"} <= set(await words(house, HANNA, "list mine"))
    await house.advance(hours=1, seconds=1)
    assert "R-1" not in await house.types(OMAR, "list")
    assert "restored Nov 22, 2026 at 16:40:01 to enforced, checked" in await house.types(
        OMAR, "history lee@contoso.com"
    )
    assert "“phone broken”" in await house.types(OMAR, "show R-1")
    assert "Live suspension R-2" in await house.types(HANNA, "status noor@contoso.com")
    assert "Not found: a request of that number." in await house.types(OMAR, "show R-99")


async def words(house: House, who: str, text: str) -> list[str]:
    return (await house.types(who, text)).split()


@on_sqlite
async def test_a_mistyped_command_is_set_right_and_runs_by_a_button(house: House) -> None:
    answer = await house.types(HANNA, "disabel lee@contoso.com fro 1h becuase phone broken")
    assert "Did you mean `/mfa disable lee@contoso.com for 1h because phone broken`?" in answer
    [*_, offered] = house.workspace.seen_by(HANNA)
    await house.presses(HANNA, offered, "Use that")
    assert "Suspend MFA for Lee Jansen, 1 hour · waiting for approval" in house.shown()
    assert "grammar" in [rule for _, rule in await house.refusals()]
