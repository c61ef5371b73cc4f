"""People: Slack accounts and Entra accounts brought together under the policy.

``Directory`` answers both ports: the facts that the core decides on (``approvals.ports.Directory``) and
what the commands show (``commands.ports.People``). Nothing is kept between two questions.
"""

from bot.people.chat import Account, Chat
from bot.people.directory import Directory
from bot.people.excluding import resolve_group
from bot.people.protected import resolve_protected
from bot.people.rules import MatchBy, Principals, Rules

__all__ = [
    "Account",
    "Chat",
    "Directory",
    "MatchBy",
    "Principals",
    "Rules",
    "resolve_group",
    "resolve_protected",
]
