"""Ending a suspension before its time."""

from __future__ import annotations

from tests.scenario.house import HANNA, NOOR, OMAR, House


async def test_the_requester_ends_it_early_by_the_button_and_an_approver_by_a_command(house: House) -> None:
    await house.suspended()
    await house.advance(minutes=5)
    answer = await house.presses(HANNA, house.workspace.dm(HANNA).messages[-1], "Restore now")
    assert "R-1 is being restored" in answer
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 15:45:00 to enforced, checked" in house.shown()
    assert any("Ended early by @Hanna" in line for line in house.thread())

    card = await house.asks()
    await house.presses(NOOR, card, "Approve")
    assert house.mfa() == "disabled"
    answer = await house.types(OMAR, "restore lee@contoso.com because he is back at his desk")
    assert "R-2 is being restored" in answer
    assert house.mfa() == "enforced"
    assert any("Ended early by @Omar: “he is back at his desk”" in line for line in house.thread("R-2"))

    assert "R-2 is restored (`state`)" in await house.types(HANNA, "restore R-2")
    await house.advance(hours=2)
    assert [change.new for change in house.tenant.state.changes()] == ["disabled", "enforced"] * 2
    assert (await house.events()).count("restored") == 2


async def test_an_undecided_request_is_neither_restored_nor_extended(house: House) -> None:
    await house.asks()
    assert "R-1 is undecided: nothing is lowered (`state`)." in await house.types(OMAR, "restore R-1")
    answer = await house.types(HANNA, "extend R-1 by 30m because it takes longer")
    assert "R-1 is not active, so it cannot be extended (`state`)." in answer
    assert house.tenant.state.changes() == ()
