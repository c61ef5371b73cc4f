"""``relatch restore`` and ``relatch close``: from this machine, with the bot down."""

from __future__ import annotations

import getpass
import json
import socket
from datetime import timedelta
from typing import Any

import pytest

from approvals.agenda import Kind
from approvals.model import RequestId, State
from bot.sim.tenant import FOREVER, Cut, Fault, Late, Respond, SimulatedTenant
from bot.sim.tenant.story import LEE, NOOR
from bot.sql.store import SqlStore
from tests.suspensions import Suspensions, person
from tests.unit.bot.cli.conftest import Ago, Relatch

HERE = f"cli:{getpass.getuser()}@{socket.gethostname()}"
SECOND = person(NOOR, "Noor Bakker", "U0NOOR")


async def recorded(store: SqlStore) -> list[dict[str, Any]]:
    return [json.loads(line.text) async for line in store.lines()]


async def test_a_suspension_is_put_back_and_proved(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant
) -> None:
    await suspensions.active()

    ran = await relatch("restore", "R-1")

    assert (ran.code, ran.err) == (0, "")
    assert tenant.state.mfa(LEE) == "enforced"
    assert ran.out.startswith("R-1 lee@contoso.com is restored: MFA is enforced, checked ")


async def test_the_record_names_who_restored_and_from_where(
    relatch: Relatch, suspensions: Suspensions, written: SqlStore
) -> None:
    await suspensions.active()

    await relatch("restore", "r-1", "--because", "call of +31 6 1234 5678")

    [ordered] = [one for one in await recorded(written) if one["event"] == "restore ordered"]
    assert (ordered["actor"], ordered["request"]) == (HERE, 1)


async def test_people_are_told_by_the_bot_when_it_is_up_again(
    relatch: Relatch, suspensions: Suspensions, written: SqlStore
) -> None:
    await suspensions.active()

    await relatch("restore", "R-1")

    async with written.transaction(writes=False) as tx:
        for kind in (Kind.CARD, Kind.VERIFY, Kind.REVOKE_SESSIONS):
            assert await tx.ordered(RequestId(1), kind) is not None, kind
        assert await tx.ordered(RequestId(1), Kind.RESTORE) is None


async def test_what_is_restored_already_is_done(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.active()
    first = await relatch("restore", "R-1")

    second = await relatch("restore", "R-1")

    assert (second.code, second.out) == (0, first.out)


async def test_what_was_put_back_by_hand_is_proved_too(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant, ago: Ago
) -> None:
    ago.by = timedelta(minutes=5)
    await suspensions.active()
    tenant.state.set_mfa(LEE, "enforced")

    ran = await relatch("restore", "R-1")

    assert (ran.code, "restored by someone else" in ran.out) == (0, True)


@pytest.mark.parametrize("made", ["pending", "denied"])
async def test_what_was_never_lowered_is_done(relatch: Relatch, suspensions: Suspensions, made: str) -> None:
    await getattr(suspensions, made)()

    ran = await relatch("restore", "R-1")

    assert ran.code == 0
    assert "nothing was lowered" in ran.out


async def test_an_unknown_request_is_exit_code_2(relatch: Relatch) -> None:
    ran = await relatch("restore", "R-99")

    assert (ran.code, ran.out, ran.err) == (2, "", "relatch: there is no request R-99\n")


async def test_an_extension_names_what_it_extends(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.extension(await suspensions.active())

    ran = await relatch("restore", "R-2")

    assert (ran.code, ran.err) == (2, "relatch: R-2 only extends R-1: restore that one\n")


async def test_a_dry_run_changes_nothing(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant, written: SqlStore
) -> None:
    await suspensions.active()
    before = await recorded(written)

    ran = await relatch("restore", "--all", "--dry-run")

    assert (ran.code, ran.out) == (0, "R-1 lee@contoso.com is active: MFA would be put back to enforced\n")
    assert tenant.state.mfa(LEE) == "disabled"
    assert await recorded(written) == before


async def test_all_restores_every_live_suspension(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant
) -> None:
    await suspensions.active()
    await suspensions.active(subject=SECOND)

    ran = await relatch("restore", "--all")

    assert ran.code == 0
    assert (tenant.state.mfa(LEE), tenant.state.mfa(NOOR)) == ("enforced", "enforced")
    assert ran.out.count("is restored: MFA is enforced") == 2


async def test_overdue_restores_only_what_is(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant, ago: Ago
) -> None:
    await suspensions.active()
    ago.by = timedelta(minutes=4)
    await suspensions.active(lasts=timedelta(minutes=1), subject=SECOND)

    ran = await relatch("restore", "--overdue")

    assert ran.code == 0
    assert (tenant.state.mfa(LEE), tenant.state.mfa(NOOR)) == ("disabled", "enforced")


@pytest.mark.parametrize(
    ("which", "said"), [("--overdue", "Nothing is overdue."), ("--all", "Nothing is suspended.")]
)
async def test_nothing_to_restore_is_done(relatch: Relatch, which: str, said: str) -> None:
    ran = await relatch("restore", which)

    assert (ran.code, ran.out) == (0, f"{said}\n")


async def test_a_proof_that_does_not_come_in_time_is_exit_code_1(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant
) -> None:
    await suspensions.active()
    tenant.faults.add(Fault(Late(timedelta(hours=1)), method="PATCH", times=FOREVER))

    ran = await relatch("restore", "R-1", "--wait", "1s")

    assert ran.code == 1, ran
    assert "R-1 lee@contoso.com is not proved: is restoring" in ran.out


async def test_graph_out_of_reach_is_exit_code_3_and_the_order_stands(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant, written: SqlStore
) -> None:
    await suspensions.active()
    tenant.faults.add(Fault(Cut(), times=FOREVER))

    ran = await relatch("restore", "R-1", "--wait", "1s")

    assert ran.code == 3, ran
    async with written.transaction(writes=False) as tx:
        assert (await tx.get(RequestId(1))).state is State.RESTORING
        assert await tx.ordered(RequestId(1), Kind.RESTORE) is not None


async def test_a_write_that_graph_refuses_is_exit_code_3(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant
) -> None:
    await suspensions.active()
    tenant.faults.add(Fault(Respond(403), method="PATCH", times=FOREVER))

    ran = await relatch("restore", "R-1", "--wait", "1s")

    assert ran.code == 3, ran
    assert "R-1: Graph answered 403" in ran.out


async def test_giving_up_leaves_mfa_as_it_is_on_record_and_to_be_posted(
    relatch: Relatch, suspensions: Suspensions, tenant: SimulatedTenant, written: SqlStore
) -> None:
    await suspensions.active()

    ran = await relatch("close", "R-1", "--as-is", "--because", "Lee has left the company")

    assert (ran.code, ran.out) == (
        0,
        "R-1 is closed without restoring; MFA of lee@contoso.com stays as it is.\n",
    )
    assert tenant.state.mfa(LEE) == "disabled"
    assert (await recorded(written))[-1] | {"facts": {}, "at": ""} == {
        "seq": 4,
        "at": "",
        "event": "closed_as_is",
        "request": 1,
        "actor": HERE,
        "facts": {},
    }
    async with written.transaction(writes=False) as tx:
        assert await tx.ordered(RequestId(1), Kind.RESTORE) is None
        assert await tx.ordered(RequestId(1), Kind.CARD) is not None


async def test_what_was_given_up_is_never_called_restored(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.active()
    await relatch("close", "R-1", "--as-is", "--because", "Lee has left")

    ran = await relatch("restore", "R-1")

    assert (ran.code, ran.out) == (
        1,
        "R-1 lee@contoso.com was closed without restoring: MFA stays as it is\n",
    )


async def test_there_is_nothing_to_give_up_before_it_is_lowered(
    relatch: Relatch, suspensions: Suspensions, written: SqlStore
) -> None:
    await suspensions.pending()

    ran = await relatch("close", "R-1", "--as-is", "--because", "why not")

    assert ran.code == 1
    assert "nothing to give up" in ran.out
    assert (await recorded(written))[-1]["event"] == "refused"


async def test_closing_an_unknown_request_is_exit_code_2(relatch: Relatch) -> None:
    ran = await relatch("close", "R-99", "--as-is", "--because", "why not")

    assert (ran.code, ran.err) == (2, "relatch: there is no request R-99\n")
