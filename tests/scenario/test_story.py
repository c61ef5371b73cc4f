"""The story, whole: from the question about Lee to the proof that everything is as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sim.tenant.story import LEE
from bot.slack.manifest import SCOPES
from tests.scenario.house import HANNA, LEES, NOOR, OMAR, House
from tests.scenario.house import house as house_of

DUTY = "S0DUTY"


@pytest.mark.parametrize("socket", [False, True], ids=["http", "socket"])
async def test_a_suspension_is_asked_for_approved_announced_and_put_back_by_itself(
    tmp_path: Path, database_url: str, *, socket: bool
) -> None:
    async with house_of(tmp_path, database_url, socket=socket) as house:
        await _the_story(house)


async def _the_story(house: House) -> None:
    before = house.tenant.state.snapshot()
    await _hanna_looks_and_asks(house)
    await _she_cannot_approve_it_herself(house)
    await _omar_approves(house)
    await house.advance(minutes=50)
    assert "comes back soon: it is off, until Nov 22, 2026 at 16:40." in house.direct(HANNA)
    assert "Registered: 2 second factors." in house.direct(HANNA)
    assert house.mfa() == "disabled"
    await house.advance(minutes=10)
    await _everything_is_back(house)
    await house.advance(minutes=15)  # the look for a late write
    assert before.differences(house.tenant.state.snapshot()) == ()
    assert await house.events() == [
        *("started", "asked", "refused", "applying", "lowering", "active"),
        *("restoring", "putting back", "restored", "sessions revoked"),
    ]
    # The rest is for what Slack itself does with commands, and for `relatch check`.
    assert SCOPES.keys() - house.workspace.used_scopes == {"commands", "groups:read"}
    assert house.workspace.pinged() == {HANNA, OMAR, NOOR, DUTY}


async def _hanna_looks_and_asks(house: House) -> None:
    status = await house.types(HANNA, "status lee@contoso.com")
    assert "Lee Jansen · lee@contoso.com · member, enabled" in status
    assert "MFA enforced (per-user)" in status
    assert "phone ·· ··89" in status
    await house.asks()
    sent = (
        "R-1 sent to #mfa-approvals. 2 approvers can decide: @Noor, @Omar. It lapses Nov 22, 2026 at 23:40.\n"
        "Will work: yes, nothing else asks Lee Jansen for MFA in Outlook."
    )
    assert house.private(HANNA) == sent
    for part in (
        "R-1 · Suspend MFA for Lee Jansen, 1 hour · waiting for approval",
        "Asked by @Hanna · INC-48211",
        "“phone broken”",
        "back to enforced after 1 hour. At the end Lee Jansen is signed out everywhere.",
    ):
        assert part in house.shown()


async def _she_cannot_approve_it_herself(house: House) -> None:
    refused = await house.presses(HANNA, house.card(), "Approve")
    assert "You asked for this (`three_people`). Someone else has to decide." in refused
    assert "waiting for approval" in house.shown()
    assert house.tenant.state.changes() == ()


async def _omar_approves(house: House) -> None:
    assert "R-1 is being applied" in await house.presses(OMAR, house.card(), "Approve")
    assert house.mfa() == "disabled"
    assert "active until Nov 22, 2026 at 16:40" in house.shown()
    assert "approved by @Omar" in house.shown()
    assert "is off since Nov 22, 2026 at 15:40:00 (confirmed by Entra)" in house.thread()[-1]
    assert house.buttons(house.workspace.dm(HANNA).messages[-1]) == ["Extend", "Restore now"]
    told = house.direct(LEES)
    assert "MFA on your account is off" in told
    assert "Asked for by @Hanna (INC-48211). At the end you are signed out everywhere." in told
    assert "If you did not ask for this, tell @duty." in told


async def _everything_is_back(house: House) -> None:
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 16:40:00 to enforced, checked" in house.shown()
    for told in (house.thread()[-1], house.direct(HANNA), house.direct(LEES)):
        assert "is restored to enforced, checked Nov 22, 2026 at 16:40:00." in told
    assert all(not house.buttons(message) for message in house.workspace.dm(HANNA).messages)
    assert [one.user_id for one in house.tenant.state.journal.revocations] == [LEE]
    assert [one.method for one in house.touches(LEE)][-2:] == ["PATCH", "GET"]
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]
