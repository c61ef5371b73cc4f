"""What stops a command before it has begun: configuration, the database's schema, what is taken."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.config import load
from bot.lifecycle import serving
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace import story as workspace_story
from bot.sql import schema
from bot.sql.engine import Database
from bot.sql.schema import WrongSchema
from bot.sql.sole import sole_server
from tests.command_line import POLICY, chat, serve
from tests.command_line import relatch as process
from tests.unit.bot.cli.conftest import Relatch

READS = [("requests",), ("audit", "verify"), ("audit", "export"), ("restore", "--all")]
WRONG_POLICY = """\
[people]
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
match_by = "email"

[suspend]
longest = "4 moons"
lnogest = "4h"
"""


@pytest.fixture
async def workspace() -> AsyncIterator[SimulatedWorkspace]:
    async with workspace_story() as running:
        yield running


@pytest.fixture
def backend() -> str:
    """What is tested here is the same on both databases, or about the files of one."""
    return "sqlite"


@pytest.fixture
def served(env: Mapping[str, str], workspace: SimulatedWorkspace) -> dict[str, str]:
    """The environment of ``serve``."""
    return {**env, **chat(workspace)}


@pytest.fixture
def policy_file(env: Mapping[str, str]) -> Path:
    return Path(env["RELATCH_POLICY"])


@pytest.fixture
def wrong_policy(policy_file: Path) -> None:
    policy_file.write_text(WRONG_POLICY)


@pytest.fixture
def policy_for_nobody(policy_file: Path) -> None:
    protect = 'users = ["ceo@contoso.com", "lee@contoso.com", "cfo@contoso.com"]'
    policy_file.write_text(f"{POLICY}\n[protect]\n{protect}\n")


@pytest.mark.usefixtures("wrong_policy")
@pytest.mark.parametrize("command", [("serve",), ("restore", "--all"), ("requests",)])
async def test_every_fault_of_the_policy_is_said_at_once(
    relatch: Relatch, workspace: SimulatedWorkspace, command: tuple[str, ...]
) -> None:
    ran = await relatch(*command, **chat(workspace))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("relatch: 3 faults in the configuration:\n")
    assert "people.channel: expected" in ran.err
    assert "suspend.longest: expected" in ran.err
    assert 'did you mean "longest"?' in ran.err


@pytest.mark.usefixtures("wrong_policy")
async def test_faults_of_environment_and_policy_come_together(relatch: Relatch) -> None:
    ran = await relatch("restore", "--all", AZURE_CLIENT_ID="nonsense", AZURE_CLIENT_SECRET="")

    assert ran.code == 2
    for place in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "people.channel", "suspend.longest"):
        assert f" {place}: expected" in ran.err


async def test_no_fault_quotes_a_secret(relatch: Relatch, served: Mapping[str, str]) -> None:
    ran = await relatch(
        "serve", **{**served, "SLACK_BOT_TOKEN": "xoxp-2-planted", "SLACK_SIGNING_SECRET": ""}
    )

    assert ran.code == 2
    assert "SLACK_BOT_TOKEN" in ran.err
    assert "planted" not in ran.err


async def test_a_certificate_file_without_certificates_is_a_fault(relatch: Relatch, tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing to see here")

    ran = await relatch("restore", "--all", SSL_CERT_FILE=str(empty))

    assert (ran.code, ran.out) == (2, "")
    assert "SSL_CERT_FILE: expected a file with certificates in PEM form" in ran.err


@pytest.mark.parametrize("command", READS)
async def test_a_mistyped_database_is_not_taken_for_an_empty_record(
    relatch: Relatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    ran = await relatch(*command, DATABASE_URL=f"sqlite:///{tmp_path / 'typo.db'}")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "relatch: the database is empty: run `relatch migrate`, or look at DATABASE_URL\n"


@pytest.mark.parametrize("command", [*READS, ("migrate",)])
async def test_a_newer_database_is_refused(
    relatch: Relatch, database: Database, command: tuple[str, ...]
) -> None:
    await mark(database, "9999")

    ran = await relatch(*command)

    assert (ran.code, ran.out) == (2, "")
    assert "the database has schema 9999, which a newer Relatch made" in ran.err


@pytest.mark.parametrize("command", READS)
async def test_an_older_database_is_refused_and_the_repair_named(
    relatch: Relatch, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    current = schema.REVISIONS[-1]
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))

    ran = await relatch(*command)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"relatch: the database has schema {current}, which is older: run `relatch migrate`\n"


async def test_serve_refuses_an_older_database(
    served: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))

    with pytest.raises(WrongSchema, match="relatch migrate"):
        async with serving(load(served)):
            pass


async def test_serve_refuses_a_newer_database(served: Mapping[str, str], database: Database) -> None:
    await mark(database, "9999")

    ran = await process("serve", env=served)

    assert ran.code == 2
    assert "which a newer Relatch made" in ran.err
    assert "Traceback" not in ran.err


async def test_migrate_makes_the_tables_and_may_be_run_again(relatch: Relatch, tmp_path: Path) -> None:
    fresh = {"DATABASE_URL": f"sqlite:///{tmp_path / 'fresh.db'}"}

    first = await relatch("migrate", **fresh)
    again = await relatch("migrate", **fresh)
    found = await relatch("audit", "verify", **fresh)

    assert first.out == again.out == f"the database has schema {schema.REVISIONS[-1]}\n"
    assert (first.code, again.code, found.code) == (0, 0, 0)


@pytest.mark.parametrize("command", [*READS, ("migrate",)])
async def test_a_database_that_does_not_answer_is_exit_code_3(
    relatch: Relatch, command: tuple[str, ...]
) -> None:
    ran = await relatch(*command, DATABASE_URL="postgresql://relatch:planted@127.0.0.1:1/relatch")

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("relatch: the database does not answer")
    assert "planted" not in ran.err


async def test_a_second_serve_on_one_file_is_refused(served: Mapping[str, str]) -> None:
    with sole_server(served["DATABASE_URL"]):
        ran = await process("serve", env=served)

    assert ran.code == 2
    assert ran.err.strip().endswith("is served by another process")


@pytest.mark.parametrize("port", ["RELATCH_PORT", "RELATCH_OPS_PORT"])
async def test_a_port_that_is_taken_ends_serve(served: Mapping[str, str], port: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = await process("serve", env={**served, port: str(taken.getsockname()[1])})

    assert ran.code == 2
    assert "address already in use" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.usefixtures("policy_for_nobody")
async def test_a_protected_person_who_does_not_exist_ends_serve(served: Mapping[str, str]) -> None:
    ran = await process("serve", env=served)

    assert ran.code == 2
    assert "2 faults in the configuration" in ran.err
    assert 'protect.users: expected the UPN or object id of an account that exists; found "ceo@c' in ran.err
    assert "cfo@contoso.com" in ran.err


async def test_serve_with_an_app_token_connects_and_ends_its_connection_at_a_stop(
    served: Mapping[str, str], workspace: SimulatedWorkspace
) -> None:
    env = {**served, "SLACK_APP_TOKEN": workspace.app_token, "SLACK_SIGNING_SECRET": ""}
    async with serve(env) as bot:
        line = await bot.logged("service.open")
        assert line["slack"] == "Socket Mode"
        assert len(workspace.links.open) == 1
        assert await bot.stop() == 0
    assert await workspace.until(lambda: not workspace.links.open)


async def test_nobody_reads_and_nobody_complains(env: Mapping[str, str]) -> None:
    ends = os.pipe()
    os.close(ends[0])
    try:
        ran = await process("audit", "verify", env=env, stdout=ends[1])
    finally:
        os.close(ends[1])

    assert (ran.code, ran.err) == (0, "")


async def mark(database: Database, version: str) -> None:
    """Let the database be of *version*."""
    async with database.engine.execution_options(writes=True).begin() as connection:
        await connection.execute(
            text("update alembic_version set version_num = :version"), {"version": version}
        )
