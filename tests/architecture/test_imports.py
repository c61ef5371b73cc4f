"""Imports go one way, and what serves people never meets what is simulated."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
SERVING = "import bot.cli.program, bot.cli.serving"


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    ran = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own

    assert ran.returncode == 0, ran.stdout


def test_every_module_of_the_core_is_held_to_purity_but_the_one_that_runs_it() -> None:
    [pure] = [contract for contract in CONTRACTS if contract["name"] == "the core is pure"]
    modules = {
        f"approvals.{path.stem}" for path in (ROOT / "approvals").iterdir() if path.stem[0] not in "_."
    }

    assert set(pure["source_modules"]) == modules - {"approvals.runner"} | {"commands"}


def test_serve_never_imports_the_simulated_world() -> None:
    code = f"{SERVING}, sys; print(*sorted(name for name in sys.modules if name.startswith('bot.')))"

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own

    loaded = ran.stdout.split()
    assert "bot.wiring" in loaded
    assert [name for name in loaded if name.startswith(("bot.sim", "bot.demo"))] == []


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = "import bot.cli.program, sys; print(*sys.modules)"

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own

    heavy = {
        "aiohttp",
        "alembic",
        "httpx",
        "msal",
        "pydantic",
        "slack_bolt",
        "slack_sdk",
        "sqlalchemy",
        "sqlmodel",
    }
    assert heavy & set(ran.stdout.split()) == set()
