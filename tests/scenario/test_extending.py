"""More time: a request of its own, which lives no longer than what it extends."""

from __future__ import annotations

from tests.scenario.house import HANNA, LEES, NOOR, OMAR, House

MORE = {"Time": "30m", "Reason": "profile still syncing"}


async def test_more_time_is_asked_for_by_form_approved_by_itself_and_ends_later(house: House) -> None:
    await house.suspended()
    await house.advance(minutes=50)
    [*_, warning] = house.workspace.dm(HANNA).messages
    await house.presses(HANNA, warning, "Extend")
    told = await house.submits(HANNA, MORE)
    assert told.startswith("R-2 sent to #mfa-approvals.")
    card = house.card("R-2")
    assert "R-2 extends R-1 by 30 minutes · waiting for approval" in house.shown("R-2")

    assert "You asked for this" in await house.presses(HANNA, card, "Approve")
    await house.presses(NOOR, card, "Approve")
    assert "done" in house.shown("R-2")
    assert "active until Nov 22, 2026 at 17:10" in house.shown()
    assert (
        "Extended by @Hanna: MFA for Lee Jansen stays off, until Nov 22, 2026 at 17:10." in house.thread()[-1]
    )
    assert "until Nov 22, 2026 at 17:10" in house.direct(LEES)

    await house.advance(minutes=10)
    assert house.mfa() == "disabled"
    await house.advance(minutes=10)
    assert "comes back soon" not in house.direct(HANNA)
    await house.advance(minutes=10)
    assert "comes back soon" in house.direct(HANNA)
    await house.advance(minutes=10)
    assert house.mfa() == "enforced"
    assert [change.new for change in house.tenant.state.changes()] == ["disabled", "enforced"]


async def test_more_time_that_nobody_approved_lapses_with_what_it_extends(house: House) -> None:
    await house.suspended()
    await house.advance(minutes=40)
    await house.types(HANNA, "extend R-1 by 30m because profile still syncing")
    card = house.card("R-2")
    await house.advance(minutes=20)
    assert house.mfa() == "enforced"
    assert "R-2 extends R-1 by 30 minutes · lapsed" in house.shown("R-2")
    assert any(told.startswith("R-2: Lapsed") for told in house.directs(HANNA))
    pressed = house.workspace.person(OMAR).pressing(card, "Approve", version=card.versions[0])
    await house.workspace.interact(pressed)
    await house.settled()
    assert "R-2 is decided already: lapsed (`state`)." in house.private(OMAR)
    assert [change.new for change in house.tenant.state.changes()] == ["disabled", "enforced"]


async def test_extensions_count_against_the_longest_time(house: House) -> None:
    await house.suspended()
    answer = await house.types(HANNA, "extend R-1 by 3h1s because a long day")
    assert "(`suspend.longest`)" in answer
    assert "extensions count towards the longest time allowed" in answer
    await house.types(HANNA, "extend R-1 by 2h because a long day")
    await house.presses(OMAR, house.card("R-3"), "Approve")
    assert "active until Nov 22, 2026 at 18:40" in house.shown()
    assert "(`suspend.longest`)" in await house.types(HANNA, "extend R-1 by 1h1s because longer yet")


async def test_a_form_that_is_filled_in_badly_stays_open_and_says_why(house: House) -> None:
    await house.suspended()
    await house.presses(HANNA, house.workspace.dm(HANNA).messages[-1], "Extend")
    view = house.person(HANNA).view
    for time in ("soon", "-30m", "0m", "99999h"):
        await house.person(HANNA).submits(view, {"Time": time, "Reason": "phone"})
        assert list(view.errors) == ["duration"]
        assert view.is_open
    await house.person(HANNA).submits(view, {"Time": "30m", "Reason": "\u200b…"})
    assert view.errors == {"reason": "A reason is missing."}
    assert len(house.cards()) == 1
