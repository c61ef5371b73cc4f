"""What somebody has registered, and what the tenant allows: what a change is weighed against.

Numbers are ``PhoneNumber`` throughout, so that they are masked wherever they are printed by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from approvals.model import PhoneNumber, PhonePlace, Preference


@unique
class Policed(StrEnum):
    """Kinds of methods that the tenant's policy of authentication methods turns on and off."""

    SMS = "text messages"
    VOICE = "calls"
    AUTHENTICATOR = "Microsoft Authenticator"
    OATH = "an app's or token's codes"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read: why, and what would make it readable."""

    why: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class TenantMethods:
    """What the tenant's policy has off, and whether it lets a number sign in by itself."""

    off: frozenset[Policed]
    sms_sign_in: bool


@dataclass(frozen=True, slots=True)
class RegisteredPhone:
    """A phone that is registered now."""

    place: PhonePlace
    number: PhoneNumber


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has registered, what the directory has as their mobile number, and what is offered first.

    ``mobile`` is as it is written there, ``synchronised`` says that it comes from a directory on premises.
    ``can_prefer`` are the defaults that what is registered makes possible. While ``system_preferred`` is on,
    Entra offers the strongest method whatever the default is; it is ``None`` where it could not be read.
    """

    mobile: PhoneNumber | None
    synchronised: bool
    phones: tuple[RegisteredPhone, ...]
    can_prefer: frozenset[Preference]
    preferred: Preference | None
    system_preferred: bool | None
