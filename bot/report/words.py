"""Methods of Microsoft's report (Graph docs, ``userRegistrationDetails``) in words, and shares."""

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


def percent(part: int, of: int) -> str:
    """Return a share; one that is neither nothing nor all is never rounded to it."""
    if not of:
        return ""
    share = 100 * part / of
    if 0 < share < 0.1:  # noqa: PLR2004 - what would be printed as 0.0
        return "< 0.1 %"
    if 99.9 < share < 100:  # noqa: PLR2004 - what would be printed as 100.0
        return "> 99.9 %"
    return f"{share:.0f} %" if share in {0, 100} else f"{share:.1f} %"
