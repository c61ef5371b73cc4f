"""Registered authentication methods in words: every one, and what it is good for.

Source: Graph docs, "authenticationMethod resource type" and "Microsoft Entra authentication methods API
overview". Kinds are added over the years: one that is not known is named as unknown, and never taken for
no method at all. The list takes no query parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from approvals.model import PersonId
from bot.entra.address import path
from bot.entra.answers import Json
from bot.entra.batch import Get
from bot.entra.lists import Question
from bot.entra.permissions import Permission
from bot.entra.words import label, masked_address, masked_number
from commands.person_model import Method, Use

_PREFIX: Final = "#microsoft.graph."
_SUFFIX: Final = "AuthenticationMethod"
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,59}")


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    use: Use
    detail: Callable[[Json], str] = lambda _: ""


def question(who: PersonId) -> Question:
    """Return the read of everything that *who* has registered."""
    where = path("/users/{}/authentication/methods", who)
    return Question("authentication methods", Permission.READ_METHODS, Get(where))


def methods(items: Iterable[Json]) -> tuple[Method, ...]:
    """Put every registered method into words, in Graph's order."""
    return tuple(map(_method, items))


def second_factors(registered: Iterable[Method]) -> int | None:
    """Count the second factors; ``None`` where only unknown kinds could be any."""
    uses = [method.use for method in registered]
    known = uses.count(Use.SECOND_FACTOR)
    return None if known == 0 and Use.UNKNOWN in uses else known


def _method(item: Json) -> Method:
    written = item.get("@odata.type")
    short = str(written).removeprefix(_PREFIX).removesuffix(_SUFFIX) if isinstance(written, str) else ""
    kind = _KINDS.get(short) or _unknown(short)
    if short == "temporaryAccessPass" and item.get("isUsable") is not True:
        kind = _Kind("Temporary Access Pass", Use.FIRST_FACTOR, lambda _: "not usable now")
    return Method(kind.name, kind.detail(item), kind.use, _since(item))


def _unknown(short: str) -> _Kind:
    name = f"unknown kind ({short})" if _KIND.fullmatch(short) else "unknown kind"
    return _Kind(name, Use.UNKNOWN)


def _since(item: Json) -> datetime | None:
    """Return when it was registered, where Graph says so; passkeys have called it ``creationDateTime``."""
    written = item.get("createdDateTime") or item.get("creationDateTime")
    try:
        moment = datetime.fromisoformat(written) if isinstance(written, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _display_name(item: Json) -> str:
    return label(item.get("displayName"))


def _phone(item: Json) -> str:
    kinds = {
        "mobile": "mobile, SMS or call",
        "alternateMobile": "second mobile, calls only",
        "office": "office, calls only",
    }
    kind = kinds.get(str(item.get("phoneType")), "")
    return f"{masked_number(item.get('phoneNumber'))}{kind and f' ({kind})'}"


def _passkey(item: Json) -> str:
    name, model = _display_name(item), label(item.get("model"))
    return f"{name} ({model})" if name and model else name or model


_SECOND: Final = Use.SECOND_FACTOR
_KINDS: Final[Mapping[str, _Kind]] = {
    "password": _Kind("Password", Use.FIRST_FACTOR),
    "qrCodePin": _Kind("QR code with PIN", Use.FIRST_FACTOR),
    "email": _Kind("e-mail", Use.PASSWORD_RESET, lambda item: masked_address(item.get("emailAddress"))),
    "phone": _Kind("phone", _SECOND, _phone),
    "microsoftAuthenticator": _Kind("Microsoft Authenticator", _SECOND, _display_name),
    "fido2": _Kind("passkey (FIDO2)", _SECOND, _passkey),
    "softwareOath": _Kind("authenticator app's codes", _SECOND),
    "hardwareOath": _Kind("hardware token", _SECOND),
    "windowsHelloForBusiness": _Kind("Windows Hello for Business", _SECOND, _display_name),
    "platformCredential": _Kind("platform credential", _SECOND, _display_name),
    "external": _Kind("external provider", _SECOND, _display_name),
    "temporaryAccessPass": _Kind("Temporary Access Pass", _SECOND, lambda _: "usable now"),
}
