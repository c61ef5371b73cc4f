"""Mail in a simulated tenant: licences, mailboxes and contacts, as an administrator of Exchange sees them.

Words are Exchange's own (``RecipientTypeDetails``, docs "Get-EXOMailbox property sets"), so that a test may
plant one that nobody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

MEGABYTE: Final = 1 << 20
GIGABYTE: Final = 1 << 30
NO_MAILBOX: Final = (404, "MailboxNotEnabledForRESTAPI")
"""What Graph answers where Exchange Online has no mailbox: on premises, unlicensed or inactive."""

PURPOSES: Final[Mapping[str, str]] = {
    "UserMailbox": "user",
    "SharedMailbox": "shared",
    "RoomMailbox": "room",
    "EquipmentMailbox": "equipment",
    "LinkedMailbox": "linked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One licence of a person (Graph docs, ``licenseDetails``); *plans* are its service plans with status."""

    sku_id: str = "6fd2c87f-b296-42f0-b197-1e91e994b900"
    part: str = "ENTERPRISEPACK"
    plans: tuple[tuple[str, str], ...] = (("EXCHANGE_S_ENTERPRISE", "Success"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """What Exchange Online knows of a person, by the object id of the *owner*.

    ``kind`` ``MailUser`` is somebody whose mailbox is elsewhere. ``refusal`` is what Graph answers instead
    of settings; ``purpose`` replaces ``userPurpose``, which the docs show as an object too.
    ``smtp_auth_disabled`` is ``None`` where the organisation's setting holds. ``inactive`` mailboxes are
    soft-deleted: their owner is gone.
    """

    owner: str
    kind: str = "UserMailbox"
    purpose: object = None
    refusal: tuple[int, str] | None = None
    replies: Mapping[str, object] = field(default_factory=lambda: {"status": "disabled"})
    rules: tuple[Mapping[str, object], ...] = ()
    forwarding_smtp: str | None = None
    forwarding_to: str | None = None
    keeps_copy: bool = False
    external_address: str | None = None
    items: int = 4_211
    used: int = 2_345_678_901
    warns_at: int = 98 * GIGABYTE
    stops_sending_at: int = 99 * GIGABYTE
    stops_at: int = 100 * GIGABYTE
    last_activity: date | None = date(2026, 11, 20)
    mapi: bool = True
    pop: bool = True
    imap: bool = True
    active_sync: bool = True
    ews: bool | None = True
    owa: bool = True
    smtp_auth_disabled: bool | None = None
    inactive: bool = False

    @property
    def online(self) -> bool:
        """Whether there is a mailbox in Exchange Online."""
        return self.kind.endswith("Mailbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An organisational contact: a name for an address outside (Graph docs, ``orgContact``)."""

    id: str
    name: str
    mail: str
    proxies: tuple[str, ...] = ()
