"""One harmless call for each permission that a read needs: whether it does what it is granted for.

Permissions to write are not tried: there is no call that would prove one and change nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, TypeAlias

from approvals.errors import Gone
from approvals.model import PersonId
from bot.entra import methods, registration, roles
from bot.entra.address import Version, path
from bot.entra.answers import Refused
from bot.entra.batch import Get
from bot.entra.client import GraphClient
from bot.entra.per_user import REQUIREMENTS
from bot.entra.permissions import Permission, needing

Trial: TypeAlias = Callable[[GraphClient, PersonId], Awaitable[None]]
"""Reads something about a person who exists; raises as the client does."""
_ONE: Final = {"$top": "1", "$select": "id"}
_REPORT: Final = path("/reports/getMailboxUsageDetail(period='D7')")


async def somebody(graph: GraphClient) -> PersonId:
    """Return the id of any account, with what only the full profile shows; raises as the client does."""
    with needing(Permission.READ_PEOPLE):
        page = await graph.get("v1.0", path("/users"), {"$top": "1", "$select": "id,accountEnabled"})
    match page:
        case {"value": [{"id": str(key)}, *_]}:
            return PersonId(key)
        case _:
            raise Gone("Graph shows no account at all")


async def _people(graph: GraphClient, _who: PersonId) -> None:
    await somebody(graph)


async def _groups(graph: GraphClient, _who: PersonId) -> None:
    await graph.get("v1.0", path("/groups"), _ONE)


async def _state(graph: GraphClient, who: PersonId) -> None:
    await graph.get(REQUIREMENTS, path("/users/{}/authentication/requirements", who))


async def _methods(graph: GraphClient, who: PersonId) -> None:
    await _read(graph, "v1.0", methods.question(who).get)


async def _active_roles(graph: GraphClient, who: PersonId) -> None:
    await _read(graph, "v1.0", roles.questions(who, roles.Protect())[roles.Part.ACTIVE].get)


async def _eligible_roles(graph: GraphClient, who: PersonId) -> None:
    """Ask who is eligible; a tenant without Entra ID P2, where nobody can be, answers that and is fine."""
    try:
        await _read(graph, "v1.0", roles.questions(who, roles.Protect())[roles.Part.ELIGIBLE].get)
    except Refused as error:
        if error.trace.code != roles.NO_P2:
            raise


async def _domains(graph: GraphClient, _who: PersonId) -> None:
    await graph.get("v1.0", path("/domains"))


async def _federation(graph: GraphClient, _who: PersonId) -> None:
    """Read the federation of one federated domain; where there is none, there is nothing to be tried."""
    listed = await graph.every("v1.0", path("/domains"))
    federated = [one["id"] for one in listed if one.get("authenticationType") == "Federated"]
    for name in federated[:1]:
        await graph.get("v1.0", path("/domains/{}/federationConfiguration", name))


async def _mailbox_settings(graph: GraphClient, who: PersonId) -> None:
    """Read somebody's settings; one who has no mailbox is answered so only to whoever may ask."""
    with suppress(Gone):
        await graph.get("v1.0", path("/users/{}/mailboxSettings", who))


async def _contacts(graph: GraphClient, _who: PersonId) -> None:
    await graph.get("v1.0", path("/contacts"), _ONE)


async def _reports(graph: GraphClient, _who: PersonId) -> None:
    """Ask where a report is kept; where a cloud has no such report, there is nothing to be tried."""
    try:
        await graph.report_at("v1.0", _REPORT)
    except Gone:
        return
    except Refused as error:
        if error.trace.status == HTTPStatus.FORBIDDEN:
            raise


async def _logs(graph: GraphClient, who: PersonId) -> None:
    """Read somebody's registration; a tenant without Entra ID P1 answers that, and is fine.

    One whom the report does not know yet is answered so only to whoever may ask.
    """
    try:
        with suppress(Gone):
            await _read(graph, "v1.0", registration.registration_read(who))
    except Refused as error:
        if error.trace.code != registration.NO_P1:
            raise


async def _read(graph: GraphClient, version: Version, get: Get) -> None:
    await graph.get(version, get.path, get.params, headers=get.headers)


TRIALS: Final[Mapping[Permission, Trial]] = MappingProxyType(
    {
        Permission.READ_PEOPLE: _people,
        Permission.READ_GROUPS: _groups,
        Permission.READ_STATE: _state,
        Permission.READ_METHODS: _methods,
        Permission.READ_ROLES: _active_roles,
        Permission.READ_ELIGIBLE_ROLES: _eligible_roles,
        Permission.READ_DOMAINS: _domains,
        Permission.READ_FEDERATION: _federation,
        Permission.READ_MAILBOX_SETTINGS: _mailbox_settings,
        Permission.READ_CONTACTS: _contacts,
        Permission.READ_REPORTS: _reports,
        Permission.READ_LOGS: _logs,
    }
)
