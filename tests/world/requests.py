"""Requests in every state, made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from approvals.model import (
    Approval,
    Briefing,
    EnableMfa,
    Extend,
    IssuePass,
    Lever,
    Outcome,
    PhonePlace,
    Preference,
    Protection,
    Relatch,
    Request,
    RequestId,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    Suspend,
)
from tests.world.clock import START
from tests.world.people import HANNA, LEE, OMAR

HOUR = timedelta(hours=1)
ENDS = START + HOUR

PENDING = Request(
    id=RequestId(31),
    action=Suspend(Lever.PER_USER, HOUR),
    subject=LEE,
    requester=HANNA,
    reason="phone broken",
    briefing=Briefing(Protection.ENFORCED),
    needed=1,
    created_at=START,
    lapses_at=START + timedelta(hours=8),
)
PHONE = SetPhone(PhonePlace.MOBILE, "·· ··78")
DEFAULT = SetDefaultMethod(Preference.SMS)
ENABLE = EnableMfa(Protection.ENABLED)
SET_UP = SetUp(PHONE, DEFAULT, ENABLE)
PASS = IssuePass(HOUR, once=False)
EXTENSION = replace(PENDING, id=RequestId(32), action=Extend(RequestId(31), timedelta(minutes=30)))
APPLYING = replace(
    PENDING, state=State.APPLYING, approvals=(Approval(OMAR, START),), prior=Protection.ENABLED
)
ACTIVE = replace(APPLYING, state=State.ACTIVE, confirmed_at=START, ends_at=ENDS)
RESTORING = replace(ACTIVE, state=State.RESTORING)
OFFERED = replace(APPLYING, action=PASS, prior=None, ends_at=ENDS)
BEING_SHOWN = replace(OFFERED, confirmed_at=START, unconfirmed=True)
SHOWN = replace(BEING_SHOWN, state=State.ACTIVE, action=replace(PASS, issued="pass-1"), unconfirmed=False)


def closed(outcome: Outcome) -> Request:
    """Return a request that ended so; what was put back has its prior value."""
    return replace(ACTIVE, state=State.CLOSED, outcome=outcome, closed_at=ENDS, closed_by=Relatch())


RESTORED = replace(closed(Outcome.RESTORED), restored_to=Protection.ENABLED)
