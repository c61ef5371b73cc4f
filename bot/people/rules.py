"""The tables ``[people]`` and ``[protect]`` of the policy, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType

from approvals.model import ChatId
from bot.entra.roles import Protect
from bot.entra.users import User


@unique
class MatchBy(StrEnum):
    """How an account in the chat is bound to one in Entra: ``people.match_by``."""

    TABLE = "table"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Principals:
    """Who may do something: accounts, user groups of the chat, groups in Entra (ids in lower case)."""

    users: frozenset[ChatId] = frozenset()
    usergroups: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who may ask and decide, how accounts are bound, and who is protected.

    ``home`` is the id of the workspace that the app is installed in. ``table`` holds a UPN or an object
    id for each account; it also names the chat accounts of subjects, whatever ``match_by`` is.
    """

    home: str
    requesters: Principals
    approvers: Principals
    match_by: MatchBy
    table: Mapping[ChatId, str] = field(default_factory=lambda: MappingProxyType({}))
    protect: Protect = field(default_factory=Protect)

    def bound_to(self, user: User) -> ChatId | None:
        """Return the account that the table binds to *user*."""
        return next((chat for chat, key in self.table.items() if key.casefold() in user.keys), None)
