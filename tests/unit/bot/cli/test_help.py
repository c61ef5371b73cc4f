"""What can be typed is explained where it is typed."""

from __future__ import annotations

import pytest

from bot.cli.program import app, audit, domain, mailbox
from tests.unit.bot.cli.conftest import Relatch

COMMANDS = [
    *("serve", "check", "migrate", "status", "requests", "restore", "close", "report"),
    *("manifest", "entra-setup", "demo"),
]
GROUPS = {
    "audit": (audit, ["verify", "export"]),
    "domain": (domain, ["list", "show", "check", "federate", "unfederate"]),
    "mailbox": (mailbox, ["show", "diagnose"]),
}


@pytest.fixture
def backend() -> str:
    return "sqlite"


def test_these_are_all_the_commands() -> None:
    assert sorted(name for name in app if not name.startswith("-")) == sorted([*COMMANDS, *GROUPS])
    for group, commands in GROUPS.values():
        assert sorted(name for name in group if not name.startswith("-")) == sorted(commands)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
async def test_help_names_every_command_and_its_use(relatch: Relatch, arguments: tuple[str, ...]) -> None:
    ran = await relatch(*arguments)

    assert (ran.code, ran.err) == (0, "")
    for command in (*COMMANDS, *GROUPS):
        assert any(
            line.startswith(f"│ {command} ") and line[15:].strip("│ ") for line in ran.out.splitlines()
        )


@pytest.mark.parametrize(
    "command",
    [
        *((one,) for one in COMMANDS),
        *((group, one) for group, (_, commands) in GROUPS.items() for one in commands),
    ],
    ids=" ".join,
)
async def test_each_command_explains_itself_and_its_exit_codes(
    relatch: Relatch, command: tuple[str, ...]
) -> None:
    ran = await relatch(*command, "--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: relatch {' '.join(command)}")
    assert "Exit codes: 0 " in ran.out
    assert "[default: " not in ran.out


async def test_the_version_is_the_packages(relatch: Relatch) -> None:
    ran = await relatch("--version")

    assert (ran.code, ran.out) == (0, "0.1.0\n")
