"""What a process can be doing when it dies: every use case, and every kind of work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from approvals.agenda import Do, Kind
from approvals.errors import Later, Never, PortError
from approvals.model import IssuePass, Lever, Means, Operator, Person, PhoneNumber, Protection, Request
from approvals.policy import Policy, Refusal
from approvals.ports import Whereabouts
from approvals.service import Ask, AskChange, AskForMore, Click
from approvals.vigil import Vigil
from tests.faults.dying import PROCEED, Act, Scenario, Stage
from tests.world.faults import Call, Delay, Fate, LoseAnswer, Refuse, Stale
from tests.world.people import DUTY, HANNA, LEE, OMAR, POLICY, caller
from tests.world.requests import ENABLE, SET_UP

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SHORT_PASS = IssuePass(3 * MINUTE, once=False)
NUMBER = PhoneNumber("+31 612345678")
OPERATOR = Operator("root@host")
TWICE = replace(POLICY, approvals=2)
"""Two people have to approve."""
BY_GROUP = replace(
    POLICY, means=Means(Lever.EXCLUSION_GROUP, "e5000000-0000-4000-8000-000000000001"), enable=None
)


def timing(**times: timedelta) -> Policy:
    return replace(POLICY, timing=replace(POLICY.timing, **times))


# --- how it has come so far ---


async def asked(stage: Stage) -> None:
    """Hanna has asked."""
    stage.request = await stage.helpdesk.ask(lasts=2 * MINUTE)


def active(lasts: timedelta = 2 * MINUTE) -> Act:
    """Return that Lee's MFA is off, for so long."""

    async def given(stage: Stage) -> None:
        stage.request = await stage.helpdesk.applying(lasts=lasts)

    return given


# --- what somebody does ---


async def submit(stage: Stage) -> None:
    wish = Ask(caller=caller(HANNA), subject=LEE.id, lasts=2 * MINUTE, reason="phone broken")
    await stage.process.service.submit(wish)


def approve(*approvers: Person) -> Act:
    async def act(stage: Stage) -> None:
        for who in approvers:
            await stage.process.service.approve(_click(who, stage.request))

    return act


async def deny(stage: Stage) -> None:
    await stage.process.service.deny(_click(OMAR, stage.request), "not today")


async def withdraw(stage: Stage) -> None:
    await stage.process.service.withdraw(caller(HANNA), stage.request.id)


async def asked_for_all(stage: Stage) -> None:
    """Hanna has asked for phone, default method and MFA of Lee, who has none of them."""
    stage.world.tenant.initial[LEE.id] = Protection.DISABLED
    stage.request = await stage.helpdesk.ask_change(SET_UP, NUMBER)


async def ask_for_all(stage: Stage) -> None:
    stage.world.tenant.initial[LEE.id] = Protection.DISABLED
    wish = AskChange(caller=caller(HANNA), subject=LEE.id, action=SET_UP, reason="new starter", number=NUMBER)
    await stage.process.service.ask_change(wish)


async def ask_for_all_instead(stage: Stage) -> None:
    wish = AskChange(
        caller=caller(HANNA),
        subject=LEE.id,
        action=SET_UP,
        reason="new starter",
        number=NUMBER,
        instead_of=stage.request.id,
    )
    await stage.process.service.ask_change(wish)


async def asked_for_mfa(stage: Stage) -> None:
    """Hanna has asked for MFA to be turned on."""
    stage.world.tenant.initial[LEE.id] = Protection.DISABLED
    stage.request = await stage.helpdesk.ask_change(ENABLE)


async def see_the_number(stage: Stage) -> None:
    await stage.process.service.show_number(_click(OMAR, stage.request))


async def send_the_guide(stage: Stage) -> None:
    await stage.process.service.guide(caller(HANNA), LEE.id)


async def get_more_time(stage: Stage) -> None:
    wish = AskForMore(caller=caller(HANNA), of=stage.request.id, by=2 * MINUTE, reason="takes longer")
    asked_for = await stage.process.service.extend(wish)
    extension = getattr(asked_for, "request", None)
    if isinstance(extension, Request):
        await stage.process.service.approve(_click(OMAR, extension))


async def restore_now(stage: Stage) -> None:
    await stage.process.service.restore(caller(HANNA), stage.request.id, "done early")


async def order_restore(stage: Stage) -> None:
    await stage.process.service.order_restore(OPERATOR, stage.request.id, "an incident")


async def close_as_is(stage: Stage) -> None:
    await stage.process.service.close_as_is(OPERATOR, stage.request.id, "merged with another account")


async def approve_ones_own(stage: Stage) -> None:
    """Be refused often enough to be counted instead of written down."""
    for _ in range(3):
        await stage.process.service.approve(_click(HANNA, stage.request))
    nobody = Refusal("grammar", "There is no such command.", "Try help.")
    await stage.process.service.refuse(caller(HANNA), "command", nobody)


async def restore_elsewhere(stage: Stage) -> None:
    stage.world.tenant.write(LEE.id, stage.world.tenant.untouched)


async def asked_for_a_pass(stage: Stage) -> None:
    """Hanna has asked for a pass."""
    stage.request = await stage.helpdesk.ask_change(SHORT_PASS)


async def offered(stage: Stage) -> None:
    """A pass was approved, and nobody has seen it."""
    stage.request = await stage.helpdesk.offered(SHORT_PASS)


async def shown(stage: Stage) -> None:
    """Hanna has seen a pass."""
    stage.request = await stage.helpdesk.shown(SHORT_PASS)


async def show(stage: Stage) -> None:
    with suppress(PortError):
        await stage.process.screen.open(stage.request.id)
    await stage.helpdesk.show(stage.request)


async def publish_the_head(stage: Stage) -> None:
    async with stage.world.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now))


async def lose_the_database_at_the_end(stage: Stage) -> None:
    """Let the process find the database gone at the end of the suspension, and back a while later."""
    vigil, tell = Vigil(stage.process.desk), stage.process.desk.tell
    vigil.page_through(lambda request, notice: tell.page(request, notice, None))
    await vigil.watch()
    stage.storm = True
    stage.world.clock.move(2 * MINUTE + POLICY.timing.overdue)
    await vigil.watch()
    stage.storm = False
    await vigil.watch()


def move_to(where: Whereabouts) -> Act:
    async def act(stage: Stage) -> None:
        stage.world.tenant.elsewhere[LEE.id] = where

    return act


async def delete_the_card(stage: Stage) -> None:
    stage.world.chat.gone.update(post.ref for post in stage.world.chat.of("card"))
    await restore_now(stage)


# --- what becomes of the calls of the process ---


def reads_lag(stage: Stage, call: Call) -> Fate:
    """Let reads show what was there 20 seconds ago."""
    return Stale(20 * SECOND) if call.name == "read" and stage.world.tenant.writes else PROCEED


def stormy(stage: Stage, call: Call) -> Fate:
    """Let nobody reach the database while there is a storm."""
    return Refuse(Later("gone")) if stage.storm and call.port == "store" else PROCEED


def _click(who: Person, request: Request) -> Click:
    return Click(caller(who), request.id, request.terms)


def slips(_stage: Stage, call: Call) -> Fate:
    """Let the change arrive half a minute after it was sent, when it has been taken back already."""
    return Delay(30 * SECOND) if call.name == "lower" else PROCEED


def always(name: str, fate: Fate) -> Callable[[Stage, Call], Fate]:
    return lambda _stage, call: fate if call.name == name else PROCEED


WHOLE = (
    Scenario(name="approve, one of one", given=asked, act=approve(OMAR)),
    Scenario(
        name="approve, two of two",
        given=asked,
        act=approve(OMAR, DUTY),
        policy=TWICE,
        dies_in=("act", "tick", "apply"),
    ),
    Scenario(name="extend", given=active(), act=get_more_time, lasting=SECOND),
    Scenario(name="restore now", given=active(), act=restore_now, lasting=SECOND),
    Scenario(name="end by time", given=active(), lasting=18 * MINUTE),
    Scenario(
        name="open apply",
        given=asked,
        act=approve(OMAR),
        weather=always("lower", LoseAnswer()),
        lasting=2 * MINUTE,
        dies_in=("tick", "apply", "restore", "verify"),
    ),
    Scenario(name="set all up", given=asked_for_all, act=approve(OMAR), lasting=10 * SECOND),
    Scenario(
        name="set all up, unanswered",
        given=asked_for_all,
        act=approve(OMAR),
        weather=always("make", LoseAnswer()),
        lasting=MINUTE,
        dies_in=("change", "erase"),
    ),
    Scenario(name="grant a pass", given=asked_for_a_pass, act=approve(OMAR), dies_in=("act",)),
    Scenario(name="show a pass", given=offered, act=show, lasting=4 * MINUTE, dies_in=("act", "remove_pass")),
    Scenario(
        name="slip",
        given=asked,
        act=approve(OMAR),
        weather=slips,
        lasting=2 * MINUTE,
        dies_in=("restore", "verify", "overdue", "page"),
    ),
)
"""Asking, deciding, lowering and putting back: what must never go wrong."""

SCENARIOS = (
    *WHOLE,
    Scenario(name="submit", act=submit),
    Scenario(name="deny", given=asked, act=deny),
    Scenario(name="withdraw", given=asked, act=withdraw),
    Scenario(name="ask for all", act=ask_for_all),
    Scenario(name="ask for all instead", given=asked_for_mfa, act=ask_for_all_instead),
    Scenario(name="deny a number", given=asked_for_all, act=deny, lasting=SECOND),
    Scenario(name="withdraw a number", given=asked_for_all, act=withdraw, lasting=SECOND),
    Scenario(name="see the number", given=asked_for_all, act=see_the_number),
    Scenario(name="guide", act=send_the_guide, lasting=SECOND),
    Scenario(
        name="a change that Entra refuses",
        given=asked_for_all,
        act=approve(OMAR),
        weather=always("make", Refuse(Never("400"))),
        lasting=SECOND,
        dies_in=("change", "erase"),
    ),
    Scenario(name="restore from the command line", given=active(), act=order_restore, dies_in=("act",)),
    Scenario(name="close as is", given=active(), act=close_as_is),
    Scenario(name="refusals", given=asked, act=approve_ones_own, lasting=MINUTE),
    Scenario(name="lapse", given=asked, lasting=MINUTE, policy=timing(pending=MINUTE)),
    Scenario(name="remind", given=asked, lasting=4 * MINUTE, policy=timing(remind=MINUTE)),
    Scenario(
        name="warn",
        given=active(4 * MINUTE),
        lasting=3 * MINUTE,
        policy=timing(warn=2 * MINUTE),
        dies_in=("tick", "warn"),
    ),
    Scenario(
        name="show a pass, unanswered",
        given=offered,
        act=show,
        weather=always("issue", LoseAnswer()),
        lasting=4 * MINUTE,
        dies_in=("act", "remove_pass"),
    ),
    Scenario(
        name="show a pass that lands late",
        given=offered,
        act=show,
        weather=always("issue", Delay(50 * SECOND)),
        lasting=4 * MINUTE,
        dies_in=("act", "remove_pass"),
    ),
    Scenario(
        name="a pass that Entra refuses",
        given=offered,
        act=show,
        weather=always("issue", Refuse(Never("400"))),
        dies_in=("act",),
    ),
    Scenario(
        name="a screen that is closed",
        given=offered,
        act=show,
        weather=always("show", Refuse(Never("not_found"))),
        lasting=4 * MINUTE,
        dies_in=("act", "remove_pass"),
    ),
    Scenario(
        name="a pass taken back",
        given=shown,
        act=restore_now,
        lasting=SECOND,
        dies_in=("act", "remove_pass"),
    ),
    Scenario(name="a pass that lapses", given=offered, lasting=2 * HOUR, dies_in=("lapse",)),
    Scenario(
        name="a pass that cannot be removed",
        given=shown,
        act=restore_now,
        weather=always("remove", Refuse(Later("503", MINUTE))),
        lasting=5 * MINUTE,
        dies_in=("remove_pass", "overdue", "page"),
    ),
    Scenario(name="head", given=asked, act=publish_the_head, dies_in=("head",)),
    Scenario(
        name="reads that lag",
        given=asked,
        act=approve(OMAR),
        weather=reads_lag,
        lasting=30 * SECOND,
        dies_in=("apply",),
    ),
    Scenario(
        name="refused by Entra",
        given=asked,
        act=approve(OMAR),
        weather=always("lower", Refuse(Never("403"))),
        dies_in=("apply",),
    ),
    Scenario(
        name="restored by someone else",
        given=active(20 * MINUTE),
        act=restore_elsewhere,
        lasting=6 * MINUTE,
        dies_in=("drift",),
    ),
    Scenario(
        name="overdue",
        given=active(),
        weather=always("put_back", Refuse(Later("503", MINUTE))),
        lasting=5 * MINUTE,
        dies_in=("restore", "overdue", "page"),
    ),
    Scenario(
        name="sessions not revoked",
        given=active(),
        act=restore_now,
        weather=always("revoke_sessions", Refuse(Never("403"))),
        dies_in=("revoke_sessions",),
    ),
    Scenario(
        name="deleted for good",
        given=active(),
        act=move_to(Whereabouts.NOWHERE),
        lasting=2 * MINUTE,
        dies_in=("restore",),
    ),
    Scenario(
        name="deleted and back",
        given=active(),
        act=move_to(Whereabouts.DELETED),
        lasting=2 * MINUTE,
        meanwhile=lambda stage: stage.world.tenant.elsewhere.clear(),
        dies_in=("restore",),
    ),
    Scenario(
        name="dead channel",
        given=active(),
        act=restore_now,
        weather=always("card", Refuse(Never("channel_not_found"))),
        dies_in=("card",),
    ),
    Scenario(
        name="deleted card",
        given=active(),
        act=delete_the_card,
        lasting=5 * SECOND,
        dies_in=("card", "line"),
    ),
    Scenario(
        name="from memory",
        given=active(),
        act=lose_the_database_at_the_end,
        weather=stormy,
        lasting=5 * MINUTE,
        dies_in=("act", "restore"),
    ),
    Scenario(
        name="by a group, from asking on",
        given=asked,
        act=approve(OMAR),
        policy=BY_GROUP,
        lasting=3 * MINUTE,
        dies_in=("act", "apply", "restore", "revoke_sessions", "verify"),
    ),
    Scenario(
        name="by a group, reads lag",
        given=asked,
        act=approve(OMAR),
        policy=BY_GROUP,
        weather=reads_lag,
        lasting=3 * MINUTE,
        dies_in=("apply", "restore"),
    ),
    Scenario(
        name="by a group, from memory",
        given=active(),
        act=lose_the_database_at_the_end,
        policy=BY_GROUP,
        weather=stormy,
        lasting=5 * MINUTE,
        dies_in=("act", "restore"),
    ),
)
