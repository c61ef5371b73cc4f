"""Microsoft does not answer, answers late, or somebody else was there first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.sim.tenant import AFTER, FOREVER, Cut, Fault, Late, Respond
from bot.sim.tenant.story import LEE
from bot.sim.workspace import Status
from tests.scenario.house import HANNA, LEES, OMAR, House

STATE = f"users/{LEE}/authentication/requirements"
DUTY = "S0DUTY"


def writes(house: House) -> list[object]:
    """Return what was written to Lee's state, in order."""
    return [one.body for one in house.touches(LEE) if one.method == "PATCH"]


async def test_a_graph_that_is_down_at_the_end_is_called_overdue_and_paged_until_it_is_back(
    house: House,
) -> None:
    await house.suspended()
    await house.advance(minutes=50)
    down = house.tenant.faults.add(Fault(Respond(503), path=STATE, times=FOREVER))
    await house.advance(minutes=10)
    assert "being restored" in house.shown()
    assert "overdue" not in house.shown()
    assert DUTY not in house.workspace.channel("C0APPROVALS").thread(house.card().ts)[-1].mentions

    await house.advance(minutes=2)
    assert "being restored · :warning: overdue since Nov 22, 2026 at 16:42" in house.shown()
    page = house.workspace.channel("C0APPROVALS").thread(house.card().ts)[-1]
    assert DUTY in page.mentions
    assert "Overdue since Nov 22, 2026 at 16:42: MFA for Lee Jansen is not back" in house.reads(page)
    assert "Graph answered 503" in house.reads(page)
    assert (
        "By hand: `relatch restore R-1 --wait 60s`, or set per-user MFA of lee@contoso.com to enforced"
        in (house.reads(page))
    )
    assert "Overdue" in house.direct(HANNA)
    assert (await house.scrape())["relatch_overdue"] == 1

    pages = house.pages()
    for _ in range(8):
        await house.advance(minutes=1)
    assert house.pages() == pages + 2  # after 2 and 6 minutes more
    house.tenant.faults.remove(down)
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 16:51:00 to enforced, checked, 11 minutes late: " in house.shown()
    assert "Graph answered 503" in house.thread()[-1]
    assert writes(house)[-1] == {"perUserMfaState": "enforced"}
    await house.advance(hours=5)
    assert house.pages() == pages + 2
    assert (await house.scrape())["relatch_overdue"] == 0


async def test_a_lost_answer_after_the_change_was_made_counts_as_lowered(house: House) -> None:
    card = await house.asks()
    house.tenant.faults.add(Fault(Cut(AFTER), method="PATCH", path=STATE))
    await house.presses(OMAR, card, "Approve")
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]
    assert "restored Nov 22, 2026 at 15:40:00 to enforced, checked" in house.shown()
    assert any(
        "Entra did not confirm that MFA for Lee Jansen was turned off" in line for line in house.thread()
    )
    assert not any("is off since" in line for line in house.thread())
    events = await house.events()
    assert events.index("unconfirmed") < events.index("putting back") < events.index("restored")
    reads = len(house.touches(LEE))
    await house.advance(minutes=1)
    assert len(house.touches(LEE)) == reads + 1


async def test_a_write_that_lands_after_it_was_put_back_is_noticed_paged_and_put_back_again(
    house: House,
) -> None:
    card = await house.asks()
    house.tenant.faults.add(Fault(Late(timedelta(minutes=6)), method="PATCH", path=STATE))
    await house.presses(OMAR, card, "Approve")
    assert "being applied" in house.shown()
    for _ in range(10):
        await house.advance(seconds=10)
    assert "restored" in house.shown()
    assert house.tenant.state.changes(LEE) == ()
    await house.advance(minutes=1)
    assert "restored" in house.shown()
    await house.advance(minutes=5)
    assert house.mfa() == "disabled"  # nobody has noticed yet
    await house.advance(minutes=10)
    assert house.mfa() == "enforced"
    assert any("had been restored and is weaker again (found: disabled)" in line for line in house.thread())
    assert house.pages() == 1
    assert "restored" in house.shown()
    assert (await house.events()).count("restored") == 2


async def test_what_somebody_else_restored_is_over_early_and_says_so(house: House) -> None:
    await house.suspended()
    await house.advance(minutes=12)
    house.tenant.state.set_mfa(LEE, "enforced")
    await house.advance(minutes=5)
    assert "restored by someone else Nov 22, 2026 at 15:57:00 to enforced, checked" in house.shown()
    assert "was restored by someone else to enforced" in house.direct(HANNA)
    assert len(writes(house)) == 1
    await house.advance(hours=2)
    assert len(writes(house)) == 1


async def test_a_weaker_state_that_somebody_else_set_is_raised_to_the_prior_one_at_the_end(
    house: House,
) -> None:
    house.tenant.state.promotes_enabled = False
    await house.suspended()
    house.tenant.state.set_mfa(LEE, "enabled")
    await house.advance(minutes=59)
    assert house.mfa() == "enabled"
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 16:40:00 to enforced, checked" in house.shown()


async def test_a_stronger_state_than_before_is_proof_too_and_is_named(house: House) -> None:
    state = house.tenant.state
    state.add(replace(state.user(LEE), mfa="enabled"))
    await house.suspended()
    await house.advance(hours=1)
    assert house.mfa() == "enforced"  # Graph turns enabled into enforced for registered people
    assert (
        "restored Nov 22, 2026 at 16:40:00 to enforced (stronger than enabled before), checked"
        in house.shown()
    )
    assert writes(house)[-1] == {"perUserMfaState": "enabled"}


async def test_a_deleted_account_is_waited_for_quietly_and_put_back_when_it_returns(house: House) -> None:
    await house.suspended()
    house.tenant.state.delete_user(LEE)
    await house.advance(hours=1)
    for _ in range(3):
        await house.advance(hours=24)
    assert "being restored" in house.shown()
    assert house.pages() == 0
    house.tenant.state.undelete_user(LEE)
    await house.advance(hours=24)
    assert house.mfa() == "enforced"
    assert "restored" in house.shown()


async def test_a_deleted_account_that_cannot_return_closes_the_request(house: House) -> None:
    await house.suspended()
    house.tenant.state.delete_user(LEE)
    house.tenant.state.purge_user(LEE)
    await house.advance(hours=1)
    assert "subject deleted" in house.shown()
    assert "the account is found nowhere any more" in house.direct(HANNA)
    assert (await house.events())[-1] == "subject_deleted"


async def test_a_permission_that_was_taken_away_is_named_on_the_page(house: House) -> None:
    await house.suspended()
    house.tenant.state.withdraw("Policy.ReadWrite.AuthenticationMethod")
    await house.advance(hours=1)
    await house.advance(minutes=2)
    assert house.pages() == 1
    assert "403" in house.thread()[-1]
    assert "Policy.ReadWrite.AuthenticationMethod" in house.thread()[-1]
    house.tenant.state.grant("Policy.ReadWrite.AuthenticationMethod")
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"


async def test_a_change_that_entra_refuses_fails_and_one_that_is_throttled_counts_as_made(
    house: House,
) -> None:
    house.tenant.state.withdraw("Policy.ReadWrite.AuthenticationMethod")
    card = await house.asks()
    await house.presses(OMAR, card, "Approve")
    assert "failed" in house.shown()
    assert "MFA for Lee Jansen was not changed." in house.direct(HANNA)
    assert "grant the app Policy.ReadWrite.AuthenticationMethod" in house.shown()
    house.tenant.state.grant("Policy.ReadWrite.AuthenticationMethod")

    card = await house.asks()
    house.tenant.faults.add(Fault(Respond(429, retry_after=3), method="PATCH", path=STATE))
    await house.presses(OMAR, card, "Approve")
    assert "restored" in house.shown("R-2")
    assert house.tenant.state.changes(LEE) == ()
    assert writes(house)[-2:] == [{"perUserMfaState": "disabled"}, {"perUserMfaState": "enforced"}]


async def test_sessions_that_cannot_be_revoked_delay_nothing_and_are_reported(house: House) -> None:
    await house.suspended()
    house.tenant.faults.add(Fault(Respond(503), path="revokeSignInSessions", times=FOREVER))
    await house.advance(hours=1)
    assert "restored" in house.shown()
    for _ in range(5):
        await house.advance(minutes=15)
    assert "MFA for Lee Jansen is back, but signing out everywhere failed" in house.direct(HANNA)
    assert "Revoke the sessions in the Entra admin center." in house.thread()[-1]
    assert (await house.events())[-1] == "sessions not revoked"


async def test_a_slack_that_is_down_delays_what_is_told_and_nothing_else(house: House) -> None:
    await house.suspended()
    down = house.workspace.fault("chat.*|conversations.*", Status(503), times=None)
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert "active until" in house.shown()
    down.lift()
    await house.advance(minutes=1)
    assert "restored Nov 22, 2026 at 16:40:00 to enforced, checked" in house.shown()
    assert "is restored to enforced" in house.direct(LEES)
    assert "comes back soon" not in " ".join(house.directs(HANNA))
