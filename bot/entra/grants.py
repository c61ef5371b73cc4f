"""What an administrator has to grant the app registration, and why: the least for the policy's tables.

Ids of app roles: Microsoft Graph permissions reference, read 2026-11-22. ``User.ReadWrite.All`` and
permissions to write roles are never among them: with the first, a group call without its ``/$ref``
would delete the person; the second take over the tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from bot.entra.permissions import Permission

GRAPH: Final = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph's own application id, the same in every cloud."""

ROLE_IDS: Final[Mapping[Permission, str]] = MappingProxyType(
    {
        Permission.READ_PEOPLE: "df021288-bdef-4463-88db-98f22de89214",
        Permission.READ_GROUPS: "98830695-27a2-44f7-8c18-0c3ebc9698f6",
        Permission.WRITE_MEMBERS: "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
        Permission.READ_ROLES: "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
        Permission.READ_ELIGIBLE_ROLES: "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
        Permission.READ_METHODS: "38d9df27-64da-44fd-b7c5-a6fbac20248f",
        Permission.READ_STATE: "246dd0d5-5bd0-4def-940b-0421030a5b68",
        Permission.WRITE_STATE: "29c18626-4985-4dcd-85c0-193eef327366",
        Permission.WRITE_PHONES: "6e85d483-7092-4375-babe-0a94a8213a58",
        Permission.WRITE_PASSES: "627169a8-8c15-451c-861a-5b80e383de5c",
        Permission.WRITE_METHODS: "50483e42-d915-4231-9639-7fdb7fd190e5",
        Permission.REVOKE_SESSIONS: "77f3a031-c388-4f99-b373-dc68676a979e",
        Permission.READ_DOMAINS: "dbb9058a-0e50-45d7-ae91-66909b5d4664",
        Permission.READ_FEDERATION: "c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5",
        Permission.READ_MAILBOX_SETTINGS: "40f97065-369a-49f4-947c-6a255697ae91",
        Permission.READ_CONTACTS: "e1a88a34-94c4-4418-be12-c87b00e26bea",
        Permission.READ_REPORTS: "230c1aed-a721-4c5d-9cb4-a90514e508ef",
        Permission.READ_LOGS: "b0afded3-3588-46d8-8b3d-9842eff778da",
    }
)
PUBLIC_ONLY: Final = frozenset({Permission.READ_FEDERATION, Permission.WRITE_PHONES, Permission.WRITE_PASSES})
"""Granular permissions that national clouds lack; there a broader one does as well."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a national cloud is called by the tools that consent."""

    powershell: str
    azure_cli: str


NATIONAL: Final[Mapping[str, Cloud]] = MappingProxyType(
    {
        "graph.microsoft.us": Cloud("USGov", "AzureUSGovernment"),
        "dod-graph.microsoft.us": Cloud("USGovDoD", "AzureUSGovernment"),
        "microsoftgraph.chinacloudapi.cn": Cloud("China", "AzureChinaCloud"),
    }
)
"""National clouds by Graph's host there (Graph docs, "National cloud deployments")."""
_TAKES_OVER: Final = "whoever holds it can make themselves an administrator"
_BROAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "User.ReadWrite.All": "with it, a call that takes somebody out of a group could delete the person",
        "Directory.ReadWrite.All": "it changes people, groups and more",
        "Group.ReadWrite.All": "it changes and deletes every group",
        "Policy.ReadWrite.ConditionalAccess": "it can turn every policy off",
        "Application.ReadWrite.All": _TAKES_OVER,
        "AppRoleAssignment.ReadWrite.All": _TAKES_OVER,
    }
)


def cloud_of(graph: str) -> Cloud | None:
    """Return the national cloud that Graph's address is in, if it is one."""
    return NATIONAL.get(urlsplit(graph).hostname or "")


def broad(permission: str) -> str:
    """Say what is dangerous about a permission that the app should not have; nothing where it is not."""
    family, _, _ = permission.partition(".")
    if "ReadWrite" in permission and family.startswith(("Role", "PrivilegedAccess")):
        return _TAKES_OVER
    return _BROAD.get(permission, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the policy turns on, as far as permissions go."""

    active_roles: bool
    eligible_roles: bool
    revoke_sessions: bool
    per_user: bool
    exclusion_group: bool
    phone: bool
    default_method: bool
    access_pass: bool
    national: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """One application permission, and what it is needed for; without an ``optional`` one less is shown."""

    permission: Permission
    why: str
    optional: bool = False

    @property
    def id(self) -> str:
        """Return the app role's id."""
        return ROLE_IDS[self.permission]


def grants(features: Features) -> tuple[Grant, ...]:
    """Return the least that *features* need."""
    found = _needed(features)
    return tuple(one for one in found if not (features.national and one.permission in PUBLIC_ONLY))


def _needed(features: Features) -> Iterator[Grant]:
    yield Grant(Permission.READ_PEOPLE, "find people; see whether accounts are enabled, guests or deleted")
    yield Grant(Permission.READ_GROUPS, "see who may ask and decide, and who is protected, through groups")
    yield Grant(Permission.READ_METHODS, "show registered methods; phone numbers are masked at once")
    yield Grant(
        Permission.READ_STATE,
        "read per-user MFA before and after every change, security defaults and Conditional Access",
    )
    if features.per_user:
        why = "lower per-user MFA and put it back, or turn it on; Microsoft has no narrower one"
        yield Grant(Permission.WRITE_STATE, why)
    if features.exclusion_group:
        why = "put people into the exclusion group and take them out; it covers every group without roles"
        yield Grant(Permission.WRITE_MEMBERS, why)
    yield Grant(Permission.READ_MAILBOX_SETTINGS, "show kind, replies and rules of mailboxes", optional=True)
    yield Grant(
        Permission.READ_CONTACTS, "tell contacts from people where an address is looked up", optional=True
    )
    yield Grant(
        Permission.READ_REPORTS, "show size and last activity of mailboxes, two days old", optional=True
    )
    if features.active_roles:
        yield Grant(Permission.READ_ROLES, "protect holders of directory roles")
    if features.eligible_roles:
        yield Grant(Permission.READ_ELIGIBLE_ROLES, "protect those who could activate a role")
    if features.revoke_sessions:
        yield Grant(Permission.REVOKE_SESSIONS, "sign the subject out at the end of a suspension")
    yield from _for_methods(features)
    alone = "; in this cloud also whether a federated provider asks for MFA" if features.national else ""
    yield Grant(Permission.READ_DOMAINS, f"see how the domains are signed in to{alone}")
    yield Grant(Permission.READ_FEDERATION, "see whether a federated provider asks for MFA")
    yield Grant(
        Permission.READ_LOGS,
        "show registration, of one person and in `relatch report`, and last sign-ins; needs Entra ID P1",
        optional=True,
    )


def _for_methods(features: Features) -> Iterator[Grant]:
    """Yield what it takes to write somebody's methods: narrow ones, where the cloud has them."""
    if features.phone:
        yield Grant(Permission.WRITE_PHONES, "set an authentication phone, and nothing else of anybody's")
    if features.access_pass:
        yield Grant(Permission.WRITE_PASSES, "make and remove Temporary Access Passes, and nothing else")
    narrow = features.phone or features.access_pass
    if features.default_method or (narrow and features.national):
        yield Grant(Permission.WRITE_METHODS, _broad(features))


def _broad(features: Features) -> str:
    """Say what the broad permission over methods is for, where there is no narrower one."""
    needed = ["read and set the default method"] if features.default_method else []
    if features.phone and features.national:
        needed.append("set an authentication phone")
    if features.access_pass and features.national:
        needed.append("make and remove Temporary Access Passes")
    return f"{'; '.join(needed)}; Microsoft has no narrower one"


def powershell(client_id: str, granted: tuple[Grant, ...], cloud: Cloud | None = None) -> str:
    """Return the consent as a script of Microsoft Graph PowerShell; it may be run again."""
    where = f"-Environment {cloud.powershell} " if cloud else ""
    roles = "\n".join(f"    '{one.id}'  # {one.permission}" for one in granted)
    return f"""\
Connect-MgGraph {where}-Scopes Application.Read.All, AppRoleAssignment.ReadWrite.All
$bot   = Get-MgServicePrincipal -Filter "appId eq '{client_id}'"
$graph = Get-MgServicePrincipal -Filter "appId eq '{GRAPH}'"
$roles = @(
{roles}
)
$have = (Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $bot.Id -All).AppRoleId
foreach ($role in $roles | Where-Object {{ $_ -notin $have }}) {{
    New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $bot.Id -PrincipalId $bot.Id `
        -ResourceId $graph.Id -AppRoleId $role
}}
"""


def azure_cli(client_id: str, granted: tuple[Grant, ...], cloud: Cloud | None = None) -> str:
    """Return the consent as Azure CLI commands."""
    where = f"az cloud set --name {cloud.azure_cli}\naz login\n" if cloud else ""
    roles = " \\\n    ".join(f"{one.id}=Role" for one in granted)
    return f"""\
{where}az ad app permission add --id {client_id} --api {GRAPH} \\
  --api-permissions \\
    {roles}
az ad app permission admin-consent --id {client_id}
"""
