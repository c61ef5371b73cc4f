"""The image: its steps are followed in a bare directory, and what comes of them is run as a container is."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.config import VARIABLES
from bot.sim.tenant import SimulatedTenant, story
from bot.sim.workspace import story as workspace_story
from tests.bench.processes import free_port
from tests.command_line import PATIENCE, Bot, chat, environment
from tests.docker.image import Build, Stage, described, sent, steps

PROJECT = Path(__file__).parents[2]
DOCKERFILE = PROJECT / "docker" / "Dockerfile"
TAG = sys.implementation.cache_tag
PACKAGES = f"/opt/relatch/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@dataclass(frozen=True, slots=True)
class Image:
    """What was built, and where."""

    build: Build
    last: Stage

    @property
    def env(self) -> dict[str, str]:
        return {name: self.build.moved(value) for name, value in self.last.env.items()}

    def found(self, command: list[str]) -> list[str]:
        """Return *command* with its program as the image's PATH has it, and no capability to run it with."""
        program = shutil.which(command[0], path=self.env["PATH"])
        assert program
        assert program.startswith(str(self.build.root)), program
        # As root, permissions would mean nothing; whoever is not root has no capabilities anyway.
        bare = (
            ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if not os.getuid() else []
        )
        return [*bare, program, *command[1:]]


def files(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}


# --- what is written ------------------------------------------------------------------------


def test_only_what_is_named_goes_into_the_build() -> None:
    found = {str(path) for path in sent(PROJECT)}
    assert {"requirements.lock", "requirements-build.lock", "bot/cli/program.py", "README.md"} <= found
    tops = {path.partition("/")[0] for path in found}
    assert tops == {
        *("approvals", "bot", "commands", "pyproject.toml", "README.md", "LICENSE"),
        *("requirements.lock", "requirements-build.lock"),
    }
    assert not any("__pycache__" in path for path in found)


def test_every_installation_is_checked_or_comes_from_a_step_before() -> None:
    installs = [step.text for step in steps(DOCKERFILE) if "pip install" in step.text]
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
    wheels = [step.text for step in steps(DOCKERFILE) if "pip wheel" in step.text]
    assert all("--no-deps" in one and "--no-build-isolation" in one for one in wheels)


def test_each_stage_begins_at_the_same_tag() -> None:
    bases = {step.text.partition(" AS ")[0] for step in steps(DOCKERFILE) if step.name == "FROM"}
    assert bases == {"python:3.11-slim-bookworm"}


def test_the_programs_run_without_a_shell_as_nobody_special() -> None:
    last = described(steps(DOCKERFILE))
    assert (last.entrypoint, last.command, last.health[0]) == (["relatch"], ["serve"], "python")
    assert last.user == "10001:10001"


def test_the_port_of_health_and_metrics_is_not_exposed() -> None:
    assert described(steps(DOCKERFILE)).exposed == ["3000"]


def test_what_the_image_sets_can_be_set() -> None:
    ours = {name for name in described(steps(DOCKERFILE)).env if name.startswith(("RELATCH_", "DATABASE_"))}
    assert ours
    assert ours <= {variable.name for variable in VARIABLES}


# --- what comes of it -----------------------------------------------------------------------


@pytest.mark.timeout(600)
async def test_the_image_serves_from_a_read_only_root_and_its_health_check_sees_that() -> None:
    """One test, because the steps take half a minute."""
    with TemporaryDirectory(prefix="relatch-image-") as folder:
        found = steps(DOCKERFILE)
        build = Build(Path(folder), PROJECT)
        await asyncio.to_thread(build.run, found)
        image = Image(build, described(found))
        _holds_the_product_and_no_tool_to_install_more(image)
        _has_bytecode_that_is_not_compared_with_the_source(image)
        _read_only(image.build.root)
        before = files(image.build.inside("/opt"))
        await _serves(image, Path(folder))
        assert files(image.build.inside("/opt")) == before
        assert image.build.inside("/data/relatch.db").is_file()
        assert {path.name for path in image.build.root.iterdir()} == {"data", "opt", "tmp"}


def _holds_the_product_and_no_tool_to_install_more(image: Image) -> None:
    names = {path.name for path in image.build.inside(PACKAGES).iterdir()}
    assert {"bot", "commands", "approvals", "slack_bolt", "matplotlib"} <= names
    assert not names & {"pip", "setuptools", "hatchling", "pytest", "tests"}
    assert sorted(path.name for path in image.build.root.iterdir()) == ["data", "opt"]


def _has_bytecode_that_is_not_compared_with_the_source(image: Image) -> None:
    modules = list(image.build.inside(f"{PACKAGES}/bot").rglob("*.py"))
    compiled = [path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc" for path in modules]
    assert modules
    # The flags of PEP 552: a hash, which is not checked.
    assert {path.read_bytes()[4:8] for path in compiled} == {b"\x01\x00\x00\x00"}


def _read_only(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    for name in ("data", "tmp"):
        (root / name).mkdir(exist_ok=True)
        (root / name).chmod(0o700)


@asynccontextmanager
async def started(image: Image, env: Mapping[str, str]) -> AsyncIterator[Bot]:
    """Start the image's program where it is started, and with nothing of this environment."""
    process = await asyncio.create_subprocess_exec(
        *image.found([*image.last.entrypoint, *image.last.command]),
        cwd=image.build.inside(image.last.folder),
        env={**image.env, **env},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    bot = Bot(process)
    try:
        yield bot
    finally:
        await bot.close()


async def healthy(image: Image, env: Mapping[str, str]) -> int:
    """Run the health check; return its exit code."""
    return await ended(image, image.last.health, env)


async def ended(image: Image, command: list[str], env: Mapping[str, str]) -> int:
    """Run *command* beside the program, as ``docker exec`` does; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        *image.found(command),
        cwd=image.build.inside(image.last.folder),
        env={**image.env, **env},
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(PATIENCE):
        return await process.wait()


def _environment(image: Image, folder: Path, tenant: SimulatedTenant, **slack: str) -> dict[str, str]:
    """Return what an operator sets; the rest is the image's."""
    asked = environment(folder, "", tenant)
    del asked["DATABASE_URL"]
    own = str(image.build.inside("/tmp"))  # noqa: S108 - the image's own
    return {**slack, **asked, "RELATCH_OPS_PORT": str(free_port()), "HOME": own, "TMPDIR": own}


async def _serves(image: Image, folder: Path) -> None:
    async with SimulatedTenant(story()) as tenant, workspace_story() as workspace:
        env = _environment(image, folder, tenant, **chat(workspace))
        assert await ended(image, ["python", "-c", "open('anything', 'w')"], env) != 0
        assert await healthy(image, env) == 1
        async with started(image, env) as bot:
            await bot.logged("service.open")
            assert await healthy(image, env) == 0
            assert await bot.stop() == 0
        assert await healthy(image, env) == 1
