"""``relatch report``: what is printed and written, and what is said of what could not be read."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import pty
import stat
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.sim.tenant import Fault, SimulatedTenant
from bot.sim.tenant.crowd import crowd
from bot.sim.tenant.faults import FOREVER, Cut, Respond
from bot.sim.tenant.story import BREAK_GLASS, EXCHANGE_ADMIN, GUEST, LEE
from tests.suspensions import Suspensions
from tests.unit.bot.cli.conftest import Ago, Relatch

DETAILS = "userRegistrationDetails"
STATES = {"Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"}


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


async def told(relatch: Relatch, *arguments: str, code: int = 0, **more: str) -> dict[str, Any]:
    """Run it for machines, and return what they get."""
    ran = await relatch("report", "--json", *arguments, **more)
    assert (ran.code, ran.err) == (code, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def rows(file: Path) -> dict[str, dict[str, str]]:
    """Read a CSV as a spreadsheet does; the rows by user principal name."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["user_principal_name"]: row for row in csv.DictReader(lines)}


def hidden(folder: Path) -> list[Path]:
    return [*folder.glob(".*")]


def counts(members: int, guests: int = 0, blocked: int = 0) -> dict[str, int]:
    return {"all": members + guests + blocked, "members": members, "guests": guests, "blocked": blocked}


# --- the whole picture ----------------------------------------------------------------------


async def test_machines_get_the_whole_picture(relatch: Relatch, suspensions: Suspensions) -> None:
    request = await suspensions.active()
    assert request.ends_at
    found = await told(relatch)
    assert found["people"] == counts(7, guests=1)
    assert found["states"] == {
        "by_state": {"enforced": counts(5), "enabled": counts(0), "disabled": counts(2, guests=1)},
        "not_read": counts(0),
        "from_the_list": 8,
        "from_one_call_each": 0,
    }
    registration = found["registration"]
    assert registration["registered"] == registration["capable"] == counts(6)
    assert registration["not_registered"] == counts(1, guests=1)
    assert registration["in_the_report"] == counts(7, guests=1)
    assert registration["methods"]["mobile phone"] == counts(1)
    assert registration["methods"]["Microsoft Authenticator"] == counts(6)
    assert found["administrators"] == {
        "known": 1,
        "without_a_second_factor": [
            {
                "user_principal_name": "breakglass1@contoso.onmicrosoft.com",
                "name": "Emergency Access 1",
                "per_user_mfa": "disabled",
            }
        ],
    }
    [live] = found["suspensions"]
    assert live == {
        "id": "R-1",
        "subject": "lee@contoso.com",
        "state": "active",
        "until": request.ends_at.isoformat(timespec="seconds"),
        "overdue": False,
    }
    assert found["not_read"] == []


async def test_people_read_the_same_in_tables(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.active()
    ran = await relatch("report")
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0].endswith("UTC: 8 people (members 7, guests 1, blocked accounts 0)")
    assert "enforced 5 62.5 % 5 0 0" in lines
    assert "registered a second factor 6 75.0 % 6 0 0" in lines
    assert "mobile phone 1 12.5 % 1 0 0" in lines
    assert "Read from the list of users, a shortcut that Microsoft does not support." in lines
    assert "Administrators without a second factor: 1 of 1" in lines
    assert any(line.startswith("R-1 lee@contoso.com active until ") for line in lines)
    assert "Not read" not in ran.out


async def test_a_narrow_terminal_loses_nothing(relatch: Relatch, suspensions: Suspensions) -> None:
    await suspensions.active()
    out = (await relatch("report", COLUMNS="50")).out
    assert "…" not in out
    assert "breakglass" in out


async def test_a_late_restore_is_shown_as_overdue(
    relatch: Relatch, suspensions: Suspensions, ago: Ago
) -> None:
    ago.by = timedelta(hours=2)
    await suspensions.active(lasts=timedelta(hours=1))
    assert [one["overdue"] for one in (await told(relatch))["suspensions"]] == [True]
    assert "overdue" in (await relatch("report")).out


async def test_blocked_accounts_are_counted_apart(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), enabled=False))
    tenant.state.add(replace(tenant.state.user(GUEST), enabled=False))
    found = await told(relatch)
    assert found["people"] == counts(6, blocked=2)
    assert found["states"]["by_state"]["enforced"] == counts(5, blocked=1)


# --- where the states come from -------------------------------------------------------------


@pytest.mark.parametrize("lists", ["left out", "refused"])
async def test_without_the_shortcut_everybody_is_asked_for_in_batches(
    relatch: Relatch, tenant: SimulatedTenant, lists: Literal["left out", "refused"]
) -> None:
    tenant.state.lists_mfa = lists
    tenant.state.add(*crowd(42))
    states = (await told(relatch))["states"]
    assert (states["from_the_list"], states["from_one_call_each"]) == (0, 50)
    assert sum(one["all"] for one in states["by_state"].values()) == 50
    batches = [one for one in tenant.state.journal.requests if one.path == "/$batch"]
    assert [len(one.body["requests"]) for one in batches] == [20, 20, 10]
    assert "Read from one call each, in batches." in (await relatch("report")).out


async def test_a_state_that_nobody_knows_is_none_of_the_known_ones(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), mfa="unknownFutureValue"))
    by_state = (await told(relatch))["states"]["by_state"]
    assert by_state["unknownFutureValue"] == counts(1)
    assert by_state["disabled"] == counts(1, guests=1)


async def test_whoever_is_deleted_meanwhile_is_not_counted(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.lists_mfa = "left out"
    gone = Respond(404, code="Request_ResourceNotFound")
    tenant.faults.add(Fault(gone, path=f"{LEE}/authentication/requirements"))
    found = await told(relatch)
    assert found["people"] == counts(6, guests=1)
    assert found["states"]["not_read"] == counts(0)


async def test_one_state_that_cannot_be_read_is_one_that_is_not_known(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path
) -> None:
    tenant.state.lists_mfa = "left out"
    tenant.faults.add(Fault(Respond(400), path=f"{LEE}/authentication/requirements", times=FOREVER))
    found = await told(relatch, "--csv", str(tmp_path / "people.csv"))
    assert found["states"]["not_read"] == counts(1)
    [missing] = found["not_read"]
    assert missing["what"] == "1 of the per-user MFA states"
    assert "Graph answered 400 BadRequest" in missing["why"]
    assert rows(tmp_path / "people.csv")["lee@contoso.com"]["per_user_mfa"] == "not read"
    assert "not read" in (await relatch("report")).out


# --- thin tenants ---------------------------------------------------------------------------


async def test_without_the_permission_for_states_nobody_is_asked_for_twice(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.lists_mfa = "left out"
    tenant.state.withdraw(*STATES)
    tenant.state.add(*crowd(200))
    found = await told(relatch)
    assert found["states"] is None
    assert found["people"]["all"] == 208
    [missing] = found["not_read"]
    assert (missing["what"], "Policy.Read.All" in missing["what_to_do"]) == ("per-user MFA states", True)
    batches = [one for one in tenant.state.journal.requests if one.path == "/$batch"]
    assert len(batches) <= 4
    assert "Per-user MFA: not read, see below" in (await relatch("report")).out


@pytest.mark.parametrize(
    ("permission", "unread"),
    [
        ("User.Read.All", {"people", "states"}),
        ("AuditLog.Read.All", {"registration", "administrators"}),
    ],
)
async def test_a_missing_permission_is_named_and_never_a_zero(
    relatch: Relatch, tenant: SimulatedTenant, permission: str, unread: set[str]
) -> None:
    tenant.state.withdraw(permission)
    found = await told(relatch)
    assert {name for name, part in found.items() if part is None} == unread
    assert all(permission in one["what_to_do"] for one in found["not_read"])
    out = (await relatch("report")).out
    assert permission in out
    assert "not read, see below" in out


async def test_where_people_cannot_be_listed_the_report_still_counts(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path
) -> None:
    tenant.state.withdraw("User.Read.All")
    found = await told(relatch, "--csv", str(tmp_path / "people.csv"))
    assert found["registration"]["registered"] == {**counts(6), "blocked": None}
    assert found["administrators"]["known"] == 1
    assert found["administrators"]["without_a_second_factor"][0]["per_user_mfa"] is None
    lee = rows(tmp_path / "people.csv")["lee@contoso.com"]
    assert (lee["account"], lee["per_user_mfa"]) == ("not in the directory's list", "not read")
    out = (await relatch("report")).out
    assert "the people were not counted" in out
    assert "per-user MFA not read" in out


async def test_without_entra_id_p1_the_licence_is_named(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.entra_id_p1 = False
    found = await told(relatch)
    assert found["registration"] is None
    [missing] = found["not_read"]
    assert (missing["what"], "Entra ID P1" in missing["what_to_do"]) == ("registration", True)


async def test_with_nothing_that_may_be_read_it_ends_with_3(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.granted.clear()
    found = await told(relatch, code=3)
    assert [one["what"] for one in found["not_read"]] == [
        "the list of users",
        "per-user MFA states",
        "registration",
    ]


async def test_whoever_the_report_does_not_know_is_not_called_unregistered(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path
) -> None:
    tenant.state.unreported.add(LEE)
    tenant.state.reported[EXCHANGE_ADMIN] = {"isMfaRegistered": None}
    found = await told(relatch, "--csv", str(tmp_path / "people.csv"))
    assert found["registration"]["not_known"] == counts(2)
    assert found["registration"]["not_registered"] == counts(1, guests=1)
    people = rows(tmp_path / "people.csv")
    assert people["lee@contoso.com"]["mfa_registered"] == "not in the report"
    assert people["eva@contoso.com"]["mfa_registered"] == "not in the report"
    assert "not in the report" in (await relatch("report")).out


async def test_a_kind_of_method_from_the_future_is_named(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.reported[LEE] = {"methodsRegistered": ["brainWave", 7], "lastUpdatedDateTime": "soon"}
    found = await told(relatch)
    assert found["registration"]["methods"]["unknown to Relatch (brainWave)"] == counts(1)


async def test_without_a_database_that_is_said_and_none_is_made(relatch: Relatch, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.db"
    found = await told(relatch, DATABASE_URL=f"sqlite:///{nowhere}")
    assert found["suspensions"] is None
    assert found["not_read"] == [
        {"what": "live suspensions", "why": "there is no database", "what_to_do": "look at DATABASE_URL"}
    ]
    assert not nowhere.exists()
    nowhere.touch()
    assert (await told(relatch))["not_read"][0]["why"].startswith("the database is empty")


async def test_a_database_that_does_not_answer_is_said_and_ends_with_3(relatch: Relatch) -> None:
    found = await told(relatch, code=3, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert found["suspensions"] is None
    assert found["people"]["all"] == 8


# --- files ----------------------------------------------------------------------------------


async def test_the_csv_has_a_line_a_person(
    relatch: Relatch, tenant: SimulatedTenant, suspensions: Suspensions, tmp_path: Path
) -> None:
    await suspensions.active()
    file = tmp_path / "people.csv"
    assert (await relatch("report", "--csv", str(file))).code == 0
    people = rows(file)
    assert set(people) == {user.upn for user in tenant.state.users.values()}
    lee = people["lee@contoso.com"]
    assert (lee["name"], lee["type"], lee["account"], lee["per_user_mfa"]) == (
        "Lee Jansen",
        "member",
        "enabled",
        "disabled",
    )
    assert (lee["mfa_registered"], lee["administrator"], lee["suspension"]) == ("yes", "no", "R-1 active")
    assert lee["methods"] == (
        "Microsoft Authenticator, codes of an app, mobile phone, e-mail, password reset only"
    )
    assert people["breakglass1@contoso.onmicrosoft.com"]["administrator"] == "yes"
    assert [row["type"] for row in people.values()].count("guest") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("name", ["=1+1", "+31 6", "-1", "@cmd", "\N{FULLWIDTH EQUALS SIGN}1"])
async def test_no_name_becomes_a_formula(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path, name: str
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), display_name=name))
    await relatch("report", "--csv", str(tmp_path / "people.csv"))
    assert rows(tmp_path / "people.csv")["lee@contoso.com"]["name"] == f"'{name}"


async def test_the_chart_is_a_png(relatch: Relatch, tmp_path: Path) -> None:
    chart = tmp_path / "mfa.png"
    ran = await relatch("report", "--chart", str(chart))
    assert (ran.code, ran.err) == (0, "")
    assert chart.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("option", ["--csv", "--chart"])
async def test_a_file_that_cannot_be_written_is_known_before_anything_is_read(
    relatch: Relatch, tenant: SimulatedTenant, tmp_path: Path, option: str
) -> None:
    for wrong in (tmp_path / "no" / "such" / "folder", tmp_path):
        ran = await relatch("report", option, str(wrong))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("relatch: ")
    assert tenant.state.journal.requests == []


async def test_what_strangers_wrote_does_not_move_the_terminal(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    evil = "\x1b[2J\u202e[red]evil"
    tenant.state.add(replace(tenant.state.user(BREAK_GLASS), display_name=evil, upn=f"{evil}@contoso.com"))
    out = (await relatch("report")).out
    assert "[red]evil" in out
    assert not {"\x1b", "\u202e"} & set(out)


# --- throttles and cuts ---------------------------------------------------------------------


def answered_twice(tenant: SimulatedTenant) -> list[str]:
    """Return what was read more than once, of what was answered at all."""
    read = [
        f"{one.path}?{one.query}"
        for one in tenant.state.journal.requests
        if one.status == 200 and one.api != "login" and one.path != "/$batch"
    ]
    return sorted({one for one in read if read.count(one) > 1})


@pytest.mark.parametrize("effect", [Respond(429, retry_after=1), Respond(503), Cut()])
async def test_after_a_throttle_it_goes_on_where_it_was(
    relatch: Relatch, tenant: SimulatedTenant, effect: Respond | Cut
) -> None:
    tenant.state.page_size = 10
    tenant.state.add(*crowd(22))
    tenant.faults.add(Fault(effect, path="^/users$", nth=3, times=2))
    tenant.faults.add(Fault(effect, path=DETAILS, nth=2))
    found = await told(relatch)
    assert found["people"]["all"] == 30
    assert sum(found["registration"][one]["all"] for one in ("registered", "not_registered")) == 30
    assert answered_twice(tenant) == []


async def test_graph_gets_the_pause_that_it_asks_for(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(429, retry_after=2), path=DETAILS))
    assert (await told(relatch))["not_read"] == []
    refused, again = [one.at for one in tenant.state.journal.requests if DETAILS in one.path]
    assert again - refused >= timedelta(seconds=2)


async def test_of_a_throttled_batch_only_what_is_missing_is_asked_for_again(
    relatch: Relatch, tenant: SimulatedTenant
) -> None:
    tenant.state.lists_mfa = "left out"
    tenant.state.add(*crowd(60))
    tenant.faults.add(Fault(Respond(429, retry_after=1), path="requirements", nth=5, times=7))
    states = (await told(relatch))["states"]
    assert (states["from_one_call_each"], states["not_read"]["all"]) == (68, 0)
    assert answered_twice(tenant) == []


async def test_half_a_list_is_none(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.page_size = 5
    tenant.faults.add(Fault(Respond(400), path=DETAILS, nth=2, times=FOREVER))
    found = await told(relatch)
    assert found["registration"] is None
    assert found["people"]["all"] == 8
    tenant.faults.clear()
    tenant.faults.add(Fault(Respond(400), path="^/users$", nth=3, times=FOREVER))
    found = await told(relatch)
    assert (found["people"], found["states"]) == (None, None)
    assert found["registration"]["registered"] == {**counts(6), "blocked": None}


async def test_pages_of_the_report_leave_room_for_the_bot(relatch: Relatch, tenant: SimulatedTenant) -> None:
    tenant.state.page_size = 2
    await told(relatch)
    times = [one.at for one in tenant.state.journal.requests if DETAILS in one.path]
    assert len(times) == 4
    tenant.state.add(*crowd(2))
    tenant.state.journal.requests.clear()
    await told(relatch)
    first, *_, last = (one.at for one in tenant.state.journal.requests if DETAILS in one.path)
    assert last - first >= timedelta(seconds=2)


# --- progress -------------------------------------------------------------------------------


async def test_progress_is_shown_on_a_terminal_and_nowhere_else(env: Mapping[str, str]) -> None:
    """Standard output is a pipe that machines read, standard error the terminal."""
    ours, theirs = pty.openpty()
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "report", "--json"),
        env={**bare, **env, "TERM": "xterm"},
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    shown = asyncio.create_task(asyncio.to_thread(_read_all, ours))
    assert process.stdout
    out = await process.stdout.read()
    assert await process.wait() == 0
    assert json.loads(out)["people"]["all"] == 8
    said = await shown
    assert "people" in said
    assert "8/8" in said


def _read_all(terminal: int) -> str:
    said = b""
    with os.fdopen(terminal, "rb", buffering=0) as reader:
        while True:
            try:
                more = reader.read(4096)
            except OSError:
                more = b""  # Linux says so when the other side is closed
            if not more:
                return said.decode(errors="replace")
            said += more


async def test_nothing_that_serves_imports_the_plotting_library() -> None:
    program = (
        "import sys, bot.lifecycle, bot.cli.program, bot.cli.report, bot.report.drawing;"
        " sys.exit(any(name.startswith('matplotlib') for name in sys.modules))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 0
