"""Everything that docs/connect.md has people type or write is run or read here, in the simulated world."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.config import VARIABLES, load, load_policy
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace import story as workspace_story
from tests.command_line import chat, serve
from tests.unit.bot.cli.conftest import Relatch

PAGE = Path(__file__).parents[4] / "docs" / "connect.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [found["body"] for found in BLOCK.finditer(PAGE.read_text()) if found["kind"] == kind]


def commands() -> list[str]:
    return [line for block in blocks("console") for line in block.splitlines()]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def workspace() -> AsyncIterator[SimulatedWorkspace]:
    async with workspace_story() as running:
        yield running


@pytest.fixture
def policy(env: Mapping[str, str]) -> str:
    """The policy of the page, in the place that the environment names."""
    [text] = blocks("toml")
    Path(env["RELATCH_POLICY"]).write_text(text)
    return text


def test_every_block_is_of_a_kind_that_is_tried() -> None:
    kinds = {found["kind"] for found in BLOCK.finditer(PAGE.read_text())}
    assert kinds == {"toml", "sh", "console"}
    assert PAGE.read_text().count("```") == 2 * len(BLOCK.findall(PAGE.read_text()))


@pytest.mark.usefixtures("policy")
async def test_every_command_works_in_the_order_of_the_page(
    relatch: Relatch, env: Mapping[str, str], workspace: SimulatedWorkspace
) -> None:
    more = chat(workspace)
    for command in commands():
        name, *arguments = command.split()
        assert name == "relatch"
        if arguments == ["serve"]:
            async with serve({**env, **more}) as bot:
                await bot.logged("service.open")
                assert await bot.stop() == 0
        else:
            ran = await relatch(*arguments, **more)
            assert (ran.code, ran.err) == (0, ""), (command, ran.out)
            assert ran.out
    assert commands()[-3:] == ["relatch migrate", "relatch check", "relatch serve"]


def test_the_policy_of_the_page_is_read(env: Mapping[str, str], policy: str) -> None:
    assert "[suspend]" in policy
    assert load_policy(env).federation is not None


def test_the_environment_of_the_page_is_taken(env: Mapping[str, str], tmp_path: Path, policy: str) -> None:
    [block] = blocks("sh")
    pairs = dict(line.split(" ", 1)[0].split("=", 1) for line in block.splitlines())
    assert pairs.keys() <= {one.name for one in VARIABLES}
    certificate = tmp_path / "relatch.pem"
    certificate.write_text(policy)
    here = {
        "AZURE_CLIENT_CERTIFICATE_PATH": str(certificate),
        "RELATCH_POLICY": env["RELATCH_POLICY"],
        "DATABASE_URL": f"sqlite:///{tmp_path}/relatch.db",
    }
    written = {name: value.replace("…", "planted") for name, value in pairs.items()}
    assert load({**written, **here}).settings.entra.tenant_id == pairs["AZURE_TENANT_ID"]


def test_every_link_of_the_page_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text())
    assert links
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []
