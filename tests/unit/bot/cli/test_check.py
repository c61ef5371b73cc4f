"""What `relatch check` finds: a world that is right, and then each thing that can be wrong in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant import BEFORE, FOREVER, Cut, Fault, Respond, SimulatedTenant
from bot.sim.tenant.mailboxes import DOWNLOAD
from bot.sim.tenant.state import utc_now
from bot.sim.tenant.story import GUEST, LEE, SG_SECURITY
from bot.sim.workspace import Refuse, SimulatedWorkspace, Status
from bot.sim.workspace import story as workspace_story
from bot.sim.workspace.world import SCOPES
from bot.sql.engine import Database
from bot.sql.schema import REVISIONS
from tests.command_line import POLICY, chat
from tests.unit.bot.cli.conftest import Relatch
from tests.unit.bot.cli.test_configuration import mark

Look = Callable[..., Awaitable["Found"]]
TABLE = POLICY.replace('match_by = "email"', 'match_by = "table"') + "\n[people.table]\n"


class Found:
    """What one check came to."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        whole: dict[str, Any] = json.loads(text)
        self.ok: bool = whole["ok"]
        self.lines = whole["lines"]

    def grade(self, name: str) -> str:
        return str(self[name]["grade"])

    def __getitem__(self, name: str) -> Mapping[str, str]:
        [line] = [one for one in self.lines if one["name"] == name]
        return line

    def names(self, grade: str) -> set[str]:
        return {one["name"] for one in self.lines if one["grade"] == grade}


@pytest.fixture
def backend() -> str:
    """What is looked at is the same on both databases; the database itself has tests of its own."""
    return "sqlite"


@pytest.fixture
async def workspace() -> AsyncIterator[SimulatedWorkspace]:
    async with workspace_story() as running:
        yield running


@pytest.fixture
def look(relatch: Relatch, workspace: SimulatedWorkspace) -> Look:
    """Run the check, with *more* in the environment; what it found."""

    async def run(**more: str) -> Found:
        ran = await relatch("check", "--json", **{**chat(workspace), **more})
        assert ran.err == ""
        return Found(ran.code, ran.out)

    return run


@pytest.fixture
def policy(env: Mapping[str, str]) -> Callable[[str], None]:
    """Write another policy."""
    return lambda text: Path(env["RELATCH_POLICY"]).write_text(text) and None


def scoped(workspace: SimulatedWorkspace, scopes: frozenset[str]) -> None:
    workspace.installation = replace(workspace.installation, scopes=scopes)


# A world that is right


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_a_world_that_is_right_is_green(look: Look, tenant: SimulatedTenant) -> None:
    before = tenant.state.snapshot()
    found = await look()
    assert (found.code, found.ok) == (0, True)
    assert found.names("failed") | found.names("warning") == set()
    assert found["database"]["says"] == f"answers; its schema is {REVISIONS[-1]}, the current one"
    assert {f"scope {one}" for one in SCOPES} <= found.names("ok")
    assert before.differences(tenant.state.snapshot()) == ()
    assert {one.method for one in tenant.state.journal.requests if one.api != "login"} <= {"GET", "POST"}


async def test_every_line_stands_alone_and_no_secret_in_any(
    relatch: Relatch, workspace: SimulatedWorkspace, env: Mapping[str, str], tenant: SimulatedTenant
) -> None:
    ran = await relatch("check", **chat(workspace), HTTPS_PROXY="", NO_PROXY="localhost")
    lines = ran.out.splitlines()
    assert "ok      channel: #mfa-approvals is private, not shared, and the bot is in it" in lines
    assert "ok      SLACK_BOT_TOKEN: set" in lines
    assert lines[-1].startswith("All of this would work: ")
    secrets = {
        env["AZURE_CLIENT_SECRET"],
        workspace.bot_token,
        workspace.signing_secret,
        *tenant.state.tokens,
    }
    assert not [one for one in secrets if one in ran.out + ran.err]


async def test_a_database_address_is_shown_without_its_password(look: Look) -> None:
    found = await look(DATABASE_URL="postgresql://relatch:planted@127.0.0.1:1/relatch")
    assert found["DATABASE_URL"]["says"] == "postgresql://relatch:***@127.0.0.1:1/relatch"
    assert found.grade("database") == "failed"
    assert "planted" not in found.text
    assert found.code == 1


# Settings


async def test_faults_of_the_configuration_are_lines_too_and_end_with_2(
    relatch: Relatch, workspace: SimulatedWorkspace
) -> None:
    more = {**chat(workspace), "SLACK_BOT_TOKEN": "xoxp-planted", "AZURE_CLIENT_ID": "nonsense"}
    ran = await relatch("check", **more)
    assert ran.code == 2
    assert "failed  SLACK_BOT_TOKEN: found a value that begins otherwise → expected a token" in ran.out
    assert "failed  AZURE_CLIENT_ID: found no GUID → expected the application (client) id" in ran.out
    assert "planted" not in ran.out
    shown = await relatch("check", "--json", **more)
    assert (shown.code, json.loads(shown.out)["ok"]) == (2, False)


# The database


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    ("version", "repair"), [("0001", "run `relatch migrate`"), ("9999", "run that version")]
)
async def test_a_schema_that_does_not_fit_fails(
    look: Look, database: Database, version: str, repair: str
) -> None:
    await mark(database, version)
    found = await look()
    assert found.grade("database") == "failed"
    assert found["database"]["repair"].startswith(repair)


async def test_a_database_that_is_not_there_is_not_made(look: Look, tmp_path: Path) -> None:
    file = tmp_path / "typo.db"
    found = await look(DATABASE_URL=f"sqlite:///{file}")
    assert (found.code, found.grade("database")) == (0, "note")
    assert not file.exists()


# Slack


@pytest.mark.parametrize("scope", sorted(SCOPES))
async def test_a_missing_scope_is_named_with_what_it_is_for(
    look: Look, workspace: SimulatedWorkspace, scope: str
) -> None:
    scoped(workspace, SCOPES - {scope})
    found = await look()
    line = found[f"scope {scope}"]
    assert (found.code, line["grade"]) == (1, "failed")
    assert line["says"].startswith("missing; it is needed to ")
    assert "relatch manifest" in line["repair"]


async def test_scopes_that_are_never_used_are_a_warning(look: Look, workspace: SimulatedWorkspace) -> None:
    scoped(workspace, SCOPES | {"groups:history", "admin"})
    found = await look()
    assert (found.code, found.names("warning")) == (0, {"more scopes"})
    assert found["more scopes"]["says"] == "granted and never used: admin, groups:history"


async def test_a_token_that_is_refused_is_said_once_and_what_rests_on_it_is_not_looked_at(
    look: Look, workspace: SimulatedWorkspace
) -> None:
    workspace.fault(".*", Refuse("account_inactive"), times=None)
    found = await look()
    assert (found.code, found.names("failed")) == (1, {"Slack"})
    assert found["Slack"]["repair"] == "Install the app again and set its new `SLACK_BOT_TOKEN`."
    for name in ("channel", "user groups", "people"):
        assert found[name]["says"] == "not looked at: Slack comes first"


async def test_a_slack_that_is_away_fails(look: Look, workspace: SimulatedWorkspace) -> None:
    workspace.fault(".*", Status(503), times=None)
    found = await look()
    assert (found.code, found["Slack"]["says"]) == (1, "Slack answers 503")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"is_ext_shared": True}, "is shared with another organisation"),
        ({"is_shared": True}, "is shared with other workspaces of the organisation"),
        ({"is_archived": True}, "is archived"),
    ],
)
async def test_a_channel_that_is_not_ours_alone_fails(
    look: Look, workspace: SimulatedWorkspace, change: dict[str, bool], says: str
) -> None:
    for name, value in change.items():
        setattr(workspace.channel("C0APPROVALS"), name, value)
    found = await look()
    assert (found.code, found.grade("channel")) == (1, "failed")
    assert says in found["channel"]["says"]


async def test_a_channel_without_the_bot_fails(look: Look, workspace: SimulatedWorkspace) -> None:
    workspace.channel("C0APPROVALS").members.remove("U0RELATCH")
    found = await look()
    assert found.grade("channel") == "failed"
    assert found["channel"]["repair"] == "Check `people.channel`, and invite the bot to it."


async def test_a_public_channel_fails(look: Look, workspace: SimulatedWorkspace) -> None:
    channel = workspace.channel("C0APPROVALS")
    channel.kind = type(channel.kind).PUBLIC
    found = await look()
    assert (found.grade("channel"), found["channel"]["says"]) == ("failed", "C0APPROVALS is not private")


@pytest.mark.parametrize(
    ("change", "says"), [({"users": ()}, "@security is empty"), ({"disabled": True}, "@security is disabled")]
)
async def test_a_user_group_that_holds_nobody_fails(
    look: Look, workspace: SimulatedWorkspace, change: dict[str, Any], says: str
) -> None:
    workspace.change_group("S0SECURITY", **change)
    found = await look()
    line = found["people.approvers S0SECURITY"]
    assert (found.code, line["grade"], line["says"]) == (1, "failed", says)


async def test_a_user_group_that_is_not_there_fails(look: Look, policy: Callable[[str], None]) -> None:
    policy(POLICY.replace("S0DUTY", "S0NOBODY"))
    found = await look()
    assert found["people.escalate_to S0NOBODY"]["says"] == "there is no such user group"


async def test_approvers_edited_by_somebody_who_may_ask_are_a_warning(
    look: Look, workspace: SimulatedWorkspace
) -> None:
    workspace.change_group("S0SECURITY", updated_by="U0HANNA")
    found = await look()
    line = found["people.approvers S0SECURITY"]
    assert (found.code, line["grade"]) == (0, "warning")
    assert "last edited by U0HANNA on 09 Mar 2024" in line["says"]


async def test_a_plan_without_user_groups_fails_and_says_what_else(
    look: Look, workspace: SimulatedWorkspace
) -> None:
    workspace.paid_plan = False
    found = await look()
    assert "list users in the policy instead" in found["user groups"]["repair"]


async def test_the_apps_token_is_tried_in_socket_mode(look: Look, workspace: SimulatedWorkspace) -> None:
    found = await look(SLACK_APP_TOKEN=workspace.app_token, SLACK_SIGNING_SECRET="")
    assert (found.code, found.grade("Socket Mode"), workspace.links.opened) == (0, "ok", 0)
    found = await look(SLACK_APP_TOKEN="xapp-another")
    assert (found.code, found["Socket Mode"]["says"]) == (1, "Slack answers invalid_auth")
    assert "connections:write" in found["Socket Mode"]["repair"]


async def test_the_scopes_that_a_check_uses_are_among_those_that_are_asked_for(
    look: Look, workspace: SimulatedWorkspace
) -> None:
    await look()
    assert "groups:read" in workspace.used_scopes
    assert workspace.used_scopes <= SCOPES


# Entra


@pytest.mark.parametrize(
    ("off", "grade", "says"),
    [
        (30, "ok", "behind Microsoft's"),
        (90, "warning", "behind Microsoft's"),
        (-200, "warning", "ahead of Microsoft's"),
        (400, "failed", "behind Microsoft's: sign-in and Slack's signatures are refused"),
    ],
)
async def test_a_clock_that_is_off_is_told_by_microsofts(  # noqa: PLR0917 (a row of the table)
    look: Look, tenant: SimulatedTenant, off: int, grade: str, says: str
) -> None:
    tenant.state.now = lambda: utc_now() + timedelta(seconds=off)
    line = (await look())["clock"]
    assert line["grade"] == grade
    number, _, rest = line["says"].partition(" s ")
    assert rest == says
    assert abs(int(number) - abs(off)) <= 2  # the two clocks are not read at once


async def test_a_secret_that_is_wrong_is_said_once(look: Look) -> None:
    found = await look(AZURE_CLIENT_SECRET="another")
    assert (found.code, found.names("failed")) == (1, {"sign-in"})
    assert "AADSTS7000215" in found["sign-in"]["says"]
    for name in ("permissions", "credential", "people"):
        assert found[name]["says"] == "not looked at: sign-in comes first"


async def test_the_end_of_the_secret_is_read_where_that_is_allowed(
    look: Look, tenant: SimulatedTenant
) -> None:
    assert (await look()).grade("client secret") == "note"
    tenant.state.grant("Application.Read.All")
    assert (await look()).grade("client secret") == "ok"
    ends = {"warning": timedelta(days=29), "failed": timedelta(days=-1)}
    for grade, left in ends.items():
        tenant.state.app = replace(tenant.state.app, secrets_end=utc_now() + left)
        found = await look()
        assert found.grade("client secret") == grade
        assert found.code == (grade == "failed")


TRIED = (
    "User.Read.All",
    "GroupMember.Read.All",
    "UserAuthenticationMethod.Read.All",
    "RoleManagement.Read.Directory",
)
WRITES = ("Policy.ReadWrite.AuthenticationMethod", "User.RevokeSessions.All")


@pytest.mark.parametrize("permission", [*TRIED, *WRITES])
async def test_a_missing_permission_is_named_with_what_it_is_for(
    look: Look, tenant: SimulatedTenant, permission: str
) -> None:
    # A broader one would do for a read.
    tenant.state.withdraw(permission, permission.replace(".Read.", ".ReadWrite."))
    found = await look()
    line = found[permission]
    assert (found.code, line["grade"]) == (1, "failed")
    assert line["says"].startswith("not granted; it is needed to ")
    assert line["repair"].startswith(f"grant the app {permission} with admin consent")


@pytest.mark.parametrize("permission", ["MailboxSettings.Read", "Reports.Read.All", "AuditLog.Read.All"])
async def test_a_missing_permission_without_which_less_is_shown_is_a_warning(
    look: Look, tenant: SimulatedTenant, permission: str
) -> None:
    tenant.state.withdraw(permission)
    found = await look()
    assert (found.code, found.grade(permission)) == (0, "warning")
    assert found[permission]["repair"].startswith(f"grant the app {permission} with admin consent")


@pytest.mark.parametrize("permission", ["Policy.Read.All", "RoleEligibilitySchedule.Read.Directory"])
async def test_what_a_broader_permission_does_is_a_warning(
    look: Look, tenant: SimulatedTenant, permission: str
) -> None:
    tenant.state.withdraw(permission)
    found = await look()
    assert (found.code, found.grade(permission)) == (0, "warning")
    assert "a broader one does" in found[permission]["says"]


async def test_permissions_are_tried_when_the_token_cannot_be_read(
    look: Look, tenant: SimulatedTenant
) -> None:
    tenant.state.opaque_tokens = True
    tenant.state.withdraw("GroupMember.Read.All")
    found = await look()
    assert found.grade("GroupMember.Read.All") == "failed"
    assert found.grade("User.Read.All") == "ok"
    assert found.grade("User.RevokeSessions.All") == "note"


async def test_a_granted_permission_that_is_refused_all_the_same_fails(
    look: Look, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(Respond(403), path="/groups", times=FOREVER))
    found = await look()
    assert "granted, and refused all the same" in found["GroupMember.Read.All"]["says"]


@pytest.mark.parametrize(
    "permission",
    [
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
        "Group.ReadWrite.All",
    ],
)
async def test_a_permission_that_is_too_broad_is_a_warning(
    look: Look, tenant: SimulatedTenant, permission: str
) -> None:
    tenant.state.grant(permission)
    found = await look()
    assert (found.code, found.grade(permission)) == (0, "warning")
    assert "too broad" in found[permission]["says"]


async def test_a_tenant_without_p2_has_nobody_who_could_activate_a_role(
    look: Look, tenant: SimulatedTenant
) -> None:
    tenant.state.entra_id_p2 = False
    assert (await look()).grade("RoleEligibilitySchedule.Read.Directory") == "ok"


async def test_reports_and_logs_are_tried_and_nothing_is_fetched(look: Look, tenant: SimulatedTenant) -> None:
    found = await look()
    for permission in ("Reports.Read.All", "AuditLog.Read.All"):
        assert found[permission]["says"].startswith("granted and tried, to ")
    tenant.faults.add(Fault(Respond(403), path="/reports/.*", times=FOREVER))
    found = await look()
    for permission in ("Reports.Read.All", "AuditLog.Read.All"):
        assert "granted, and refused all the same" in found[permission]["says"]
    assert not [one for one in tenant.state.journal.requests if one.path.startswith(f"/{DOWNLOAD}")]


async def test_a_tenant_without_p1_or_reports_is_fine(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.entra_id_p1 = False
    tenant.faults.add(Fault(Respond(404), path="/reports/getMailbox.*", times=FOREVER))
    found = await look()
    assert (found.grade("AuditLog.Read.All"), found.grade("Reports.Read.All")) == ("ok", "ok")


async def test_somebody_whom_the_report_does_not_know_yet_is_fine(
    look: Look, tenant: SimulatedTenant
) -> None:
    tenant.state.unreported = set(tenant.state.users)
    assert (await look()).grade("AuditLog.Read.All") == "ok"


async def test_a_graph_that_is_away_fails(look: Look, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Cut(BEFORE), api="v1.0", times=FOREVER))
    found = await look()
    assert (found.code, found.grade("User.Read.All")) == (1, "failed")


# People


async def test_an_approver_who_is_bound_to_nobody_fails(look: Look, workspace: SimulatedWorkspace) -> None:
    workspace.change_person("U0OMAR", email="omar@elsewhere.com")
    found = await look()
    line = found["approver U0OMAR"]
    assert (found.code, line["grade"]) == (1, "failed")
    assert "No enabled member in Entra has your Slack account's e-mail address." in line["says"]
    assert found.grade("quorum") == "ok"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"is_restricted": True}, "Guests of the workspace may do nothing here."),
        ({"deleted": True}, "Your Slack account is deactivated."),
        ({"is_email_confirmed": False}, "Slack has not confirmed your e-mail address."),
    ],
)
async def test_a_barred_approver_fails_with_the_reason(
    look: Look, workspace: SimulatedWorkspace, change: dict[str, bool], says: str
) -> None:
    workspace.change_person("U0OMAR", **change)
    found = await look()
    assert says in found["approver U0OMAR"]["says"]


async def test_a_disabled_account_in_the_directory_bars(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.add(replace(tenant.state.user("omar@contoso.com"), enabled=False))
    assert "Your account in Entra is disabled." in (await look())["approver U0OMAR"]["says"]


async def test_too_few_approvers_for_the_quorum_fail(look: Look, policy: Callable[[str], None]) -> None:
    policy(POLICY + "approvals = 3\n")
    found = await look()
    assert found["quorum"]["says"] == "3 approvals are needed, and 2 can decide"


async def test_the_quorum_of_every_table_counts(look: Look, policy: Callable[[str], None]) -> None:
    policy(POLICY + "\n[pass]\napprovals = 3\n")
    assert (await look())["quorum"]["says"] == "3 approvals are needed, and 2 can decide"


async def test_a_requester_who_approves_leaves_too_few(look: Look, policy: Callable[[str], None]) -> None:
    policy(POLICY.replace('["S0HELPDESK"]', '["S0HELPDESK", "U0OMAR"]') + "approvals = 2\n")
    found = await look()
    assert found.grade("quorum") == "failed"
    assert found["quorum"]["says"].endswith("too few can decide what is asked by Omar Haddad")


async def test_two_accounts_of_one_person_count_once(look: Look, policy: Callable[[str], None]) -> None:
    table = 'U0HANNA = "hanna@contoso.com"\nU0OMAR = "omar@contoso.com"\nU0NOOR = "omar@contoso.com"\n'
    policy(TABLE.replace("[suspend]\n", "[suspend]\napprovals = 2\n") + table)
    found = await look()
    assert found["approver omar@contoso.com"]["says"] == "has 2 Slack accounts, and counts once"
    assert found["quorum"]["says"] == "2 approvals are needed, and 1 can decide"


async def test_a_requester_who_is_barred_is_a_warning_and_nobody_left_fails(
    look: Look, workspace: SimulatedWorkspace
) -> None:
    workspace.change_person("U0HANNA", email="hanna@elsewhere.com")
    found = await look()
    assert found.grade("requester U0HANNA") == "warning"
    assert (found.code, found["requesters"]["says"]) == (1, "nobody can ask")


async def test_a_member_of_an_entra_group_without_a_slack_account_is_named(
    look: Look, tenant: SimulatedTenant, policy: Callable[[str], None]
) -> None:
    group = tenant.state.groups[SG_SECURITY]
    tenant.state.add(replace(group, members=group.members | {LEE, GUEST}))
    policy(POLICY.replace("S0SECURITY", SG_SECURITY))
    found = await look()
    assert found.grade("approver U0LEE") == "ok"
    assert found["approver pat_fabrikam.com#EXT#@contoso.onmicrosoft.com"]["says"].endswith(
        "“You have no Slack account here.”"
    )


async def test_people_on_duty_are_looked_up_and_nobody_is_a_warning(
    look: Look, workspace: SimulatedWorkspace, policy: Callable[[str], None]
) -> None:
    policy(POLICY.replace('"S0DUTY"', '"U0DUTY", "U0NOBODY"'))
    workspace.change_person("U0DUTY", deleted=True)
    found = await look()
    assert "Your Slack account is deactivated." in found["people.escalate_to U0DUTY"]["says"]
    assert "Slack knows no such account." in found["people.escalate_to U0NOBODY"]["says"]
    policy(POLICY.replace('["S0DUTY"]', "[]"))
    found = await look()
    assert (found.code, found.grade("people.escalate_to")) == (0, "warning")


async def test_somebody_protected_who_is_nobody_fails(look: Look, policy: Callable[[str], None]) -> None:
    policy(
        f'{POLICY}\n[protect]\nusers = ["ceo@contoso.com", "lee@contoso.com"]\ngroups = ["{SG_SECURITY}"]\n'
    )
    found = await look()
    assert found["protect.users"]["says"] == 'found "ceo@contoso.com", who is nobody in Entra'
    assert found[f"protect.groups {SG_SECURITY}"]["says"] == "2 members are protected"


# Exchange

SOURCES = f"{POLICY}\n[exchange]\nadmin_api = true\ninvoke_command = true\n"


@pytest.fixture
async def exchange(
    tenant: SimulatedTenant, policy: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SimulatedExchange]:
    """An Exchange Online beside the tenant; the policy turns both ways to ask it on."""
    async with SimulatedExchange(tenant) as running:
        monkeypatch.setenv("RELATCH_EXCHANGE_URL", running.url)
        policy(SOURCES)
        yield running


async def test_without_a_source_in_the_policy_exchange_is_not_looked_at(look: Look) -> None:
    found = await look()
    assert not [one for one in found.lines if one["name"].startswith("Exchange")]


async def test_an_exchange_that_answers_says_by_what_it_was_tried(
    look: Look, exchange: SimulatedExchange
) -> None:
    found = await look()
    assert (found.code, found.names("failed")) == (0, set())
    assert found["Exchange admin API"]["says"] == "Get-Mailbox is answered"
    assert found["Exchange InvokeCommand"]["says"] == "Get-CASMailbox is answered"
    assert [one.status for one in exchange.asked] == [200, 200]


async def test_a_missing_role_in_exchange_is_named_with_its_repair(
    look: Look, exchange: SimulatedExchange
) -> None:
    exchange.roles.clear()
    found = await look()
    assert (found.code, found.names("failed")) == (1, {"Exchange admin API", "Exchange InvokeCommand"})
    assert "View-Only Recipients" in found["Exchange admin API"]["repair"]
    assert "Global Reader" in found["Exchange InvokeCommand"]["repair"]


async def test_a_tenant_outside_the_preview_is_told(look: Look, exchange: SimulatedExchange) -> None:
    exchange.preview = False
    found = await look()
    assert "not in the preview" in found["Exchange admin API"]["repair"]
    assert found.grade("Exchange InvokeCommand") == "ok"


async def test_a_host_that_is_not_exchange_gives_no_token(look: Look, exchange: SimulatedExchange) -> None:
    assert exchange.preview
    found = await look(RELATCH_EXCHANGE_URL="https://localhost:9")
    assert found["Exchange admin API"]["says"].startswith("no token for Exchange")
    assert "RELATCH_EXCHANGE_URL" in found["Exchange admin API"]["repair"]
