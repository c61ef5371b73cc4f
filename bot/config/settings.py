"""Everything that is configured, read at once, so that all that is wrong is said at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, SecretStr, Tag, ValidationError
from sqlalchemy import URL

from bot.config.environment import (
    VARIABLES,
    Certificate,
    ClientSecret,
    Database,
    Entra,
    FederatedToken,
    HttpMode,
    Listen,
    Logs,
    Network,
    PolicyPlace,
    Slack,
    SocketMode,
)
from bot.config.faults import ConfigurationError, Fault, Faults, Place, faults_of
from bot.config.policy_file import PolicyFile, read_policy

_OURS: Final = "RELATCH_"
_PASSWORD: Final = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105 - the variable's name
_CERTIFICATE: Final = "AZURE_CLIENT_CERTIFICATE_PATH"
_CREDENTIALS: Final = ("AZURE_CLIENT_SECRET", _CERTIFICATE, "AZURE_FEDERATED_TOKEN_FILE")
_MEANINGS: Final[Mapping[str, str]] = {variable.name: variable.meaning for variable in VARIABLES}
_ORDER: Final = tuple(_MEANINGS)


def _mode(given: Mapping[str, str]) -> str:
    return "socket" if "SLACK_APP_TOKEN" in given else "http"


def _only_credential(given: Mapping[str, str]) -> str | None:
    """Return the one that is set; none or several is for pydantic to refuse."""
    present = [name for name in _CREDENTIALS if name in given]
    return present[0] if len(present) == 1 else None


Transport: TypeAlias = Annotated[
    Annotated[HttpMode, Tag("http")] | Annotated[SocketMode, Tag("socket")], Discriminator(_mode)
]
Credential: TypeAlias = Annotated[
    Annotated[ClientSecret, Tag("AZURE_CLIENT_SECRET")]
    | Annotated[Certificate, Tag("AZURE_CLIENT_CERTIFICATE_PATH")]
    | Annotated[FederatedToken, Tag("AZURE_FEDERATED_TOKEN_FILE")],
    Discriminator(_only_credential),
]


class StoreSettings(BaseModel):
    """What reading the requests and the record needs."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database: Database
    logs: Logs

    def secrets(self) -> tuple[str, ...]:
        """Return every secret value in here, for the log's redaction."""
        sections = [value for _, value in self if isinstance(value, BaseModel)]
        return tuple(filter(None, (_secret(value) for section in sections for _, value in section)))


def _secret(value: object) -> str | None:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case URL(password=str(password)):
            return password
        case _:
            return None


class TenantSettings(StoreSettings):
    """What restoring from the command line needs besides: the tenant."""

    entra: Entra
    credential: Credential
    network: Network


class Settings(TenantSettings):
    """What the bot needs: Slack too."""

    slack: Slack
    transport: Transport
    listen: Listen


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of this host, and the policy that was reviewed."""

    settings: Settings
    policy: PolicyFile


_Kind = TypeVar("_Kind", bound=StoreSettings)


def load(environ: Mapping[str, str] | None = None) -> Configuration:
    """Read environment and policy file; raise ``ConfigurationError`` with every fault in both."""
    return Configuration(*load_with_policy(Settings, environ))


def load_with_policy(kind: type[_Kind], environ: Mapping[str, str] | None = None) -> tuple[_Kind, PolicyFile]:
    """Read the variables that *kind* holds, and the policy file; raise with every fault in both."""
    given = _given(os.environ if environ is None else environ)
    settings = _settings(kind, given)
    policy = read_policy(PolicyPlace.model_validate(given).path)
    if isinstance(settings, tuple) or isinstance(policy, tuple):
        found = [faults for faults in (settings, policy) if isinstance(faults, tuple)]
        raise ConfigurationError(sum(found, ()))
    return settings, policy


def load_settings(kind: type[_Kind], environ: Mapping[str, str] | None = None) -> _Kind:
    """Read only the variables that *kind* holds; raise ``ConfigurationError`` with every fault in them."""
    settings = _settings(kind, _given(os.environ if environ is None else environ))
    if isinstance(settings, tuple):
        raise ConfigurationError(settings)
    return settings


def load_policy(environ: Mapping[str, str] | None = None) -> PolicyFile:
    """Read only the policy file; raise ``ConfigurationError`` with every fault in it."""
    given = _given(os.environ if environ is None else environ)
    policy = read_policy(PolicyPlace.model_validate(given).path)
    if isinstance(policy, tuple):
        raise ConfigurationError(policy)
    return policy


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what is set and not empty."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    # Where both are set, the small ones win everywhere else too (curl, urllib, httpx).
    return given | {
        name: given[name.lower()] for name in ("HTTPS_PROXY", "NO_PROXY") if name.lower() in given
    }


def _settings(kind: type[_Kind], given: Mapping[str, str]) -> _Kind | Faults:
    apart = (*_misspelt(given), *_passwords_alone(kind, given))
    complete = {"RELATCH_LOG_FORMAT": "console" if sys.stderr.isatty() else "json", **given}
    try:
        settings = kind.model_validate(dict.fromkeys(kind.model_fields, complete))
    except ValidationError as error:
        found = faults_of(error, name=_name, meanings=_MEANINGS)
        return tuple(sorted((*(_hinted(fault, given) for fault in found), *apart), key=_position))
    return apart or settings


def _position(fault: Fault) -> int:
    """Return where the reference has the variable; unknown ones come last."""
    return _ORDER.index(fault.place) if fault.place in _ORDER else len(_ORDER)


def _name(place: Place) -> str:
    return str(place[-1])


def _hinted(fault: Fault, given: Mapping[str, str]) -> Fault:
    if fault.place == "credential":
        present = " and ".join(name for name in _CREDENTIALS if name in given)
        return Fault("AZURE_CLIENT_SECRET", present or "none", f"exactly one of {', '.join(_CREDENTIALS)}")
    near = get_close_matches(fault.place, given.keys() - _MEANINGS.keys(), 1, 0.85)
    if fault.found != "nothing" or not near:
        return fault
    return replace(fault, found=f"nothing ({near[0]} is set: is it misspelt?)")


def _misspelt(given: Mapping[str, str]) -> Iterable[Fault]:
    """Find variables of ours that are nearly known; others may be somebody else's (Kubernetes sets some)."""
    unset = [name for name in _MEANINGS if name.startswith(_OURS) and name not in given]
    for name in given:
        near = get_close_matches(name, unset, 1, 0.9)
        if name.startswith(_OURS) and name not in _MEANINGS and near:
            yield Fault(name, "an unknown variable", f'a known variable (did you mean "{near[0]}"?)')


def _passwords_alone(kind: type[StoreSettings], given: Mapping[str, str]) -> Iterable[Fault]:
    if issubclass(kind, TenantSettings) and _PASSWORD in given and _CERTIFICATE not in given:
        yield Fault(_PASSWORD, "a password alone", f"{_CERTIFICATE} beside it")
