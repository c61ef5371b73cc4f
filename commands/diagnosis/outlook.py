"""Which Outlook can sign in with a token, and the registry values that decide it.

Source: Microsoft's docs, "Enable Modern authentication for Office 2013 on Windows devices", and the life
cycles of Office.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from commands.diagnosis.model import Client, Outlook

MODERN: Final[Mapping[Outlook, str]] = {
    Outlook.OLD: "none: it can never connect to Exchange Online again",
    Outlook.V2013: "only with the three registry values; out of support since April 2023",
    Outlook.V2016: "on, unless EnableADAL is 0; out of support since October 2025",
    Outlook.CURRENT: "yes",
}
_IDENTITY: Final = r"HKCU\SOFTWARE\Microsoft\Office"
_FOR_2013: Final = (
    r"HKCU\Software\Microsoft\Exchange\AlwaysUseMSOAuthForAutoDiscover = 1 (DWORD)",
    rf"{_IDENTITY}\15.0\Common\Identity\EnableADAL = 1 (DWORD)",
    rf"{_IDENTITY}\15.0\Common\Identity\Version = 1 (DWORD)",
)
_FOR_2016: Final = (rf"{_IDENTITY}\16.0\Common\Identity\EnableADAL: delete it where it is 0",)


def clients(seen: Outlook | None) -> tuple[Client, ...]:
    """Return the table of versions, the one that was *seen* marked."""
    return tuple(Client(name, modern, name is seen) for name, modern in MODERN.items())


def registry(seen: Outlook | None) -> tuple[str, ...]:
    """Return the values for the version that was *seen*, or for all that have any."""
    match seen:
        case Outlook.V2013:
            return _FOR_2013
        case Outlook.V2016:
            return _FOR_2016
        case Outlook.OLD | Outlook.CURRENT:
            return ()
        case None:
            return (*_FOR_2013, *_FOR_2016)
