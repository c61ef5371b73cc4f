"""Everything about one person that a decision or a status rests on, in as few round trips as Graph allows.

One batch for the account, its methods and what stands under its own id; a second round only for people in
groups, since a group's roles are found under the group's id. A status has a batch of beta beside the first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from approvals.errors import PortError
from approvals.model import Person, PersonId, Protection
from bot.entra.access import Belonging
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient
from bot.entra.elsewhere import Surroundings, belonging_of
from bot.entra.lists import Listed, Question, Unread, settled
from bot.entra.methods import methods, question
from bot.entra.per_user import REQUIREMENTS, protection, requirements
from bot.entra.permissions import Permission, needing
from bot.entra.registration import preference, preference_read, registration, registration_read
from bot.entra.roles import Part, Protect, Shield, questions, shield
from bot.entra.users import User, by_key, user
from commands.person_model import Method
from commands.picture import Picture


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person, as the directory shows them now."""

    user: User
    methods: tuple[Method, ...] | Unread
    shield: Shield


@dataclass(frozen=True, slots=True)
class Portrait:
    """One person whole: with the per-user state and everything else that asks for MFA."""

    dossier: Dossier
    protection: Protection | PortError
    picture: Picture


async def dossier(graph: GraphClient, who: PersonId, protect: Protect) -> Dossier:
    """Look *who* up. ``Gone`` for nobody; what else cannot be read is told in the dossier."""
    file = _File(graph, who, protect)
    await file.read(await graph.batch("v1.0", file.gets))
    return await file.judged()


async def portrait(
    graph: GraphClient, person: Person, protect: Protect, surroundings: Surroundings
) -> Portrait:
    """Look *person* up whole. ``Gone`` for nobody; what else cannot be read is told in the portrait."""
    who = person.id
    file, inquiry = _File(graph, who, protect), surroundings.inquiry(who, person.upn)
    outcomes, (state, preferred) = await asyncio.gather(
        graph.batch("v1.0", [*file.gets, registration_read(who), *inquiry.reads]),
        _or_failed(graph, [Get(requirements(who)), preference_read(who)]),
    )
    own, reported, others = _split(outcomes, len(file.gets))
    await file.read(own)
    judged, elsewhere = await asyncio.gather(
        file.judged(), surroundings.elsewhere(inquiry, others, file.belonging)
    )
    told = Picture(preference(preferred, reported), registration(reported), elsewhere)
    return Portrait(judged, _state(state), told)


class _File:
    """What is read about one person, and what comes of it."""

    def __init__(self, graph: GraphClient, who: PersonId, protect: Protect) -> None:
        self._graph = graph
        self._protect = protect
        self._asked = questions(who, protect)
        self._lists: list[Question] = [question(who), *self._asked.values()]
        self.gets: Final = [by_key(who), *(one.get for one in self._lists)]

    async def read(self, outcomes: Sequence[Outcome]) -> None:
        """Take in what ``gets`` found, and read long lists to their end."""
        with needing(Permission.READ_PEOPLE):
            self._account = user(outcomes[0].take())
        self._registered, *answers = await settled(self._graph, self._lists, outcomes[1:])
        self._answers: dict[Part, Listed] = dict(zip(self._asked, answers, strict=True))

    @property
    def belonging(self) -> Belonging:
        """Return what Conditional Access goes by."""
        held = self._answers.get(Part.MEMBERSHIPS)
        known = None if held is None or isinstance(held, Unread) else held
        return belonging_of(known, guest=self._account.guest)

    async def judged(self) -> Dossier:
        """Return the dossier, after asking for the roles of groups."""
        registered = self._registered
        return Dossier(
            user=self._account,
            methods=registered if isinstance(registered, Unread) else methods(registered),
            shield=await shield(self._graph, self._account, self._protect, self._answers),
        )


def _split(outcomes: list[Outcome], own: int) -> tuple[list[Outcome], Outcome, list[Outcome]]:
    return outcomes[:own], outcomes[own], outcomes[own + 1 :]


async def _or_failed(graph: GraphClient, gets: Sequence[Get]) -> list[Outcome]:
    """Read a batch of beta; where it fails as a whole each of its reads has failed."""
    try:
        return await graph.batch(REQUIREMENTS, gets)
    except PortError as error:
        return [Failed(error) for _ in gets]


def _state(outcome: Outcome) -> Protection | PortError:
    try:
        with needing(Permission.READ_STATE):
            return protection(outcome.take())
    except PortError as error:
        return error
