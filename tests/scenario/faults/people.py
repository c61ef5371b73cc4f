"""More people than the story has, in Slack and in Entra."""

from __future__ import annotations

from typing import NamedTuple

from bot.sim.tenant import User
from bot.sim.tenant.model import MfaState
from bot.sim.workspace import Person
from tests.scenario.house import CHANNEL, House


class Hired(NamedTuple):
    """Somebody new: their account in Slack, their object id and their name to sign in with."""

    chat: str
    key: str
    upn: str


def hire(house: House, number: int, mfa: MfaState = "disabled") -> Hired:
    """Let one more person join."""
    name = f"crowd{number}"
    one = Hired(f"U0CROWD{number}", f"a3000000-0000-4000-8000-0000000000{number:02}", f"{name}@contoso.com")
    team = house.workspace.team_id
    house.workspace.people[one.chat] = Person(
        id=one.chat, name=name, real_name=name, email=one.upn, team_id=team
    )
    house.workspace.channel(CHANNEL).members.append(one.chat)
    proxies = (f"SMTP:{one.upn}",)
    house.tenant.state.add(
        User(id=one.key, upn=one.upn, display_name=name, mail=one.upn, proxies=proxies, mfa=mfa)
    )
    return one


def hire_approver(house: House, number: int) -> str:
    """Let one more person join who may decide; return their account in Slack."""
    one = hire(house, number)
    security = house.workspace.groups["S0SECURITY"]
    house.workspace.change_group("S0SECURITY", users=(*security.users, one.chat))
    return one.chat
