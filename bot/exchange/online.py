"""The two sources in Exchange Online itself, each turned on by the policy.

The admin API v2.0 is a preview, narrow, and not there for every tenant; ``InvokeCommand`` is what the
PowerShell module uses and Microsoft does not support. Both need a permission *and* a role of Exchange: a
valid token without the role is answered 403.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from approvals.errors import Gone, PortError
from bot.entra.answers import Json
from bot.exchange import rows
from bot.exchange.client import Cmdlet, Denied, Endpoint, ExchangeClient, NoSuchCmdlet, NotEnabled
from bot.exchange.sources import Connection, Subject, Told, missing
from commands.mailbox_model import Facts, Kind, Missing, Place, Source

_MAILBOX: Final = "Get-Mailbox"
_ONE: Final = {"ResultSize": 1}
_PREVIEW_REPAIR: Final = (
    "grant the app `Exchange.ManageAsAppV2` of Office 365 Exchange Online with admin consent, and in "
    "Exchange give its service principal a role group with `View-Only Recipients` (or Recipient Management)"
)
_INVOKE_REPAIR: Final = (
    "grant the app `Exchange.ManageAsApp` of Office 365 Exchange Online with admin consent, and its service "
    "principal a role such as Global Reader in Entra"
)
_NOT_IN_PREVIEW: Final = (
    "the tenant is not in the preview: set `exchange.admin_api = false`, or wait for Microsoft"
)
_NO_CMDLET: Final = "give the app's role group a role that contains the cmdlet (`View-Only Recipients`)"


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the two ways to call cmdlets: where, in whose name, and the repair of a refusal."""

    client: ExchangeClient
    endpoint: Endpoint
    source: Source

    async def ask(self, name: str, subject: Subject, **parameters: object) -> Json:
        """Return the one row of a cmdlet about *subject*."""
        given = {"Identity": subject.identity, **parameters}
        # The preview is routed by the mailbox; what the PowerShell module uses, by the organisation.
        about = subject.upn if self.endpoint is Endpoint.PREVIEW else ""
        found = await self.client.run(self.endpoint, Cmdlet(name=name, parameters=given, about=about))
        return found[0] if found else {}

    def missing(self, what: str, error: PortError) -> Missing:
        """Return why *what* is not known, with the repair."""
        return Missing(
            self.source, what, error.why, self._repair(error) or missing(self.source, what, error).what_to_do
        )

    def _repair(self, error: PortError) -> str:
        match error:
            case Denied():
                return _PREVIEW_REPAIR if self.endpoint is Endpoint.PREVIEW else _INVOKE_REPAIR
            case NotEnabled() if self.endpoint is Endpoint.PREVIEW:
                return _NOT_IN_PREVIEW
            case NotEnabled():
                return "Microsoft may have taken it away: set `exchange.invoke_command = false`"
            case NoSuchCmdlet():
                return _NO_CMDLET
            case _:
                return ""

    async def tried(self, cmdlet: str) -> Connection:
        """Ask for a token and for one row of *cmdlet*, which changes nothing."""
        try:
            await self.client.signed_in()
        except PortError as error:
            return self._failed("no token for Exchange", error)
        try:
            await self.client.run(self.endpoint, Cmdlet(name=cmdlet, parameters=_ONE))
        except PortError as error:
            return self._failed(f"{cmdlet} is not answered", error)
        return Connection(self.source, works=True, what=f"{cmdlet} is answered")

    def _failed(self, what: str, error: PortError) -> Connection:
        told = self.missing(what, error)
        return Connection(self.source, works=False, what=f"{what}: {told.why}", what_to_do=told.what_to_do)


class AdminApiSource:
    """Asks the admin API v2.0 for what it promises of a mailbox: kind and addresses."""

    def __init__(self, client: ExchangeClient) -> None:
        self._way = _Way(client, Endpoint.PREVIEW, Source.ADMIN_API)

    @property
    def source(self) -> Source:
        """Return who it is."""
        return Source.ADMIN_API

    async def tell(self, subject: Subject) -> Told:
        """Return what the mailbox is; nothing where there is none."""
        try:
            return Told(rows.mailbox(await self._way.ask(_MAILBOX, subject, ResultSize=1)))
        except Gone:
            return Told(Facts())
        except PortError as error:
            return Told(Facts(), (self._way.missing("the mailbox as Exchange has it", error),))

    async def tried(self) -> Connection:
        """Find out whether it can be asked."""
        return await self._way.tried(_MAILBOX)


class InvokeCommandSource:
    """Asks for everything by the cmdlets themselves."""

    def __init__(self, client: ExchangeClient) -> None:
        self._way = _Way(client, Endpoint.INVOKE, Source.INVOKE_COMMAND)

    @property
    def source(self) -> Source:
        """Return who it is."""
        return Source.INVOKE_COMMAND

    async def tell(self, subject: Subject) -> Told:
        """Return what the recipient is, and of a mailbox its settings, size and protocols."""
        try:
            found = rows.recipient(await self._way.ask("Get-Recipient", subject))
        except Gone:
            return await self._soft_deleted(subject)
        except PortError as error:
            return Told(Facts(), (self._way.missing("everything that Exchange knows", error),))
        if found.place is not Place.ONLINE:
            return Told(found)
        asked = _OF_GROUPS if found.kind is Kind.GROUP_MAILBOX else _OF_MAILBOXES
        parts = await asyncio.gather(*(self._part(subject, one) for one in asked))
        for part in parts:
            found = part.facts.over(found)
        return Told(found, tuple(one for part in parts for one in part.missing))

    async def tried(self) -> Connection:
        """Find out whether it can be asked for protocols, which takes the most."""
        return await self._way.tried("Get-CASMailbox")

    async def _part(self, subject: Subject, part: _Part) -> Told:
        try:
            return Told(part.read(await self._way.ask(part.cmdlet, subject)))
        except PortError as error:
            return Told(Facts(), (self._way.missing(part.what, error),))

    async def _soft_deleted(self, subject: Subject) -> Told:
        """Look among the mailboxes whose owner is gone, from where they can come back for 30 days."""
        try:
            await self._way.ask(_MAILBOX, subject, SoftDeletedMailbox=True)
        except Gone:
            return Told(Facts())
        except PortError as error:
            return Told(Facts(), (self._way.missing("soft-deleted mailboxes", error),))
        because = "the mailbox is soft-deleted; with its account it can come back for 30 days"
        return Told(Facts(kind=Kind.DELETED, place=Place.NOWHERE, place_because=because))


@dataclass(frozen=True, slots=True)
class _Part:
    """One cmdlet about a mailbox, what it tells in words, and how it is read."""

    cmdlet: str
    what: str
    read: Callable[[Json], Facts]


_OF_MAILBOXES: Final = (
    _Part(_MAILBOX, "forwarding and quota", rows.mailbox),
    _Part("Get-MailboxStatistics", "size", rows.statistics),
    _Part("Get-CASMailbox", "protocols", rows.protocols),
)
_OF_GROUPS: Final = (_Part("Get-MailboxStatistics", "size", rows.statistics),)
