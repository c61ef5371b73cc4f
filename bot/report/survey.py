"""Reads the whole tenant, page by page, with the patience of somebody who is not waited for.

Source: Graph docs, "List users", "authentication-get" (beta), "List userRegistrationDetails",
"Microsoft Graph service-specific throttling limits". ``perUserMfaState`` in the list of users is
documented nowhere: it is believed where the key is there, and asked for with a call each where it is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from itertools import chain
from typing import Final, assert_never

from aiolimiter import AsyncLimiter

from approvals.errors import Gone, Never, PortError
from bot.entra.address import Path, path
from bot.entra.answers import Json, Refused
from bot.entra.batch import LARGEST, Failed, Get, Got, Outcome
from bot.entra.client import GraphClient
from bot.entra.patience import Patience
from bot.entra.per_user import REQUIREMENTS, STATE
from bot.entra.permissions import Permission
from bot.entra.registration import flag, moment, unread
from bot.entra.users import is_guest
from bot.entra.words import line
from bot.report.model import Part, Progress, lost
from bot.report.scratch import Account, Registration, Scratch

PAGE: Final = "999"
AT_ONCE: Final = 4
"""Batches under way at the same time."""
_LOW: Final = {"x-ms-throttle-priority": "Low"}
"""When Graph has to choose, the bot's own calls go first (Graph docs, throttling guidance)."""
_USERS: Final = Path("/users")
_DETAILS: Final = Path("/reports/authenticationMethods/userRegistrationDetails")
_ACCOUNT: Final = "id,userPrincipalName,displayName,userType,accountEnabled"
_REPORTED: Final = {
    "$top": PAGE,
    "$select": "id,userPrincipalName,userDisplayName,userType,isAdmin,isMfaRegistered,isMfaCapable,"
    "isPasswordlessCapable,methodsRegistered,lastUpdatedDateTime",
}
_LONGEST_STATE: Final = 40
_LONGEST_UPN: Final = 320


def politely() -> AsyncLimiter:
    """Return the pace of the report: Graph allows five pages in ten seconds, and one is left to the bot."""
    return AsyncLimiter(4, 10)


def patient(progress: Progress) -> Patience:
    """Return how long a page is asked for; *progress* hears of what Graph wants us to wait."""
    return Patience(
        attempts=8, longest=timedelta(minutes=5), total=timedelta(minutes=15), told=progress.waits
    )


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was lost; the rest is in the scratch."""

    people: Part
    states: Part
    registrations: Part


@dataclass(slots=True, kw_only=True)
class Survey:
    """One reading of the tenant."""

    graph: GraphClient
    scratch: Scratch
    progress: Progress
    pace: AsyncLimiter = field(default_factory=politely)
    _unstated: Part = None
    _denied: bool = False
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def make(self) -> Surveyed:
        """Read both lists at once; what cannot be read is told, and what came of it forgotten."""
        patiently = self.graph.waiting(patient(self.progress))
        people, registrations, _ = await asyncio.gather(
            self._people(patiently), self._registrations(patiently), self._expected()
        )
        return Surveyed(people, self._unstated, registrations)

    async def _expected(self) -> None:
        """Learn how many people there are, for the progress alone."""
        asked = {"$count": "true", "$top": "1", "$select": "id"}
        try:
            body = await self.graph.get(
                "v1.0", _USERS, asked, headers={"ConsistencyLevel": "eventual", **_LOW}
            )
        except PortError:
            return
        count = body.get("@odata.count")
        if isinstance(count, int):
            self.progress.expects(count)

    async def _people(self, graph: GraphClient) -> Part:
        try:
            async with aclosing(_sheets(graph)) as sheets:
                async for sheet in sheets:
                    self.scratch.accounts(await self._with_states(graph, [*map(_account, sheet)]))
                    self.progress.read(people=len(sheet))
        except PortError as error:
            self.scratch.forget_accounts()
            return lost(error, unread(error, Permission.READ_PEOPLE))
        return None

    async def _with_states(self, graph: GraphClient, accounts: Sequence[Account]) -> Sequence[Account]:
        lacking = [one for one in accounts if one.state is None]
        parts = [lacking[start : start + LARGEST] for start in range(0, len(lacking), LARGEST)]
        answers = await asyncio.gather(*(self._asked(graph, part) for part in parts))
        return [*(one for one in accounts if one.state is not None), *chain.from_iterable(answers)]

    async def _asked(self, graph: GraphClient, accounts: Sequence[Account]) -> Sequence[Account]:
        """Ask for the state of each; what is refused to the app is not asked for again."""
        async with self._turns:
            if self._denied:
                return accounts
            gets = [Get(path("/users/{}/authentication/requirements", one.id)) for one in accounts]
            try:
                outcomes = await graph.batch(REQUIREMENTS, gets)
            except PortError as error:
                self._denied = True
                self._fails(error)
                return accounts
        pairs = zip(accounts, outcomes, strict=True)
        return [found for one, outcome in pairs if (found := self._stated(one, outcome)) is not None]

    def _stated(self, account: Account, outcome: Outcome) -> Account | None:
        """Return *account* with its state; nothing for one that was deleted since it was listed."""
        match outcome:
            case Failed(error=Gone()):
                return None
            case Failed(error=error):
                self._denied |= isinstance(error, Refused) and error.trace.status == HTTPStatus.FORBIDDEN
                self._fails(error)
                return account
            case Got(body=body):
                if (state := _state(body)) is None:
                    self._fails(Never("Graph does not say it"))
                return replace(account, state=state, asked=True)
            case never:
                assert_never(never)

    def _fails(self, error: PortError) -> None:
        self._unstated = self._unstated or lost(error, unread(error, Permission.READ_STATE))

    async def _registrations(self, graph: GraphClient) -> Part:
        try:
            async with aclosing(graph.sheets("v1.0", Get(_DETAILS, _REPORTED, _LOW))) as sheets:
                await self.pace.acquire()
                async for sheet in sheets:
                    self.scratch.registrations(map(_registration, sheet))
                    self.progress.read(registrations=len(sheet))
                    await self.pace.acquire()
        except PortError as error:
            self.scratch.forget_registrations()
            return lost(error, unread(error, Permission.READ_LOGS))
        return None


async def _sheets(graph: GraphClient) -> AsyncGenerator[list[Json]]:
    """Yield the list of users, with the states in it unless Graph will not have them asked for."""
    begun = False
    try:
        async with aclosing(graph.sheets("v1.0", _listed(f"{_ACCOUNT},{STATE}"))) as sheets:
            async for sheet in sheets:
                begun = True
                yield sheet
    except Refused:
        if begun:
            raise
    else:
        return
    async with aclosing(graph.sheets("v1.0", _listed(_ACCOUNT))) as sheets:
        async for sheet in sheets:
            yield sheet


def _listed(select: str) -> Get:
    return Get(_USERS, {"$top": PAGE, "$select": select}, _LOW)


def _account(item: Json) -> Account:
    match item:
        case {"id": str(key), "userPrincipalName": str(upn), "accountEnabled": bool(enabled)} if key and upn:
            return Account(
                id=key.lower(),
                upn=line(upn, _LONGEST_UPN),
                name=line(item.get("displayName")),
                guest=is_guest(item.get("userType"), upn),
                blocked=not enabled,
                state=_state(item),
            )
        case _:
            raise Never("Graph lists people without their properties", "look at what the app may read")


def _state(item: Json) -> str | None:
    """Return the state in Graph's word; a missing key, a null and an empty word say nothing."""
    written = item.get(STATE)
    return line(written, _LONGEST_STATE) or None


def _registration(item: Json) -> Registration:
    key = item.get("id")
    if not isinstance(key, str) or not key:
        raise Never("Microsoft's report has lines without an id", "report it; nothing was changed")
    methods = item.get("methodsRegistered")
    return Registration(
        id=key.lower(),
        upn=line(item.get("userPrincipalName"), _LONGEST_UPN),
        name=line(item.get("userDisplayName")),
        guest=item.get("userType") == "guest",
        registered=flag(item, "isMfaRegistered"),
        capable=flag(item, "isMfaCapable"),
        passwordless=flag(item, "isPasswordlessCapable"),
        admin=flag(item, "isAdmin"),
        methods=tuple(one for one in methods if isinstance(one, str)) if isinstance(methods, list) else (),
        updated=moment(item.get("lastUpdatedDateTime")),
    )
