"""Registered methods of Microsoft's report, in our words (Graph docs, ``userRegistrationDetails``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.entra.words import line

METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "microsoftAuthenticatorPush": "Microsoft Authenticator",
        "microsoftAuthenticatorPasswordless": "Microsoft Authenticator, passwordless",
        "softwareOneTimePasscode": "codes of an app",
        "hardwareOneTimePasscode": "codes of a token",
        "mobilePhone": "mobile phone",
        "alternateMobilePhone": "second mobile, calls only",
        "officePhone": "office phone",
        "fido2": "passkey (FIDO2)",
        "fido2SecurityKey": "passkey (FIDO2)",
        "passKeyDeviceBound": "passkey, bound to a device",
        "passKeyDeviceBoundAuthenticator": "passkey in Authenticator",
        "passKeyDeviceBoundWindowsHello": "passkey in Windows Hello",
        "passKeySynced": "passkey, synchronised",
        "windowsHelloForBusiness": "Windows Hello for Business",
        "macOsSecureEnclaveKey": "platform credential of macOS",
        "platformCredential": "platform credential",
        "temporaryAccessPass": "Temporary Access Pass",
        "externalAuthMethod": "external provider",
        "email": "e-mail, password reset only",
        "securityQuestion": "security questions, password reset only",
        "appPassword": "app password",
    }
)
_LONGEST: Final = 40


def method(written: str) -> str:
    """Return Graph's word for a method in ours; one that is unknown is said to be."""
    return METHODS.get(written, f"unknown to Relatch ({line(written, _LONGEST)})")
