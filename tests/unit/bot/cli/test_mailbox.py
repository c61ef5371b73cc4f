"""Mailboxes in a terminal: what is printed, and what scripts learn from the exit code."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant import Fault, SimulatedTenant
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.tenant.story import LEE
from tests.command_line import environment
from tests.pasted import ANSWER, HEADER, REPORT
from tests.unit.bot.cli.conftest import Relatch


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def env(tmp_path: Path, tenant: SimulatedTenant) -> Mapping[str, str]:
    """The environment; the database's address leads nowhere."""
    return environment(tmp_path, "postgresql://nobody@127.0.0.1:1/none", tenant)


async def test_a_mailbox_is_shown_without_a_database(relatch: Relatch) -> None:
    ran = await relatch("mailbox", "show", "lee@contoso.com")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0] == "Lee Jansen, lee@contoso.com: user mailbox"
    assert lines[1] == "lives       Exchange Online (Exchange Online shows its settings)"
    assert "licence     Exchange Online (Plan 2) in Office 365 E3" in lines
    assert "forwards    nothing, by inbox rules" in lines
    assert "activity    2026-11-20" in lines
    assert "PowerShell  Get-EXOMailboxStatistics -Identity 'lee@contoso.com'" in lines


async def test_machines_read_names_numbers_and_what_is_missing(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("Reports.Read.All")
    found = json.loads((await relatch("mailbox", "show", LEE, "--json")).out)
    assert (found["kind"], found["place"], found["size"]) == ("user", "online", None)
    assert found["automatic_replies"] == {"on": False, "starts": None, "ends": None, "audience": None}
    assert {one["source"] for one in found["missing"]} == {"report", "invoke_command"}
    assert found["protocols"] is None


async def test_exchange_is_asked_where_the_policy_says_so(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path
) -> None:
    file = tmp_path / "relatch.toml"
    file.write_text(f"{file.read_text()}\n[exchange]\ninvoke_command = true\n")
    async with SimulatedExchange(tenant) as exchange:
        ran = await relatch("mailbox", "show", "lee@contoso.com", "--json", RELATCH_EXCHANGE_URL=exchange.url)
    found = json.loads(ran.out)
    assert (ran.code, found["missing"], found["forwarding"]) == (0, [], [])
    assert found["protocols"]["smtp_auth"] == "organisation"
    assert found["size"]["stops_at"] == 100 << 30


async def test_an_address_that_is_nothing_ends_with_1(relatch: Relatch) -> None:
    ran = await relatch("mailbox", "show", "nobody@contoso.com")
    assert (ran.code, ran.out.splitlines()[0]) == (1, "nobody@contoso.com: nothing in this tenant")


@pytest.mark.parametrize("typed", ["not-an-address", "<@U0LEE>"])
async def test_what_is_nobody_ends_with_2(relatch: Relatch, typed: str) -> None:
    ran = await relatch("mailbox", "show", typed)
    assert (ran.code, ran.out) == (2, "")


async def test_while_entra_is_silent_it_ends_with_3(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(403), times=FOREVER, path="batch"))
    ran = await relatch("mailbox", "show", "lee@contoso.com")
    assert (ran.code, ran.out) == (3, "")


async def test_what_strangers_wrote_does_not_move_the_terminal(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    evil = "\x1b[2J\u202eevil\r\n"
    rule = {
        "displayName": evil,
        "isEnabled": True,
        "actions": {"forwardTo": [{"emailAddress": {"address": evil}}]},
    }
    tenant.state.add(replace(tenant.state.user(LEE), display_name=evil))
    tenant.state.add(replace(tenant.state.mailboxes[LEE], rules=(rule,)))
    out = (await relatch("mailbox", "show", "lee@contoso.com")).out
    assert "evil" in out
    assert not {"\x1b", "\u202e", "\r"} & set(out)


# --- diagnose ------------------------------------------------------------------------------


class Piped:
    """Standard input that something was piped into, or is pasted into."""

    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(content)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


async def test_a_text_is_explained_without_asking_anybody(relatch: Relatch, tenant: SimulatedTenant) -> None:
    ran = await relatch("mailbox", "diagnose", ANSWER, RELATCH_POLICY="/nowhere")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("found       AppPasswordRequired, HTTP 456, a managed account\n")
    assert "not proved  That turning MFA off would help" in ran.out
    assert "  Outlook 2013: only with the three registry values" in ran.out
    assert tenant.state.journal.requests == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
async def test_standard_input_is_read_as_windows_pipes_it(
    relatch: Relatch, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr("sys.stdin", Piped(f"{REPORT} ü".encode(encoding)))
    ran = await relatch("mailbox", "diagnose", "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["found"][0]) == (0, "AppPasswordRequired")
    assert found["suspension"] is None
    assert len(found["clients"]) == 4


async def test_whoever_pastes_into_the_terminal_is_told_how_to_end(
    relatch: Relatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Piped(b"456", terminal=True))
    ran = await relatch("mailbox", "diagnose")
    assert (ran.code, ran.err) == (0, "Paste the text, then press Ctrl-D.\n")


async def test_for_somebody_the_live_state_is_set_beside(relatch: Relatch, tenant: SimulatedTenant) -> None:
    ran = await relatch("mailbox", "diagnose", HEADER, "--for", "lee@contoso.com")
    assert ran.code == 0, ran.err
    assert "looked at   Per-user MFA is enforced. It is not what keeps the client out" in ran.out
    assert "looked at   The mailbox lives in Exchange Online." in ran.out
    assert "`/mailbox show lee@contoso.com`" in ran.out
    tenant.state.withdraw("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod")
    ran = await relatch("mailbox", "diagnose", HEADER, "--for", LEE)
    assert (ran.code, "Not known: the MFA state" in ran.out) == (0, True)
    ran = await relatch("mailbox", "diagnose", HEADER, "--for", "orders@tailspin.example")
    assert (ran.code, "Not known: who that is: nobody in Entra" in ran.out) == (0, True)
    assert "looked at   It is a mail contact" in ran.out


async def test_what_says_nothing_ends_with_1_and_a_file_s_name_with_2(relatch: Relatch) -> None:
    ran = await relatch("mailbox", "diagnose", "it does not work")
    assert (ran.code, ran.out) == (1, "")
    assert "X-AutoDiscovery-Error" in ran.err
    ran = await relatch("mailbox", "diagnose", "report.html")
    assert (ran.code, ran.out) == (2, "")
    assert "relatch mailbox diagnose < FILE" in ran.err
