"""Requests that end without being carried out: denied, withdrawn, lapsed."""

from __future__ import annotations

from tests.scenario.house import HANNA, NOOR, OMAR, House


async def test_a_denial_carries_its_reason_from_the_form_to_the_requester(house: House) -> None:
    card = await house.asks()
    await house.presses(OMAR, card, "Deny")
    told = await house.submits(OMAR, {"Reason": "call him first, +31 6 1234 5678"})
    assert "R-1 for Lee Jansen: denied by @Omar" in told
    for said in (house.shown(), house.thread()[-1], house.direct(HANNA)):
        assert "denied" in said.lower()
        assert "“call him first, [number]”" in said
    assert house.buttons(house.card()) == []
    assert house.tenant.state.changes() == ()

    pressed = house.person(OMAR).pressing(card, "Approve", version=card.versions[0])
    await house.workspace.interact(pressed)
    await house.settled()
    assert "R-1 is decided already: denied (`state`)." in house.private(OMAR)
    assert house.tenant.state.changes() == ()


async def test_the_requester_withdraws_and_nobody_else_can(house: House) -> None:
    await house.asks()
    house.workspace.change_group("S0HELPDESK", users=(HANNA, NOOR))
    assert "Only its requester can withdraw it (`people`)." in await house.types(NOOR, "withdraw R-1")
    assert "waiting for approval" in house.shown()
    assert "withdrawn by @Hanna" in await house.types(HANNA, "withdraw R-1")
    assert "withdrawn by @Hanna" in house.shown()
    await house.advance(hours=9)
    assert "lapsed" not in house.shown()
    assert not any("Still waiting" in line for line in house.thread())


async def test_an_undecided_request_reminds_ever_more_rarely_calls_the_duty_and_lapses(house: House) -> None:
    await house.asks()
    at: list[float] = []
    for minute in range(0, 8 * 60, 15):
        before = len(house.thread())
        if minute:
            await house.advance(minutes=15)
        if len(house.thread()) > before:
            at.append(minute)
    assert at == [15, 45, 105, 225, 465]
    lines = house.thread()
    assert "@duty" not in lines[0]
    assert all("@duty" in line for line in lines[1:])
    assert all("Still waiting for approval" in line for line in lines)
    await house.advance(minutes=15)
    assert "lapsed" in house.shown()
    assert "nobody decided in time" in house.direct(HANNA)
    assert house.buttons(house.card()) == []
    assert house.tenant.state.changes() == ()
    assert await house.events() == ["started", "asked", "lapsed"]
