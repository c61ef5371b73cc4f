"""The policy file: TOML, read once, with the hash of what was read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import Field, ValidationError

from bot.config.faults import Fault, Faults, Place, faults_of
from bot.config.policy_tables import (
    AccessPass,
    DefaultMethod,
    Enable,
    Exchange,
    Federation,
    People,
    Phone,
    Protect,
    Suspend,
    Table,
)

LARGEST: Final = 1 << 20
"""Bytes of a policy file; what is larger is something else."""
_A_FILE: Final = "a policy file in TOML (RELATCH_POLICY)"


class Tables(Table):
    """The whole file as it is written."""

    people: People
    suspend: Suspend
    protect: Protect = Protect()
    phone: Phone | None = None
    enable: Enable | None = None
    default_method: DefaultMethod | None = None
    access_pass: AccessPass | None = Field(default=None, alias="pass")
    federation: Federation | None = None
    exchange: Exchange | None = None


def tables() -> Iterator[tuple[str, type[Table]]]:
    """Return every table with its name in the file, in the order of the reference."""
    for name, field in Tables.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        yield (
            field.alias or name,
            next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Table)),
        )


def _meanings() -> Iterator[tuple[str, str]]:
    for name, table in tables():
        yield name, f"the table [{name}]"
        for key, field in table.model_fields.items():
            yield f"{name}.{key}", field.description or ""


MEANINGS: Final[Mapping[str, str]] = dict(_meanings())
"""What each table and key is for, by its dotted name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """The policy as it was written; a table that is ``None`` is a feature that is off.

    ``sha256`` is that of the file's bytes, in hexadecimal; it stands in the record.
    """

    path: Path
    sha256: str
    people: People
    suspend: Suspend
    protect: Protect
    phone: Phone | None
    enable: Enable | None
    default_method: DefaultMethod | None
    access_pass: AccessPass | None
    federation: Federation | None
    exchange: Exchange | None


def read_policy(path: Path) -> PolicyFile | Faults:
    """Read the file at *path*; every fault in it at once, or those that kept it from being read."""
    content = _bytes(path)
    if isinstance(content, Fault):
        return (content,)
    written = _toml(path, content)
    if isinstance(written, Fault):
        return (written,)
    try:
        tables = Tables.model_validate(written)
    except ValidationError as error:
        found = faults_of(error, name=_key, meanings=MEANINGS)
        return tuple(Fault(f"{path.name}: {fault.place}", fault.found, fault.expected) for fault in found)
    return PolicyFile(path=path, sha256=sha256(content).hexdigest(), **dict(tables))


def _bytes(path: Path) -> bytes | Fault:
    try:
        # A device or a pipe might never end.
        if path.exists() and not path.is_file():
            return Fault(str(path), "a directory" if path.is_dir() else "no regular file", _A_FILE)
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        return Fault(str(path), (error.strerror or "no file").lower(), _A_FILE)
    if len(content) > LARGEST:
        return Fault(str(path), f"more than {LARGEST} bytes", _A_FILE)
    return content


def _toml(path: Path, content: bytes) -> dict[str, Any] | Fault:
    try:
        # Editors on Windows put a byte order mark before the text.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Fault(str(path), f"another encoding (at byte {error.start})", "text in UTF-8")
    except tomllib.TOMLDecodeError as error:
        return Fault(str(path), f"a mistake: {error}", "TOML")
    except RecursionError:
        return Fault(str(path), "brackets nested too deeply", "TOML")


def _key(place: Place) -> str:
    """Write ``("people", "requesters", 1)`` as ``people.requesters (item 2)``."""
    names = [str(part) for part in place if isinstance(part, str) and part != "[key]"]
    items = [f" (item {part + 1})" for part in place if isinstance(part, int)]
    return ".".join(names) + "".join(items)
