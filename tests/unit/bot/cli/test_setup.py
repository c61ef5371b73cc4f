"""What an administrator is told to set up outside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from bot.cli.setup import entra_setup, manifest
from bot.config import load_policy
from bot.entra.grants import GRAPH, PUBLIC_ONLY, ROLE_IDS, Features, broad, grants
from bot.entra.permissions import Permission
from bot.reviewed import features_of
from bot.sim.tenant.story import PERMISSIONS
from bot.sim.workspace.world import SCOPES
from commands.table import COMMANDS

EVERYTHING = Features(
    active_roles=True,
    eligible_roles=True,
    revoke_sessions=True,
    per_user=True,
    exclusion_group=True,
    phone=True,
    default_method=True,
    access_pass=True,
    national=False,
)
IN_THE_EXAMPLE = replace(EVERYTHING, exclusion_group=False)
"""A policy has one lever."""
EXAMPLE = {"RELATCH_POLICY": "docker/relatch.example.toml"}


def named(wanted: Features) -> set[str]:
    return {one.permission.value for one in grants(wanted)}


def test_the_simulated_tenant_grants_what_is_asked_for() -> None:
    assert named(EVERYTHING) <= PERMISSIONS


def test_every_permission_that_an_error_can_name_is_listed_and_has_an_id() -> None:
    assert named(EVERYTHING) == {one.value for one in Permission}
    assert set(ROLE_IDS) == set(Permission)
    assert len(set(ROLE_IDS.values())) == len(ROLE_IDS)


def test_nothing_that_could_delete_people_or_write_roles_is_ever_asked_for() -> None:
    for permission in Permission:
        assert permission not in {"User.ReadWrite.All", "Directory.ReadWrite.All"}
        assert not permission.startswith("RoleManagement.ReadWrite")
        assert broad(permission) == ""


@pytest.mark.parametrize(
    "permission",
    [
        "User.ReadWrite.All",
        "Directory.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "RoleManagementPolicy.ReadWrite.Directory",
        "AppRoleAssignment.ReadWrite.All",
        "Application.ReadWrite.All",
    ],
)
def test_what_is_too_broad_is_known(permission: str) -> None:
    assert broad(permission)


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ({"revoke_sessions": False}, {"User.RevokeSessions.All"}),
        ({"per_user": False}, {"Policy.ReadWrite.AuthenticationMethod"}),
        ({"exclusion_group": False}, {"GroupMember.ReadWrite.All"}),
        ({"eligible_roles": False}, {"RoleEligibilitySchedule.Read.Directory"}),
        ({"active_roles": False}, {"RoleManagement.Read.Directory"}),
        ({"national": True}, {permission.value for permission in PUBLIC_ONLY}),
        ({"phone": False}, {"UserAuthMethod-Phone.ReadWrite.All"}),
        ({"access_pass": False}, {"UserAuthMethod-TAP.ReadWrite.All"}),
        ({"default_method": False}, {"UserAuthenticationMethod.ReadWrite.All"}),
    ],
)
def test_a_feature_that_is_off_needs_no_permission(without: dict[str, bool], missing: set[str]) -> None:
    assert named(EVERYTHING) - named(replace(EVERYTHING, **without)) == missing


def test_the_example_policy_turns_everything_on() -> None:
    assert features_of(load_policy(EXAMPLE), national=False) == IN_THE_EXAMPLE


@pytest.mark.parametrize("script", ["powershell", "azure-cli"])
def test_a_script_grants_exactly_the_listed_roles(
    script: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = "b7c1d9e4-5a3f-4f0e-8c21-6d7e8f9a0b12"
    monkeypatch.setenv("AZURE_CLIENT_ID", client)
    monkeypatch.setenv("RELATCH_POLICY", EXAMPLE["RELATCH_POLICY"])
    entra_setup(script=script)
    said = capsys.readouterr().out
    assert client in said
    assert GRAPH in said
    assert {number for number in ROLE_IDS.values() if number in said} == {
        one.id for one in grants(IN_THE_EXAMPLE)
    }


def test_the_table_gives_the_reason_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELATCH_POLICY", EXAMPLE["RELATCH_POLICY"])
    monkeypatch.setenv("COLUMNS", "200")
    entra_setup()
    said = capsys.readouterr().out
    for one in grants(IN_THE_EXAMPLE):
        assert one.permission in said
        assert one.why in said


Printed = Callable[..., dict[str, Any]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Print a manifest, read back as the YAML that JSON is."""
    monkeypatch.delenv("SLACK_APP_TOKEN", raising=False)

    def run(*arguments: str, **options: bool) -> dict[str, Any]:
        assert manifest(*arguments, **options) == 0
        text = capsys.readouterr().out
        found: dict[str, Any] = yaml.safe_load(text)
        assert found == json.loads(text)
        return found

    return run


MANIFESTS = [(("https://bot.contoso.com/",), {}), ((), {}), ((), {"socket": True})]


@pytest.mark.parametrize(("arguments", "options"), MANIFESTS)
def test_every_manifest_has_the_commands_the_scopes_in_use_and_the_shape_that_slack_takes(
    printed: Printed, arguments: tuple[str, ...], options: dict[str, bool]
) -> None:
    app = printed(*arguments, **options)
    assert [one["command"] for one in app["features"]["slash_commands"]] == list(COMMANDS)
    assert set(app["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert shape(app) <= KNOWN
    assert len(app["display_information"]["name"]) <= 35
    assert len(app["display_information"]["description"]) <= 140
    for one in app["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z-]{1,31}", one["command"])
        assert 0 < len(one["description"]) <= 2000
        assert 0 < len(one["usage_hint"]) <= 1000


# Slack docs, "App manifest reference": the keys that are used, as dotted names.
KNOWN = {
    "_metadata.major_version",
    "_metadata.minor_version",
    "display_information.name",
    "display_information.description",
    "features.bot_user.display_name",
    "features.bot_user.always_online",
    "features.slash_commands.command",
    "features.slash_commands.description",
    "features.slash_commands.usage_hint",
    "features.slash_commands.should_escape",
    "features.slash_commands.url",
    "oauth_config.scopes.bot",
    "settings.interactivity.is_enabled",
    "settings.interactivity.request_url",
    "settings.org_deploy_enabled",
    "settings.socket_mode_enabled",
    "settings.token_rotation_enabled",
}


def shape(value: object, name: str = "") -> set[str]:
    match value:
        case dict():
            return {one for key, part in value.items() for one in shape(part, f"{name}.{key}".strip("."))}
        case [dict(), *_]:
            return {one for part in value for one in shape(part, name)}
        case _:
            return {name}


def test_over_http_slack_is_told_one_address(printed: Printed) -> None:
    app = printed("https://bot.contoso.com/")
    url = "https://bot.contoso.com/slack/events"
    assert {one["url"] for one in app["features"]["slash_commands"]} == {url}
    assert app["settings"]["interactivity"]["request_url"] == url
    assert app["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize("chosen", ["flag", "variable"])
def test_in_socket_mode_there_is_no_address(
    printed: Printed, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    if chosen == "variable":
        monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-planted")
    app = printed(**({"socket": True} if chosen == "flag" else {}))
    assert app["settings"]["socket_mode_enabled"] is True
    assert app["settings"]["interactivity"] == {"is_enabled": True}
    assert "http" not in json.dumps(app)


def test_an_address_means_http_whatever_is_set_and_both_are_refused(
    printed: Printed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-planted")
    assert printed("https://bot.contoso.com")["settings"]["socket_mode_enabled"] is False
    assert manifest("https://bot.contoso.com", socket=True) == 2
    assert "leave out one of the two" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "environment", "cloud"),
    [
        ("graph.microsoft.us", "USGov", "AzureUSGovernment"),
        ("dod-graph.microsoft.us", "USGovDoD", "AzureUSGovernment"),
        ("microsoftgraph.chinacloudapi.cn", "China", "AzureChinaCloud"),
    ],
)
def test_a_national_cloud_is_known_by_graphs_host(  # noqa: PLR0917 (a row of the table)
    host: str,
    environment: str,
    cloud: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RELATCH_POLICY", EXAMPLE["RELATCH_POLICY"])
    monkeypatch.setenv("RELATCH_GRAPH_URL", f"https://{host}")
    entra_setup(script="powershell")
    said = capsys.readouterr().out
    assert said.startswith(f"Connect-MgGraph -Environment {environment} -Scopes ")
    for permission in PUBLIC_ONLY:
        assert ROLE_IDS[permission] not in said
    assert ROLE_IDS[Permission.WRITE_METHODS] in said
    assert ROLE_IDS[Permission.READ_DOMAINS] in said
    entra_setup(script="azure-cli")
    assert capsys.readouterr().out.startswith(f"az cloud set --name {cloud}\naz login\n")


EXCHANGE = {"Exchange.ManageAsAppV2": "admin_api", "Exchange.ManageAsApp": "invoke_command"}


@pytest.fixture(params=[(), ("admin_api",), ("invoke_command",), ("admin_api", "invoke_command")])
def sources(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """The Exchange sources that the policy turns on."""
    policy = Path(EXAMPLE["RELATCH_POLICY"]).read_text(encoding="utf-8")
    for key in request.param:
        policy = policy.replace(f"{key} = false", f"{key} = true")
    file = tmp_path / "relatch.toml"
    file.write_text(policy, encoding="utf-8")
    monkeypatch.setenv("RELATCH_POLICY", str(file))
    monkeypatch.setenv("COLUMNS", "300")
    return tuple(request.param)


@pytest.mark.parametrize("script", [None, "powershell", "azure-cli"])
def test_exchange_is_asked_for_no_more_than_the_sources_that_are_on(
    script: Literal["powershell", "azure-cli"] | None,
    sources: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    entra_setup(script=script)
    words = set(re.findall(r"Exchange\.ManageAsApp\w*", capsys.readouterr().out))
    assert words == {permission for permission, key in EXCHANGE.items() if key in sources}
