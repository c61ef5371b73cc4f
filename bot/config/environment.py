"""The environment variables, in sections: one field a variable, with its meaning and default.

The fields are the table from which the reference in the documentation and ``docker/env.example`` are made.
An empty variable counts as unset, as compose files write it. What is read is never quoted in a fault if it
could be a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from logging import getLevelNamesMapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from bot.config.addresses import BindHost, LoginHost, MicrosoftHost, Port, Proxy, SlackApi
from bot.config.databases import DatabaseUrl
from bot.config.faults import unfit
from bot.config.files import CertificateFile, ReadableFile
from bot.config.identifiers import ClientId, TenantId
from bot.config.tokens import AppToken, BotToken

_ONE: Final = "one of the three credentials is required"


def variable(name: str, meaning: str, default: Any = ..., *, words: str = "") -> Any:  # noqa: ANN401 - stands for a field of any type, as pydantic's Field does
    """Return a field that is read from *name*; it is required unless there is a default.

    A default is text, read like the variable's own, or ``None``. *words* say what holds when the variable
    is unset, where the default does not say so itself.
    """
    unset = {None: "none", ...: "required"}
    return Field(
        alias=name,
        description=meaning,
        title=words or unset.get(default, default),
        default=default,
        validate_default=default is not None,
    )


def _level(text: str) -> str:
    return text.upper() if text.upper() in getLevelNamesMapping() else text


Level: TypeAlias = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_level)
]


class Section(BaseModel):
    """Variables that are used together."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Slack(Section):
    """The workspace, in either mode."""

    bot_token: BotToken = variable("SLACK_BOT_TOKEN", "the bot's token, xoxb-…")
    api_url: SlackApi = variable(
        "SLACK_API_URL", "Web API base, for proxies and GovSlack", "https://slack.com/api/"
    )


class HttpMode(Section):
    """Slack sends signed requests to us."""

    signing_secret: SecretStr = variable(
        "SLACK_SIGNING_SECRET",
        "what Slack signs its requests with (HTTP mode)",
        words="required in HTTP mode",
    )


class SocketMode(Section):
    """We connect to Slack; chosen by setting the variable."""

    app_token: AppToken = variable(
        "SLACK_APP_TOKEN", "the app's token, xapp-…: when set, Socket Mode instead of HTTP", words="none"
    )


class Entra(Section):
    """The tenant, the app registration, and Microsoft's hosts."""

    tenant_id: TenantId = variable("AZURE_TENANT_ID", "the tenant's id, or one of its domains")
    client_id: ClientId = variable("AZURE_CLIENT_ID", "the app registration's application (client) id")
    authority: LoginHost = variable(
        "AZURE_AUTHORITY_HOST",
        "login host: tokens and realm discovery",
        "https://login.microsoftonline.com",
    )
    graph: MicrosoftHost = variable(
        "RELATCH_GRAPH_URL", "Graph host, for national clouds", "https://graph.microsoft.com"
    )
    exchange: MicrosoftHost = variable(
        "RELATCH_EXCHANGE_URL", "Exchange admin API host", "https://outlook.office365.com"
    )


class ClientSecret(Section):
    """The app registration proves itself with a secret."""

    secret: SecretStr = variable(
        "AZURE_CLIENT_SECRET", "the app registration's client secret: its value, not its id", words=_ONE
    )


class Certificate(Section):
    """The app registration proves itself with a certificate."""

    path: ReadableFile = variable(
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "the app registration's certificate with its private key, PEM or PFX",
        words=_ONE,
    )
    password: SecretStr | None = variable(
        "AZURE_CLIENT_CERTIFICATE_PASSWORD", "the certificate file's password", None
    )


class FederatedToken(Section):
    """The app registration trusts the platform's token (workload identity)."""

    path: ReadableFile = variable(
        "AZURE_FEDERATED_TOKEN_FILE", "the platform's token, rewritten by it (workload identity)", words=_ONE
    )


class Network(Section):
    """What outgoing connections trust and go through."""

    ca_file: CertificateFile | None = variable(
        "SSL_CERT_FILE", "certificates (PEM) trusted in addition to the system's store", None
    )
    https_proxy: Proxy | None = variable(
        "HTTPS_PROXY", "proxy of outgoing connections, federation checks apart", None
    )
    no_proxy: str = variable("NO_PROXY", "hosts that are reached without the proxy", "", words="none")


class Database(Section):
    """Where requests, work and the record are kept."""

    url: DatabaseUrl = variable(
        "DATABASE_URL", "sqlite:///… or postgresql://…; no driver suffix", "sqlite:///relatch.db"
    )


class PolicyPlace(Section):
    """Where the policy file is."""

    path: Path = variable("RELATCH_POLICY", "path of the policy file", "relatch.toml")


class Listen(Section):
    """Where this process listens; ports may be 0, for one that the system picks."""

    host: BindHost = variable(
        "RELATCH_HOST", "address on which Slack's requests are taken (HTTP mode)", "127.0.0.1"
    )
    port: Port = variable("RELATCH_PORT", "port on which Slack's requests are taken (HTTP mode)", "3000")
    ops_port: Port = variable("RELATCH_OPS_PORT", "port of health and metrics, never to be published", "3001")

    @field_validator("ops_port")
    @classmethod
    def _another_port(cls, value: int, info: ValidationInfo) -> int:
        if value and value == info.data.get("port"):
            raise unfit("another port than RELATCH_PORT", str(value))
        return value


class Logs(Section):
    """How the process reports."""

    format: Literal["json", "console"] = variable(
        "RELATCH_LOG_FORMAT", "json or console", words="console on a terminal, else json"
    )
    level: Level = variable("RELATCH_LOG_LEVEL", "DEBUG, INFO, WARNING, ERROR or CRITICAL", "INFO")


SECTIONS: Final[tuple[type[Section], ...]] = (
    Slack,
    HttpMode,
    SocketMode,
    Entra,
    ClientSecret,
    Certificate,
    FederatedToken,
    Network,
    Database,
    PolicyPlace,
    Listen,
    Logs,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """One line of the reference: ``default`` in words, ``preset`` as it could be written."""

    name: str
    meaning: str
    default: str
    preset: str


def variables() -> Iterator[Variable]:
    """Return every variable that is read, in the order of the reference."""
    for section in SECTIONS:
        for field in section.model_fields.values():
            preset = field.default if isinstance(field.default, str) else ""
            yield Variable(field.alias or "", field.description or "", field.title or "", preset)


VARIABLES: Final = tuple(variables())
