"""What the Exchange sources need besides Graph's permissions: a permission of Exchange, and a role each.

Source: Microsoft docs, "Authentication and authorization for the Exchange Online Admin API" and "App-only
authentication for unattended scripts". Ids of Exchange's permissions are looked up by name when the script
runs: they are those of the tenant's own service principal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

EXCHANGE: Final = "00000002-0000-0ff1-ce00-000000000000"
"""Office 365 Exchange Online's own application id, the same in every cloud."""


@dataclass(frozen=True, slots=True)
class ExchangeGrant:
    """A permission of Exchange, what it is needed for, and the role without which it is refused."""

    permission: str
    why: str
    role: str


def exchange_grants(*, admin_api: bool, invoke_command: bool) -> tuple[ExchangeGrant, ...]:
    """Return the least that the sources need which are on."""
    return tuple(_needed(admin_api=admin_api, invoke_command=invoke_command))


def _needed(*, admin_api: bool, invoke_command: bool) -> Iterator[ExchangeGrant]:
    if admin_api:
        yield ExchangeGrant(
            "Exchange.ManageAsAppV2",
            "read mailboxes by the Exchange admin API",
            "in Exchange, a role group for the app with View-Only Recipients",
        )
    if invoke_command:
        yield ExchangeGrant(
            "Exchange.ManageAsApp",
            "read size, protocols and forwarding of mailboxes by InvokeCommand",
            "in Entra, Global Reader for the app; it reads, and changes nothing",
        )


def powershell(granted: tuple[ExchangeGrant, ...]) -> str:
    """Return what goes on the script of Microsoft Graph PowerShell that made ``$bot``."""
    names = ", ".join(f"'{one.permission}'" for one in granted)
    parts = [
        f"""\
$exchange = Get-MgServicePrincipal -Filter "appId eq '{EXCHANGE}'"
foreach ($name in @({names})) {{
    $role = ($exchange.AppRoles | Where-Object Value -eq $name).Id
    New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $bot.Id -PrincipalId $bot.Id `
        -ResourceId $exchange.Id -AppRoleId $role
}}
""",
        *(_POWERSHELL[one.permission] for one in granted),
    ]
    return "".join(parts)


def azure_cli(client_id: str, granted: tuple[ExchangeGrant, ...]) -> str:
    """Return what goes on the script of Azure CLI commands; roles have none and are given by hand."""
    lines = [
        f"""\
role=$(az ad sp show --id {EXCHANGE} --query "appRoles[?value=='{one.permission}'].id" -o tsv)
az ad app permission add --id {client_id} --api {EXCHANGE} --api-permissions "$role=Role"
# {one.role}
"""
        for one in granted
    ]
    return "".join([*lines, f"az ad app permission admin-consent --id {client_id}\n"])


_POWERSHELL: Final = {
    "Exchange.ManageAsAppV2": """\
# in Exchange Online PowerShell (Connect-ExchangeOnline)
New-ServicePrincipal -AppId $bot.AppId -ObjectId $bot.Id -DisplayName 'Relatch'
New-RoleGroup -Name 'Relatch reads mailboxes' -Roles 'View-Only Recipients'
Add-RoleGroupMember -Identity 'Relatch reads mailboxes' -Member $bot.Id
""",
    "Exchange.ManageAsApp": """\
# Global Reader; needs -Scopes RoleManagement.ReadWrite.Directory at Connect-MgGraph
New-MgRoleManagementDirectoryRoleAssignment -PrincipalId $bot.Id -DirectoryScopeId '/' `
    -RoleDefinitionId 'f2ef992c-3afb-46b9-b7cf-a126ee74c451'
""",
}
