"""Addresses of services: https everywhere, loopback excepted where the contract excepts it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, SecretStr

from bot.config.faults import shown, unfit

_SIGNS: Final = re.compile(r"[A-Za-z0-9.:/_~%@\[\]-]+")
_BINDABLE: Final = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_DIGITS: Final = re.compile(r"[0-9]{1,5}")
_HIGHEST_PORT: Final = 65_535
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]+")


def microsoft_host(text: str) -> str:
    """Read ``https://host[:port]``; returned without a slash at its end."""
    expected = "an https address without a path, such as https://graph.microsoft.com"
    parts = _plain(text, expected)
    if parts.scheme != "https" or parts.path not in {"", "/"}:
        raise unfit(expected, shown(text))
    return f"https://{parts.netloc.lower()}"


def login_host(text: str) -> str:
    """Read a login host; like Microsoft's own SDKs, this takes the bare name too."""
    return microsoft_host(text if "://" in text else f"https://{text}")


def slack_api(text: str) -> str:
    """Read the base of Slack's Web API; returned with a slash at its end, as the SDK wants it."""
    expected = "an https address, such as https://slack.com/api/ (http on loopback only)"
    parts = _plain(text, expected)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise unfit(expected, shown(text))
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}/"


def proxy(text: str) -> SecretStr:
    """Read a proxy's address; it may hold a password, so that it is kept, and reported, as a secret."""
    parts = _split(text)
    if parts is None or parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.hostname or ""):
        raise unfit("a proxy's address, such as http://proxy.contoso.com:8080", "another value")
    return SecretStr(text)


def port(text: str) -> int:
    """Read a port; 0 lets the system pick one."""
    if _DIGITS.fullmatch(text) and int(text) <= _HIGHEST_PORT:
        return int(text)
    hint = ""
    if text.startswith("tcp://"):
        hint = ", which Kubernetes sets for a Service of this name (enableServiceLinks: false)"
    raise unfit(f"a port, 0 to {_HIGHEST_PORT}", shown(text) + hint)


def bind_host(text: str) -> str:
    """Read where to listen: a name or an address of this machine."""
    if _BINDABLE.fullmatch(text):
        return text
    raise unfit("an address of this machine, such as 127.0.0.1 or 0.0.0.0", shown(text))


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine, by name or by number; no name is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(text: str, expected: str) -> SplitResult:
    """Split an address that consists of scheme, host, port and path, and of nothing else."""
    parts = _split(text)
    if parts is None or not _SIGNS.fullmatch(text) or not _HOST.fullmatch(parts.hostname or ""):
        raise unfit(expected, shown(text))
    if "@" in parts.netloc:
        raise unfit(expected, "an address with a user name or a password in it")
    return parts


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    return parts


MicrosoftHost: TypeAlias = Annotated[str, BeforeValidator(microsoft_host)]
LoginHost: TypeAlias = Annotated[str, BeforeValidator(login_host)]
SlackApi: TypeAlias = Annotated[str, BeforeValidator(slack_api)]
Proxy: TypeAlias = Annotated[SecretStr, BeforeValidator(proxy)]
Port: TypeAlias = Annotated[int, BeforeValidator(port)]
BindHost: TypeAlias = Annotated[str, BeforeValidator(bind_host)]
