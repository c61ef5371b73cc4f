"""The workspace of the story: contoso, its helpdesk, its security people, and who does not belong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.sim.workspace.model import Conversation, Group, Kind, Person
from bot.sim.workspace.workspace import SimulatedWorkspace
from bot.sim.workspace.world import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

TEAM = "T0CONTOSO"
APPROVALS = "C0APPROVALS"


def story(*, now: Callable[[], float] = time.time, rate_limited: bool = True) -> SimulatedWorkspace:
    """Return the story's workspace, not yet listening.

    In ``#mfa-approvals`` are the app, Hanna of the helpdesk, Omar and Noor of security and Dirk on duty.
    Lee is everybody's subject; Gus is a guest; Sam belongs to another company's workspace.
    """
    installation = Installation(team_id=TEAM, team_domain="contoso")
    present = [installation.bot_user, "U0HANNA", "U0OMAR", "U0NOOR", "U0DUTY"]
    return SimulatedWorkspace(
        installation,
        people=_people(installation),
        groups=_groups(),
        channels=[Conversation(id=APPROVALS, name="mfa-approvals", kind=Kind.PRIVATE, members=present)],
        now=now,
        rate_limited=rate_limited,
    )


def _people(installation: Installation) -> list[Person]:
    app = Person(
        id=installation.bot_user,
        name=installation.bot_name,
        real_name="Relatch",
        email="",
        team_id=TEAM,
        is_bot=True,
    )
    guest = Person(
        id="U0GUEST",
        name="gus",
        real_name="Gus Visser",
        email="gus@fabrikam.com",
        team_id=TEAM,
        is_restricted=True,
    )
    outsider = Person(
        id="U0SAM",
        name="sam",
        real_name="Sam Woods",
        email="sam@fabrikam.com",
        team_id="T0FABRIKAM",
        is_stranger=True,
    )
    members = [
        _member("U0HANNA", "Hanna de Boer"),
        _member("U0OMAR", "Omar Haddad"),
        _member("U0NOOR", "Noor Bakker"),
        _member("U0LEE", "Lee Jansen"),
        _member("U0DUTY", "Dirk Smit"),
    ]
    return [*members, guest, outsider, app]


def _member(user_id: str, real_name: str) -> Person:
    name = real_name.split(maxsplit=1)[0].lower()
    return Person(id=user_id, name=name, real_name=real_name, email=f"{name}@contoso.com", team_id=TEAM)


def _groups() -> list[Group]:
    return [
        Group(id="S0HELPDESK", handle="helpdesk", name="Helpdesk", users=("U0HANNA",)),
        Group(id="S0SECURITY", handle="security", name="Security", users=("U0OMAR", "U0NOOR")),
        Group(id="S0DUTY", handle="duty", name="Identity on duty", users=("U0DUTY",)),
    ]
