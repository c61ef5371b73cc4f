"""What the cmdlets return, in our words.

Source: Microsoft docs, "Property sets in Exchange Online PowerShell module cmdlets". Sizes are written for
people with the bytes in brackets (``2.185 GB (2,345,678,901 bytes)``), or as ``Unlimited``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from bot.entra.answers import Json
from bot.entra.words import line
from commands.mailbox_model import Allowed, Facts, Forwarding, Kind, Place, Protocol, Size

KINDS: Final[Mapping[str, Kind]] = {
    "UserMailbox": Kind.USER,
    "SharedMailbox": Kind.SHARED,
    "RoomMailbox": Kind.ROOM,
    "EquipmentMailbox": Kind.EQUIPMENT,
    "LinkedMailbox": Kind.LINKED,
    "GroupMailbox": Kind.GROUP_MAILBOX,
    "TeamMailbox": Kind.GROUP_MAILBOX,
    "MailUser": Kind.MAIL_USER,
    "GuestMailUser": Kind.GUEST,
    "MailContact": Kind.CONTACT,
    "MailUniversalDistributionGroup": Kind.MAIL_GROUP,
    "MailNonUniversalGroup": Kind.MAIL_GROUP,
    "DynamicDistributionGroup": Kind.MAIL_GROUP,
    "RoomList": Kind.MAIL_GROUP,
    "MailUniversalSecurityGroup": Kind.SECURITY_GROUP,
}
_PLACES: Final[Mapping[Kind, Place]] = {
    Kind.GUEST: Place.ELSEWHERE,
    Kind.CONTACT: Place.ELSEWHERE,
    Kind.MAIL_GROUP: Place.NOWHERE,
    Kind.SECURITY_GROUP: Place.NOWHERE,
}
_PROTOCOLS: Final[Mapping[Protocol, str]] = {
    Protocol.MAPI: "MAPIEnabled",
    Protocol.POP: "PopEnabled",
    Protocol.IMAP: "ImapEnabled",
    Protocol.ACTIVE_SYNC: "ActiveSyncEnabled",
    Protocol.EWS: "EwsEnabled",
    Protocol.OWA: "OWAEnabled",
}
_SMTP_OFF: Final = "SmtpClientAuthenticationDisabled"
_BYTES: Final = re.compile(r"\(([\d,]{1,24}) bytes\)", re.ASCII)
_SMTP: Final = "smtp:"


def recipient(row: Json) -> Facts:
    """Read what is the same for every recipient: kind, place and addresses."""
    written = line(row.get("RecipientTypeDetails"), 60)
    kind = KINDS.get(written)
    if kind is None and written:
        kind = Kind.OTHER_MAILBOX if written.endswith("Mailbox") else None
    addresses = _addresses(row)
    primary = line(row.get("PrimarySmtpAddress")) or None
    return Facts(
        kind=kind,
        place=None if kind in {None, Kind.MAIL_USER} else _PLACES.get(kind, Place.ONLINE),
        place_because=f"Exchange Online calls it {written}" if kind else None,
        name=line(row.get("DisplayName")) or None,
        primary=primary,
        aliases=tuple(one for one in addresses if one.casefold() != (primary or "").casefold()) or None,
    )


def _addresses(row: Json) -> list[str]:
    listed = row.get("EmailAddresses")
    written = [line(one) for one in listed] if isinstance(listed, list) else []
    return [one[len(_SMTP) :] for one in written if one.casefold().startswith(_SMTP)]


def mailbox(row: Json) -> Facts:
    """Read a mailbox: what a recipient has, and forwarding and quota where they are there."""
    quota = Size(
        warns_at=size(row.get("IssueWarningQuota")),
        stops_sending_at=size(row.get("ProhibitSendQuota")),
        stops_at=size(row.get("ProhibitSendReceiveQuota")),
    )
    set_on_it = Facts(forwarding=_forwarding(row), size=None if quota == Size() else quota)
    return set_on_it.over(recipient(row))


def _forwarding(row: Json) -> tuple[Forwarding, ...] | None:
    """Return where mail is forwarded to; ``None`` unless the row has the properties."""
    names = ("ForwardingSmtpAddress", "ForwardingAddress")
    if not any(name in row for name in names):
        return None
    keeps = row.get("DeliverToMailboxAndForward")
    to = (line(row.get(name)).removeprefix(_SMTP) for name in names)
    return tuple(
        Forwarding(one, "set on the mailbox", keeps if isinstance(keeps, bool) else None) for one in to if one
    )


def statistics(row: Json) -> Facts:
    """Read how full it is and when somebody was last in it."""
    items = row.get("ItemCount")
    used = Size(used=size(row.get("TotalItemSize")), items=items if isinstance(items, int) else None)
    return Facts(
        size=None if used == Size() else used,
        last_activity=_day(row.get("LastUserActionTime")) or _day(row.get("LastLogonTime")),
    )


def protocols(row: Json) -> Facts:
    """Read what it may be used with; what is not set follows the organisation."""
    found = {one: _allowed(row.get(name)) for one, name in _PROTOCOLS.items() if name in row}
    if _SMTP_OFF in row:
        off = row.get(_SMTP_OFF)
        found[Protocol.SMTP_AUTH] = _allowed(not off if isinstance(off, bool) else None)
    return Facts(protocols=found or None)


def _allowed(flag: object) -> Allowed:
    return Allowed.ORGANISATION if not isinstance(flag, bool) else Allowed.ON if flag else Allowed.OFF


def size(written: object) -> int | None:
    """Read a size in bytes; ``None`` where there is none, or no bound."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    if isinstance(written, dict):
        return size(written.get("Value"))
    found = _BYTES.search(written) if isinstance(written, str) else None
    return int(found[1].replace(",", "")) if found else None


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(written[:10]) if isinstance(written, str) else None
    except ValueError:
        return None
