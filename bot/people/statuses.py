"""What the directory shows of somebody, for the chat and the terminal; no chat is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from approvals.errors import Never, PortError
from approvals.model import Person, PersonId
from bot.entra.client import GraphClient
from bot.entra.dossier import dossier, portrait
from bot.entra.elsewhere import Surroundings
from bot.entra.lists import Unread
from bot.entra.registration import sign_ins
from bot.entra.roles import Protect
from commands.person_model import PersonStatus, SignInsSeen, Unreadable


@dataclass(frozen=True, slots=True)
class Statuses:
    """Reads of one person's MFA and everything around it. ``Gone`` for nobody."""

    graph: GraphClient
    protect: Protect
    surroundings: Surroundings

    async def status(self, who: Person) -> PersonStatus:
        """Return what is shown of *who*; what cannot be read says so, and why."""
        seen = await portrait(self.graph, who, self.protect, self.surroundings)
        found, shield = seen.dossier, seen.dossier.shield
        methods, protection = found.methods, seen.protection
        return PersonStatus(
            person=found.user.person,
            guest=found.user.guest,
            enabled=found.user.enabled,
            synchronised=found.user.synchronised,
            protection=_missing(protection) if isinstance(protection, PortError) else protection,
            methods=_unreadable([methods]) if isinstance(methods, Unread) else methods,
            roles=_unreadable(shield.unread) if shield.unread else shield.roles,
            protected=tuple(why for _, why in shield.protected),
            picture=seen.picture,
        )

    async def sign_ins(self, who: PersonId) -> SignInsSeen:
        """Return the last sign-ins of *who*, and what protects them."""
        found, seen = await asyncio.gather(dossier(self.graph, who, self.protect), sign_ins(self.graph, who))
        unread = found.shield.unread
        protected = tuple(why for _, why in found.shield.protected)
        return SignInsSeen(found.user.person, (*protected, *(str(one) for one in unread)), seen)


def _missing(error: PortError) -> Unreadable:
    return Unreadable(error.why, error.what_to_do if isinstance(error, Never) else "")


def _unreadable(unread: Sequence[Unread]) -> Unreadable:
    advice = dict.fromkeys(one.what_to_do for one in unread if one.what_to_do)
    return Unreadable("; ".join(f"{one.what} ({one.error.why})" for one in unread), "; ".join(advice))
