"""What an administrator is told to set up outside."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from bot.cli.setup import entra_setup, manifest
from bot.config import load_policy
from bot.entra.grants import GRAPH, ROLE_IDS, Features, grants
from bot.entra.permissions import Permission
from bot.sim.tenant.story import PERMISSIONS
from bot.sim.workspace.world import SCOPES
from bot.wiring import features_of
from commands.table import COMMANDS

EVERYTHING = Features(
    active_roles=True,
    eligible_roles=True,
    revoke_sessions=True,
    phone=True,
    default_method=True,
    national=False,
)
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


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ({"revoke_sessions": False}, {"User.RevokeSessions.All"}),
        ({"eligible_roles": False}, {"RoleEligibilitySchedule.Read.Directory"}),
        ({"active_roles": False}, {"RoleManagement.Read.Directory"}),
        ({"national": True}, {"Domain-InternalFederation.Read.All", "UserAuthMethod-Phone.ReadWrite.All"}),
        ({"phone": False}, {"UserAuthMethod-Phone.ReadWrite.All"}),
        ({"default_method": False}, {"UserAuthenticationMethod.ReadWrite.All"}),
    ],
)
def test_a_feature_that_is_off_needs_no_permission(without: dict[str, bool], missing: set[str]) -> None:
    assert named(EVERYTHING) - named(replace(EVERYTHING, **without)) == missing


def test_the_example_policy_turns_everything_on() -> None:
    assert features_of(load_policy(EXAMPLE), national=False) == EVERYTHING


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
    assert {number for number in ROLE_IDS.values() if number in said} == set(ROLE_IDS.values())


def test_the_table_gives_the_reason_for_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELATCH_POLICY", EXAMPLE["RELATCH_POLICY"])
    monkeypatch.setenv("COLUMNS", "200")
    entra_setup()
    said = capsys.readouterr().out
    for one in grants(EVERYTHING):
        assert one.permission in said
        assert one.why in said


def test_the_manifest_has_every_command_and_only_the_scopes_in_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    manifest("https://bot.contoso.com/")
    app = json.loads(capsys.readouterr().out)
    assert [one["command"] for one in app["features"]["slash_commands"]] == list(COMMANDS)
    assert set(app["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert app["settings"]["interactivity"]["request_url"] == "https://bot.contoso.com/slack/events"
    assert all(len(one["description"]) <= 2000 for one in app["features"]["slash_commands"])


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
