"""What is changed once and stays: a phone, a default method, MFA itself. Nothing of it is put back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Final

from approvals.model.protection import Protection

SHOWN_DIGITS: Final = 2
_EXTENSION: Final = re.compile(r"x\d*$")


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A telephone number in Graph's form, ``+31 612345678``; however it is printed, it is masked."""

    written: str

    @property
    def masked(self) -> str:
        """Return it by its last two digits."""
        digits = [char for char in _EXTENSION.sub("", self.written) if char.isdecimal()]
        return f"·· ··{''.join(digits[-SHOWN_DIGITS:])}"

    def __repr__(self) -> str:
        return self.masked


@unique
class PhonePlace(StrEnum):
    """Which of the three phones a person can register; the value is Graph's ``phoneType``."""

    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"


@unique
class Preference(StrEnum):
    """The default second factor, by Graph's ``userPreferredMethodForSecondaryAuthentication``."""

    PUSH = "push"
    OATH = "oath"
    SMS = "sms"
    VOICE_MOBILE = "voiceMobile"
    VOICE_ALTERNATE_MOBILE = "voiceAlternateMobile"
    VOICE_OFFICE = "voiceOffice"


@dataclass(frozen=True, slots=True)
class SetPhone:
    """Register a phone at ``place``; ``shown`` is its number masked, which is all that is kept for good."""

    place: PhonePlace
    shown: str


@dataclass(frozen=True, slots=True)
class SetDefaultMethod:
    """Make ``method`` the default second factor."""

    method: Preference


@dataclass(frozen=True, slots=True)
class EnableMfa:
    """Turn per-user MFA on: ``to`` this state, or leave it at a stronger one."""

    to: Protection


Change = SetPhone | SetDefaultMethod | EnableMfa
"""One thing to set, proved by a read."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """Phone, default method and MFA in this order; the first ``made`` of them are proved."""

    phone: SetPhone
    default: SetDefaultMethod
    enable: EnableMfa
    made: int = 0

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return all three, in order."""
        return self.phone, self.default, self.enable


OneShot = Change | SetUp


def still_to_make(action: OneShot) -> tuple[Change, ...]:
    """Return what is not proved yet, in order."""
    return action.changes[action.made :] if isinstance(action, SetUp) else (action,)


def with_one_made(action: OneShot) -> OneShot:
    """Return *action* with the next of its changes proved."""
    return replace(action, made=action.made + 1) if isinstance(action, SetUp) else action
