"""The settings as they are in force: every variable, every table of the policy; never a secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import BaseModel, SecretStr
from sqlalchemy import URL

from bot.checking.model import Line, Place, Probe, note, ok
from bot.config import Fault, HttpMode, Settings
from bot.config.policy_file import tables
from bot.config.policy_tables import Table
from bot.config.reference import written

UNSET: Final = "not set"


async def _variables(place: Place) -> Iterable[Line]:
    settings = place.configuration.settings
    return [*_sections(settings), ok("RELATCH_POLICY", f"{place.configuration.policy.path}")]


def _sections(settings: Settings) -> Iterator[Line]:
    for _, section in settings:
        if isinstance(section, BaseModel):
            for name, field in type(section).model_fields.items():
                yield ok(field.alias or name, shown(getattr(section, name)))


def shown(value: object) -> str:
    """Return a setting as it may be shown: a secret is only said to be there."""
    match value:
        case None | "":
            return UNSET
        case SecretStr():
            return "set"
        case URL():
            plain = value.set(drivername=value.get_backend_name())
            return plain.render_as_string(hide_password=True)
        case _:
            return str(value)


async def _policy(place: Place) -> Iterable[Line]:
    policy = place.configuration.policy
    found: dict[str, Table | None] = {name: getattr(policy, _attribute(name)) for name, _ in tables()}
    return [
        *(_table(name, table) for name, table in found.items()),
        ok("policy", f"read from {policy.path}, SHA-256 {policy.sha256[:16]}…"),
    ]


def _attribute(table: str) -> str:
    return "access_pass" if table == "pass" else table


def _table(name: str, table: Table | None) -> Line:
    if table is None:
        return note(f"[{name}]", "off: the table is not in the policy")
    return ok(f"[{name}]", ", ".join(f"{key} {_value(value)}" for key, value in table))


def _value(value: object) -> str:
    match value:
        case Mapping():
            return f"of {len(value)}"
        case tuple():
            return f"[{', '.join(map(_value, value))}]"
        case _ if hasattr(value, "id"):
            return str(value.id)
        case _:
            return written(value)


async def _ways(place: Place) -> Iterable[Line]:
    """Say how Slack's deliveries come; whether they arrive is Slack's to see."""
    settings = place.configuration.settings
    if isinstance(settings.transport, HttpMode):
        where = f"http://{settings.listen.host}:{settings.listen.port}/slack/events"
        return [
            note(
                "Slack's requests",
                f"taken on {where}; whether Slack reaches it, and signs with this secret, "
                "is not to be seen from here",
                "type /mfa help in Slack once `relatch serve` runs",
            )
        ]
    return []


def of_fault(fault: Fault) -> tuple[str, str, str]:
    """Return name, words and repair of what is wrong with the configuration."""
    return fault.place, f"found {fault.found}", f"expected {fault.expected}"


PROBES: Final = (Probe("variables", _variables), Probe("policy", _policy), Probe("deliveries", _ways))
