"""Everything about one person that a decision rests on, in as few round trips as Graph allows.

One batch for the account, its methods and what stands under its own id; a second one only for people in
groups, since a group's roles are found under the group's id.
"""

from __future__ import annotations

from dataclasses import dataclass

from approvals.model import PersonId
from bot.entra.client import GraphClient
from bot.entra.lists import Unread, settled
from bot.entra.methods import methods, question
from bot.entra.permissions import Permission, needing
from bot.entra.roles import Protect, Shield, questions, shield
from bot.entra.users import User, by_key, user
from commands.model import Method


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person, as the directory shows them now."""

    user: User
    methods: tuple[Method, ...] | Unread
    shield: Shield


async def dossier(graph: GraphClient, who: PersonId, protect: Protect) -> Dossier:
    """Look *who* up. ``Gone`` for nobody; what else cannot be read is told in the dossier."""
    asked = questions(who, protect)
    lists = [question(who), *asked.values()]
    outcomes = await graph.batch("v1.0", [by_key(who), *(one.get for one in lists)])
    with needing(Permission.READ_PEOPLE):
        account = user(outcomes[0].take())
    registered, *answers = await settled(graph, lists, outcomes[1:])
    return Dossier(
        user=account,
        methods=registered if isinstance(registered, Unread) else methods(registered),
        shield=await shield(graph, account, protect, dict(zip(asked, answers, strict=True))),
    )
