"""What the app registration needs to be granted, and how a refusal names it.

Source: the permission tables of the Graph docs, application column, least privileged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum, unique
from http import HTTPStatus

from approvals.errors import PortError
from bot.entra.answers import Refused


@unique
class Permission(StrEnum):
    """An application permission of Microsoft Graph."""

    READ_PEOPLE = "User.Read.All"
    READ_GROUPS = "GroupMember.Read.All"
    WRITE_MEMBERS = "GroupMember.ReadWrite.All"
    READ_ROLES = "RoleManagement.Read.Directory"
    READ_ELIGIBLE_ROLES = "RoleEligibilitySchedule.Read.Directory"
    READ_METHODS = "UserAuthenticationMethod.Read.All"
    READ_STATE = "Policy.Read.All"
    WRITE_STATE = "Policy.ReadWrite.AuthenticationMethod"
    WRITE_PHONES = "UserAuthMethod-Phone.ReadWrite.All"
    WRITE_PASSES = "UserAuthMethod-TAP.ReadWrite.All"
    WRITE_METHODS = "UserAuthenticationMethod.ReadWrite.All"
    REVOKE_SESSIONS = "User.RevokeSessions.All"
    READ_DOMAINS = "Domain.Read.All"
    READ_FEDERATION = "Domain-InternalFederation.Read.All"
    READ_MAILBOX_SETTINGS = "MailboxSettings.Read"
    READ_CONTACTS = "OrgContact.Read.All"
    READ_REPORTS = "Reports.Read.All"
    READ_LOGS = "AuditLog.Read.All"


def repair(permission: Permission) -> str:
    """Return what to do where *permission* is missing."""
    return f"grant the app {permission} with admin consent (`relatch entra-setup` prints how)"


def named(error: PortError, permission: Permission) -> PortError:
    """Return *error*; a 403 says that *permission* is what it takes."""
    if isinstance(error, Refused) and error.trace.status == HTTPStatus.FORBIDDEN:
        return Refused(error.trace, repair(permission))
    return error


@contextmanager
def needing(permission: Permission) -> Iterator[None]:
    """Raise what is raised inside; a 403 says that *permission* is what it takes."""
    try:
        yield
    except Refused as error:
        raise named(error, permission) from None
