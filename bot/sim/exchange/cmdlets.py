"""What the cmdlets return, and what each of the two ways to call them takes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from bot.sim.tenant.mail_model import Contact, Mailbox
from bot.sim.tenant.model import Group, User
from bot.sim.tenant.state import Tenant

Row: TypeAlias = dict[str, object]
Parameters: TypeAlias = Mapping[str, object]

PREVIEW_PROPERTIES: Final = frozenset(
    {"Name", "DisplayName", "UserPrincipalName", "Alias", "RecipientType", "RecipientTypeDetails"}
    | {"EmailAddresses", "PrimarySmtpAddress", "MaxSendSize", "GrantSendOnBehalfTo", "Guid", "Id"}
    | {"GrantSendOnBehalfToWithDisplayNames", "ExternalDirectoryObjectId", "Identity", "IsValid"}
    | {"DistinguishedName", "LegacyExchangeDN", "ObjectState"}
)
"""What the docs of the admin API promise of a mailbox: no quotas, no forwarding."""

NOT_FOUND: Final = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
NO_CMDLET: Final = "System.Management.Automation.CommandNotFoundException"
_GROUPS: Final = {"Unified": "GroupMailbox", "mail": "MailUniversalDistributionGroup"}


class CmdletError(Exception):
    """A cmdlet ended with an error of Exchange's own, by the name of its type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message


def get_recipient(tenant: Tenant, given: Parameters) -> Iterable[Row]:
    """Return recipients of every kind."""
    rows = [
        *(_recipient(tenant, one) for one in tenant.mailboxes.values() if not one.inactive),
        *map(_contact, tenant.contacts.values()),
        *(_group(one) for one in tenant.groups.values() if one.mail),
    ]
    return _named(rows, given)


def get_mailbox(tenant: Tenant, given: Parameters) -> Iterable[Row]:
    """Return mailboxes: those in use, or the soft-deleted ones, or those of groups."""
    if given.get("GroupMailbox"):
        groups = (one for one in tenant.groups.values() if "Unified" in one.types)
        return _named([_group(one) for one in groups], given)
    inactive = bool(given.get("SoftDeletedMailbox"))
    held = [one for one in tenant.mailboxes.values() if one.online and one.inactive is inactive]
    return _named([_mailbox(tenant, one) for one in held], given)


def get_statistics(tenant: Tenant, given: Parameters) -> Iterable[Row]:
    """Return how full a mailbox is, sizes written for people with the bytes in brackets."""
    recipient = next(iter(get_recipient(tenant, given)))
    owner = str(recipient["ExternalDirectoryObjectId"])
    if recipient["RecipientTypeDetails"] == "GroupMailbox":
        return [{"DisplayName": recipient["DisplayName"], "ItemCount": 9, "TotalItemSize": _written(1 << 20)}]
    next(iter(get_mailbox(tenant, given)))
    mailbox = tenant.mailboxes[owner]
    row: Row = {
        "DisplayName": _owner(tenant, mailbox).display_name,
        "MailboxGuid": owner,
        "ItemCount": mailbox.items,
        "TotalItemSize": _written(mailbox.used),
        "DeletedItemCount": 17,
        "TotalDeletedItemSize": _written(1_234_567),
        "LastLogonTime": f"{mailbox.last_activity}T08:15:00" if mailbox.last_activity else None,
    }
    return [row]


def get_cas_mailbox(tenant: Tenant, given: Parameters) -> Iterable[Row]:
    """Return which protocols a mailbox may be used with."""
    return [
        {
            **{key: row[key] for key in ("ExternalDirectoryObjectId", "PrimarySmtpAddress")},
            **_cas(tenant, row),
        }
        for row in get_mailbox(tenant, given)
    ]


CMDLETS: Final[Mapping[str, Callable[[Tenant, Parameters], Iterable[Row]]]] = {
    "Get-Recipient": get_recipient,
    "Get-Mailbox": get_mailbox,
    "Get-MailboxStatistics": get_statistics,
    "Get-CASMailbox": get_cas_mailbox,
}


def _cas(tenant: Tenant, row: Row) -> Row:
    mailbox = tenant.mailboxes[str(row["ExternalDirectoryObjectId"])]
    return {
        "ActiveSyncEnabled": mailbox.active_sync,
        "EwsEnabled": mailbox.ews,
        "ImapEnabled": mailbox.imap,
        "MAPIEnabled": mailbox.mapi,
        "OWAEnabled": mailbox.owa,
        "PopEnabled": mailbox.pop,
        "SmtpClientAuthenticationDisabled": mailbox.smtp_auth_disabled,
    }


def _named(rows: list[Row], given: Parameters) -> list[Row]:
    """Return those that ``Identity`` names, or all; nobody is an error, as in PowerShell."""
    wanted = str(given.get("Identity", "")).casefold()
    if not wanted:
        return rows
    found = [row for row in rows if wanted in _names(row)]
    if not found:
        raise CmdletError(
            NOT_FOUND, f"The operation couldn't be performed because object '{wanted}' is not found."
        )
    return found


def _names(row: Row) -> set[str]:
    keys = ("ExternalDirectoryObjectId", "UserPrincipalName", "Alias", "PrimarySmtpAddress", "Guid")
    addresses = row["EmailAddresses"]
    proxies = [str(one) for one in addresses] if isinstance(addresses, list) else []
    return {
        *(str(row[key]).casefold() for key in keys if row.get(key)),
        *(one.partition(":")[2].casefold() for one in proxies),
    }


def _owner(tenant: Tenant, mailbox: Mailbox) -> User:
    owner = tenant.users.get(mailbox.owner) or tenant.deleted.get(mailbox.owner)
    if owner is None:
        raise CmdletError(NOT_FOUND, "The owner is gone.")
    return owner


def _recipient(tenant: Tenant, mailbox: Mailbox) -> Row:
    owner = _owner(tenant, mailbox)
    return {
        "Name": owner.display_name,
        "DisplayName": owner.display_name,
        "Alias": owner.upn.partition("@")[0],
        "ExternalDirectoryObjectId": owner.id,
        "Guid": owner.id,
        "UserPrincipalName": owner.upn,
        "PrimarySmtpAddress": owner.mail or owner.upn,
        "EmailAddresses": list(owner.proxies) or [f"SMTP:{owner.upn}"],
        "RecipientType": "UserMailbox" if mailbox.online else "MailUser",
        "RecipientTypeDetails": mailbox.kind,
        "ExternalEmailAddress": mailbox.external_address,
    }


def _mailbox(tenant: Tenant, mailbox: Mailbox) -> Row:
    return {
        **_recipient(tenant, mailbox),
        "MaxSendSize": "35 MB (36,700,160 bytes)",
        "GrantSendOnBehalfTo": [],
        "ForwardingAddress": mailbox.forwarding_to,
        "ForwardingSmtpAddress": mailbox.forwarding_smtp,
        "DeliverToMailboxAndForward": mailbox.keeps_copy,
        "IssueWarningQuota": _written(mailbox.warns_at),
        "ProhibitSendQuota": _written(mailbox.stops_sending_at),
        "ProhibitSendReceiveQuota": _written(mailbox.stops_at),
        "WhenSoftDeleted": "2026-11-02T09:12:44Z" if mailbox.inactive else None,
    }


def _contact(one: Contact) -> Row:
    return {
        "Name": one.name,
        "DisplayName": one.name,
        "ExternalDirectoryObjectId": one.id,
        "PrimarySmtpAddress": one.mail,
        "EmailAddresses": list(one.proxies),
        "RecipientType": "MailContact",
        "RecipientTypeDetails": "MailContact",
    }


def _group(one: Group) -> Row:
    kind = _GROUPS["Unified" if "Unified" in one.types else "mail"]
    return {
        "Name": one.name,
        "DisplayName": one.name,
        "ExternalDirectoryObjectId": one.id,
        "PrimarySmtpAddress": one.mail,
        "EmailAddresses": list(one.proxies) or [f"SMTP:{one.mail}"],
        "RecipientType": kind,
        "RecipientTypeDetails": kind,
    }


def _written(size: int) -> str:
    """Write a size as Exchange does: ``2.185 GB (2,345,678,901 bytes)``."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= step:
            return f"{size / step:.4g} {unit} ({size:,} bytes)"
    return f"{size} B ({size:,} bytes)"
