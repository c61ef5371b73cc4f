"""Follows a Dockerfile's steps in a bare directory, where no engine is to be had.

A stage's root is one directory; at its end it is put away whole and an empty one takes its place, so that a
later stage holds only what it copies, and every path means the same in both. The base image is played by an
empty virtual environment of this Python. What it does not know is an error, never passed over.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

PATIENCE: Final = 600
_ROOTS: Final = ("/opt/relatch", "/wheel", "/data", "/src")
"""Paths of the image that a step names; they lie in the bare directory."""
_SAID: Final = {
    "WORKDIR": "folder",
    "USER": "user",
    "HEALTHCHECK": "health",
    "ENTRYPOINT": "entrypoint",
    "CMD": "command",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction and its text, continued lines joined."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """What a stage came to."""

    base: str
    name: str = ""
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    exposed: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def steps(dockerfile: Path) -> list[Step]:
    """Read a Dockerfile."""
    lines = [line for line in dockerfile.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [Step(name, text.strip()) for name, _, text in found]


def sent(context: Path) -> Iterator[Path]:
    """Yield what ``.dockerignore`` lets into the build, as an engine does: the last line that fits wins."""
    patterns = [line for line in (context / ".dockerignore").read_text("utf-8").splitlines() if line]
    rules = [one for one in patterns if not one.startswith("#")]
    for path in sorted(context.rglob("*")):
        relative = path.relative_to(context)
        if relative.parts[0] in {".git", ".venv"} or not path.is_file():
            continue
        if not _ignored(relative, rules):
            yield relative


def _ignored(path: Path, rules: list[str]) -> bool:
    ignored = False
    for rule in rules:
        wanted = rule.removeprefix("!").removeprefix("**/")
        levels = [*path.parents, path] if "/" in wanted or "**" not in rule else []
        names = [str(one) for one in levels] or list(path.parts)
        if any(fnmatch(name, wanted) for name in names if name != "."):
            ignored = not rule.startswith("!")
    return ignored


def described(found: list[Step]) -> Stage:
    """Return what the last stage says of itself; raise ``KeyError`` for an instruction that is unknown."""
    stage = Stage("")
    for step in found:
        match step.name:
            case "FROM":
                base, _, name = step.text.partition(" AS ")
                stage = Stage(base, name)
            case "ENV":
                stage.env |= dict(re.findall(r"(\w+)=(\S+)", step.text))
            case "EXPOSE":
                stage.exposed += step.text.split()
            case "COPY" | "RUN":
                pass
            case "WORKDIR" | "USER":
                setattr(stage, _SAID[step.name], step.text)
            case name:
                # Only the form that needs no shell is a list.
                setattr(stage, _SAID[name], json.loads(step.text[step.text.find("[") :]))
    return stage


class Build:
    """Builds in *folder* from what *context* sends; ``root`` is then the image's root."""

    def __init__(self, folder: Path, context: Path) -> None:
        self.root = folder / "root"
        self._folder = folder
        self._context = folder / "context"
        self._base = folder / "base"
        for one in sent(context):
            (self._context / one).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(context / one, self._context / one)
        self._called([sys.executable, "-m", "venv", str(self._base)], folder, {})

    def run(self, found: list[Step]) -> None:
        """Follow all the steps."""
        for number, step in enumerate(found):
            stage = described(found[: number + 1])
            match step.name:
                case "FROM":
                    self._next(described(found[:number]).name)
                case "WORKDIR":
                    self.inside(stage.folder).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(step.text, stage)
                case "RUN":
                    path = {"PATH": f"{self._base}/bin:/usr/bin:/bin"}
                    shell = ["/bin/sh", "-ec", self.moved(step.text)]
                    self._called(shell, self.inside(stage.folder), {**path, **stage.env})

    def inside(self, path: str) -> Path:
        """Return where a path of the image is."""
        return self.root / path.lstrip("/")

    def moved(self, text: str) -> str:
        """Return *text* with the image's paths put into the bare directory."""
        return re.sub(rf"(?<![\w.])({'|'.join(_ROOTS)})\b", lambda found: f"{self.root}{found[1]}", text)

    def _next(self, stage: str) -> None:
        """Begin a stage; *stage* is the one before, if there was one."""
        if self.root.exists():
            self.root.rename(self._folder / f"stage-{stage}")
        self.root.mkdir()

    def _copy(self, text: str, stage: Stage) -> None:
        *sources, target = (word for word in text.split() if not word.startswith("--"))
        other = re.search(r"--from=(\S+)", text)
        for source in sources:
            origin = self._folder / f"stage-{other[1]}" if other else self._context
            found = origin / source.lstrip("/")
            into = self.inside(str(Path(stage.folder, target)))
            into = into / found.name if target.endswith("/") else into
            into.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copyfile(found, into)

    @staticmethod
    def _called(command: list[str], folder: Path, env: Mapping[str, str]) -> None:
        # How to reach the package index is this machine's to know.
        made = subprocess.run(  # noqa: S603 - the project's own steps
            command,
            cwd=folder,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        assert made.returncode == 0, f"{command}\n{made.stdout.decode()[-4000:]}"
