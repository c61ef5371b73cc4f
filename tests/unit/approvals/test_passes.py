"""An access pass: approved as one showing, made when its requester looks, kept nowhere, and removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from approvals.agenda import (
    OFFER_LIMIT,
    SHOW_LIMIT,
    UNSHOWN_LIMIT,
    Do,
    Kind,
)
from approvals.errors import Later, Never, Uncertain
from approvals.model import (
    AccessPass,
    ActionKind,
    IssuePass,
    News,
    Operator,
    Outcome,
    Request,
    State,
    kind_of,
)
from approvals.policy import FACTS_LAST, PassLimits
from approvals.ports import Whereabouts
from approvals.service import (
    AskChange,
    AskForMore,
    Click,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refused,
)
from approvals.work.passes import CLOCKS_APART, Ending, remove
from tests.world.faults import Delay, LoseAnswer, Refuse, Stale
from tests.world.passes import WorldPass
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, SHY, caller
from tests.world.requests import ACTIVE, HOUR, OFFERED, PASS, PENDING
from tests.world.world import Helpdesk, Process, World

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def there(world: World) -> WorldPass | None:
    return world.passes.of(LEE.id)


async def told(world: World, process: Process, request: Request) -> list[News]:
    """Let what is to be said be said; return what the requester was told in person."""
    await process.runner.run_due()
    posts = world.chat.of("direct", request.id)
    return [post.notice.news for post in posts if post.notice and post.to == HANNA.chat]


def written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_a_pass_is_printed_without_its_secret() -> None:
    made = AccessPass("pass-1", "hush")
    assert [repr(made), str(made), f"{made}"] == ["AccessPass(pass-1)"] * 3


def test_a_policy_without_approvals_or_time_is_none() -> None:
    assert kind_of(PASS) is ActionKind.PASS
    for wrong in ((0, HOUR), (1, timedelta())):
        with pytest.raises(ValueError, match="at least one approval"):
            PassLimits(*wrong)


# --- asked for and decided -------------------------------------------------------------------


async def test_a_pass_is_approved_shown_once_and_removed_at_its_end(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    assert (offered.state, offered.ends_at) == (State.APPLYING, world.clock.now() + OFFER_LIMIT)
    assert not offered.pass_is_out
    assert there(world) is None
    assert await told(world, process, offered) == [News.GRANTED]
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassShown)
    made = there(world)
    assert made is not None
    assert process.screen.seen == [(offered.id, made.secret)]
    shown = answer.request
    assert (shown.state, shown.ends_at) == (State.ACTIVE, world.clock.now() + HOUR)
    assert shown.action == replace(PASS, issued=made.id)
    assert await told(world, process, offered) == [News.GRANTED, News.SHOWN]
    subjects = [post.notice for post in world.chat.of("direct", offered.id) if post.to == LEE.chat]
    assert [notice.news for notice in subjects if notice] == [News.SHOWN]
    await world.live(process, HOUR - SECOND)
    assert there(world) == made
    await world.live(process, MINUTE)
    assert there(world) is None
    closed = await world.get(offered.id)
    assert (closed.state, closed.outcome) == (State.CLOSED, Outcome.DONE)
    assert world.agenda() == []


async def test_the_record_tells_of_it_and_holds_no_secret(
    world: World, helpdesk: Helpdesk, process: Process, tmp_path: Path
) -> None:
    await helpdesk.shown()
    await world.live(process, 2 * HOUR)
    texts = "\n".join(line.text for line in await world.record())
    for event in ("asked", "pass granted", "making pass", "pass shown", "removing pass", "removed"):
        assert f'"event":"{event}"' in texts
    assert '"pass_seconds":3600' in texts
    assert '"client_request_id":"c-1"' in texts
    [made] = world.passes.made
    kept = written(tmp_path)
    assert made.id.encode() in kept
    assert made.secret.encode() not in kept
    assert made.secret not in repr(world.chat)


async def test_nobody_asks_for_a_pass_where_that_is_off(world: World) -> None:
    process = world.process(policy=replace(POLICY, access_pass=None))
    wish = AskChange(caller=caller(HANNA), subject=LEE.id, action=PASS, reason="lost")
    refused = await process.service.ask_change(wish)
    assert isinstance(refused, Refused)
    assert refused.rule == "pass"


async def test_a_pass_takes_the_approvals_that_its_table_says(world: World) -> None:
    process = world.process(policy=replace(POLICY, access_pass=PassLimits(2, HOUR)))
    helpdesk = Helpdesk(world, process)
    request = await helpdesk.ask_change(PASS)
    assert request.needed == 2
    first = await process.service.approve(Click(caller(OMAR), request.id, 1))
    assert isinstance(first, Counted)
    assert (await helpdesk.approve(request, DUTY)).state is State.APPLYING


@pytest.mark.parametrize(("lasts", "rule"), [(4 * HOUR, None), (4 * HOUR + MINUTE, "pass.longest")])
async def test_a_pass_longer_than_the_policy_allows_is_refused(
    process: Process, lasts: timedelta, rule: str | None
) -> None:
    action = IssuePass(lasts, once=True)
    wish = AskChange(caller=caller(HANNA), subject=LEE.id, action=action, reason="lost")
    answer = await process.service.ask_change(wish)
    assert getattr(answer, "rule", None) == rule


async def test_a_policy_that_allows_less_by_now_refuses_the_deciding_click(
    world: World, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.ask_change(PASS)
    stricter = world.process(policy=replace(POLICY, access_pass=PassLimits(1, MINUTE)))
    refused = await stricter.service.approve(Click(caller(OMAR), request.id, 1))
    assert isinstance(refused, Refused)
    assert refused.rule == "pass.longest"


async def test_one_pass_of_a_person_is_live_and_a_suspension_may_be_beside_it(helpdesk: Helpdesk) -> None:
    await helpdesk.shown()
    wish = AskChange(caller=caller(HANNA), subject=LEE.id, action=PASS, reason="lost")
    second = await helpdesk.process.service.ask_change(wish)
    assert isinstance(second, Refused)
    assert second.rule == "one_at_a_time"
    await helpdesk.active()


async def test_a_pass_is_no_suspension_to_be_extended(helpdesk: Helpdesk) -> None:
    shown = await helpdesk.shown()
    more = AskForMore(caller=caller(HANNA), of=shown.id, by=HOUR, reason="takes longer")
    refused = await helpdesk.process.service.extend(more)
    assert isinstance(refused, Refused)
    assert "cannot be extended" in refused.why


async def test_an_offer_that_nobody_takes_up_lapses(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    await world.live(process, OFFER_LIMIT - SECOND)
    assert (await world.get(offered.id)).state is State.APPLYING
    await world.live(process, 2 * SECOND)
    lapsed = await world.get(offered.id)
    assert (lapsed.outcome, lapsed.note) == (Outcome.LAPSED, "the pass was not shown in time")
    refused = await helpdesk.show(offered)
    assert isinstance(refused, Refused)
    assert world.passes.made == []
    assert world.agenda() == []


# --- who sees it -----------------------------------------------------------------------------


@pytest.mark.parametrize("who", [OMAR, DUTY, DESK, LEE, SHY], ids=lambda one: one.name)
async def test_nobody_but_its_requester_is_shown_a_pass(
    world: World, helpdesk: Helpdesk, process: Process, who: object
) -> None:
    offered = await helpdesk.offered()
    refused = await helpdesk.show(offered, who)  # type: ignore[arg-type]  # a person
    assert isinstance(refused, Refused)
    assert refused.rule == "people"
    assert (world.passes.made, process.screen.seen) == ([], [])
    assert isinstance(await helpdesk.show(offered), PassShown)


async def test_a_second_press_is_refused_and_makes_nothing(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    refused = await helpdesk.show(shown)
    assert isinstance(refused, Refused)
    assert refused.rule == "one_showing"
    assert len(world.passes.made) == len(process.screen.seen) == 1


async def test_of_two_presses_at_once_one_is_shown_the_pass(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    both = await asyncio.gather(helpdesk.show(offered), helpdesk.show(offered))
    assert {type(one) for one in both} == {PassShown, Refused}
    assert len(world.passes.made) == len(process.screen.seen) == 1


@pytest.mark.parametrize("request_", [PENDING, ACTIVE], ids=["undecided", "of a suspension"])
async def test_what_is_no_approved_pass_is_not_shown(helpdesk: Helpdesk, request_: Request) -> None:
    asked = await (helpdesk.ask_change(PASS) if request_ is PENDING else helpdesk.active())
    refused = await helpdesk.show(asked)
    assert isinstance(refused, Refused)
    assert refused.rule == "state"


@pytest.mark.parametrize(
    ("who", "changes", "rule"),
    [
        (HANNA, {"barred": "disabled"}, "people"),
        (HANNA, {"requester": False}, "people.requesters"),
        (LEE, {"protected": (("protect.roles", "holds a role"),)}, "protect.roles"),
        (LEE, {"enabled": False}, "subject"),
        (LEE, {"unreadable": ("roles",)}, "protect"),
    ],
)
async def test_requester_and_subject_are_looked_at_once_more(
    world: World, helpdesk: Helpdesk, *, who: object, changes: dict[str, object], rule: str
) -> None:
    offered = await helpdesk.offered()
    world.staff.change(who, **changes)  # type: ignore[arg-type]  # a person
    refused = await helpdesk.show(offered)
    assert isinstance(refused, Refused)
    assert refused.rule == rule
    assert world.passes.made == []
    assert (await world.get(offered.id)).confirmed_at is None


@pytest.mark.parametrize("call", ["standing", "subject"])
async def test_what_cannot_be_looked_up_shows_nothing_and_uses_nothing_up(
    world: World, helpdesk: Helpdesk, call: str
) -> None:
    offered = await helpdesk.offered()
    world.script.next(call, Refuse(Later("503")))
    refused = await helpdesk.show(offered)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"
    assert isinstance(await helpdesk.show(offered), PassShown)


async def test_nothing_is_decided_on_facts_that_are_too_old(world: World, helpdesk: Helpdesk) -> None:
    offered = await helpdesk.offered()

    async def dawdle() -> None:
        world.clock.move(FACTS_LAST + SECOND)

    world.script.meanwhile("subject", dawdle)
    refused = await helpdesk.show(offered)
    assert isinstance(refused, Refused)
    assert refused.rule == "facts"
    assert world.passes.made == []


async def test_an_offer_that_ends_while_people_are_looked_up_is_not_shown(
    world: World, helpdesk: Helpdesk
) -> None:
    offered = await helpdesk.offered()
    world.clock.move(OFFER_LIMIT - SECOND)

    async def dawdle() -> None:
        world.clock.move(2 * SECOND)

    world.script.meanwhile("standing", dawdle)
    refused = await helpdesk.show(offered)
    assert isinstance(refused, Refused)
    assert "not shown in time" in refused.why


# --- made, and not seen ----------------------------------------------------------------------


async def gone(world: World, process: Process, request: Request) -> Request:
    """Let time pass until whatever was made is removed; return the request in the end."""
    await world.live(process, 4 * MINUTE)
    assert there(world) is None
    assert world.agenda() == []
    return await world.get(request.id)


async def test_what_entra_refuses_was_not_made(world: World, helpdesk: Helpdesk, process: Process) -> None:
    offered = await helpdesk.offered()
    world.script.next("issue", Refuse(Never("Graph answered 400", "look at the policy")))
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "nothing was made: Graph answered 400; look at the policy" in answer.why
    failed = await world.get(offered.id)
    assert (failed.state, failed.outcome) == (State.CLOSED, Outcome.FAILED)
    assert set(await told(world, process, offered)) == {News.FAILED}
    await world.live(process, MINUTE)
    assert world.agenda() == []
    assert process.screen.seen == []


@pytest.mark.parametrize("fate", [LoseAnswer(), Delay(2 * SECOND), Delay(50 * SECOND), Refuse(Later("504"))])
async def test_a_creation_that_is_not_answered_is_followed_by_a_removal(
    world: World, helpdesk: Helpdesk, process: Process, fate: LoseAnswer | Delay | Refuse
) -> None:
    offered = await helpdesk.offered()
    world.script.next("issue", fate)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert answer.request.state is State.RESTORING
    assert process.screen.seen == []
    failed = await gone(world, process, offered)
    assert failed.outcome is Outcome.FAILED
    assert world.script.names("passes").count("issue") == 1
    assert set(await told(world, process, offered)) == {News.NOT_SHOWN, News.REMOVED}


async def test_a_pass_that_nobody_could_use_is_removed_and_not_shown(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    world.passes.unusable = "DisabledByPolicy"
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "DisabledByPolicy" in answer.why
    assert process.screen.seen == []
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


@pytest.mark.parametrize("fate", [Refuse(Never("not_found")), Refuse(Later("503")), LoseAnswer()])
async def test_a_pass_that_may_not_have_been_seen_is_removed(
    world: World, helpdesk: Helpdesk, process: Process, fate: LoseAnswer | Refuse
) -> None:
    offered = await helpdesk.offered()
    world.script.next("show", fate)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "it could not be shown" in answer.why
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


async def test_a_process_that_dies_before_it_is_shown_leaves_no_pass(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    world.script.next("show", Refuse(RuntimeError("kill -9")))
    with pytest.raises(RuntimeError, match="kill -9"):
        await helpdesk.show(offered)
    assert there(world) is not None
    await world.live(process, UNSHOWN_LIMIT - SECOND)
    assert there(world) is not None
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


async def test_what_was_shown_and_could_not_be_written_down_is_removed(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()

    async def lose_the_database() -> None:
        world.script.next("transaction", Refuse(Later("the database does not answer")))

    world.script.meanwhile("show", lose_the_database)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "whether it was written down" in answer.why
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


async def test_why_it_was_not_shown_is_said_although_the_database_is_gone(
    world: World, helpdesk: Helpdesk
) -> None:
    offered = await helpdesk.offered()

    async def lose_the_database() -> None:
        world.script.next("transaction", Refuse(Uncertain("no answer to the commit")))

    world.script.next("show", Refuse(Later("503")))
    world.script.meanwhile("show", lose_the_database)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "could not be shown: 503" in answer.why


@pytest.mark.parametrize("call", ["issue", "show"])
async def test_one_that_is_ended_while_it_is_made_is_not_kept(
    world: World, helpdesk: Helpdesk, process: Process, call: str
) -> None:
    offered = await helpdesk.offered()

    async def end() -> None:
        await process.service.restore(caller(OMAR), offered.id, "that is an attack")

    world.script.meanwhile(call, end)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "ended meanwhile" in answer.why
    closed = await gone(world, process, offered)
    assert (closed.outcome, closed.note) == (Outcome.FAILED, "ended before it was shown")


async def test_what_was_asked_for_too_long_ago_is_not_even_sent(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()

    async def sleep() -> None:
        world.clock.move(SHOW_LIMIT - FACTS_LAST + SECOND)

    async def go_on() -> None:
        world.clock.move(FACTS_LAST)

    world.script.meanwhile("standing", sleep)
    world.script.meanwhile("subject", go_on)
    process = world.process(policy=POLICY)
    answer = await process.service.show_pass(caller(HANNA), offered.id, process.screen)
    assert isinstance(answer, PassNotShown | Refused)
    assert world.passes.made == []


async def test_what_took_too_long_to_make_is_not_shown(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()

    async def dawdle() -> None:
        world.clock.move(SHOW_LIMIT + SECOND)

    world.script.meanwhile("issue", dawdle)
    answer = await helpdesk.show(offered)
    assert isinstance(answer, PassNotShown)
    assert "too long" in answer.why
    assert process.screen.seen == []
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


# --- removed ---------------------------------------------------------------------------------


async def test_anybody_who_may_ask_or_decide_takes_a_pass_back(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    taken = await process.service.restore(caller(DUTY), shown.id, "not them")
    assert isinstance(taken, Moved)
    assert taken.request.state is State.RESTORING
    await world.live(process, MINUTE)
    assert there(world) is None
    assert (await world.get(shown.id)).outcome is Outcome.DONE
    assert world.agenda() == []


async def test_an_offer_that_is_taken_back_is_withdrawn(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    taken = await process.service.restore(caller(OMAR), offered.id)
    assert isinstance(taken, Moved)
    assert taken.request.outcome is Outcome.WITHDRAWN
    assert isinstance(await helpdesk.show(offered), Refused)
    await world.live(process, MINUTE)
    assert world.agenda() == []


async def test_a_pass_of_somebody_else_s_making_is_left_alone(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    await helpdesk.shown()
    world.clock.move(10 * MINUTE)
    theirs = world.passes.make(LEE.id, 8 * HOUR)
    await world.live(process, HOUR)
    assert there(world) == theirs


async def test_an_older_pass_is_no_trace_of_one_that_was_not_answered(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    theirs = world.passes.make(LEE.id, 8 * HOUR)
    world.clock.move(CLOCKS_APART + SECOND)
    offered = await helpdesk.offered()
    world.script.next("issue", Refuse(Later("504")))
    await helpdesk.show(offered)
    await world.live(process, 4 * MINUTE)
    assert there(world) == theirs
    assert (await world.get(offered.id)).outcome is Outcome.FAILED


async def test_a_pass_of_which_entra_does_not_say_when_it_was_made_counts_as_ours(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    world.passes.dated = False
    world.script.next("issue", LoseAnswer())
    await helpdesk.show(offered)
    assert (await gone(world, process, offered)).outcome is Outcome.FAILED


async def test_a_removal_is_believed_when_a_read_shows_it(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    world.clock.move(MINUTE)
    await process.service.restore(caller(HANNA), shown.id)
    world.script.next("list", Stale(20 * SECOND))
    await process.runner.run_due()
    assert (await world.get(shown.id)).state is State.RESTORING
    await world.live(process, 5 * SECOND)
    assert (await world.get(shown.id)).outcome is Outcome.DONE


async def test_people_are_called_while_a_pass_cannot_be_removed(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    world.script.always("remove", Refuse(Never("403", "grant the app the permission")))
    await process.service.restore(caller(HANNA), shown.id, "leaked")
    await world.live(process, POLICY.timing.overdue + MINUTE)
    assert world.chat.news("page", shown.id) == [News.OVERDUE]
    assert "403" in world.chat.card(shown.id).note
    world.script.always("remove", None)
    await world.live(process, 2 * MINUTE)
    assert there(world) is None
    assert world.agenda() == []


async def test_an_operator_gives_up_on_a_removal(world: World, helpdesk: Helpdesk, process: Process) -> None:
    shown = await helpdesk.shown()
    world.script.always("remove", Refuse(Never("403")))
    await process.service.restore(caller(HANNA), shown.id)
    await process.runner.run_due()
    closed = await process.service.close_as_is(Operator("root@host"), shown.id, "it is over anyway")
    assert isinstance(closed, Moved)
    assert closed.request.outcome is Outcome.CLOSED_AS_IS
    await world.live(process, MINUTE)
    assert world.agenda() == []


async def test_of_a_deleted_account_the_end_of_the_pass_is_waited_for(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    world.tenant.elsewhere[LEE.id] = Whereabouts.DELETED
    await process.service.restore(caller(HANNA), shown.id)
    await world.live(process, HOUR)
    assert (await world.get(shown.id)).state is State.RESTORING
    await world.live(process, CLOCKS_APART)
    assert (await world.get(shown.id)).outcome is Outcome.SUBJECT_DELETED
    await world.live(process, DAY)
    assert world.agenda() == []


DAY = timedelta(days=1)


async def test_an_account_that_comes_back_does_so_without_its_pass(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    world.tenant.elsewhere[LEE.id] = Whereabouts.DELETED
    await process.service.restore(caller(HANNA), shown.id)
    await process.runner.run_due()
    world.tenant.elsewhere.clear()
    await world.live(process, HOUR + CLOCKS_APART)
    assert there(world) is None
    assert (await world.get(shown.id)).outcome is Outcome.DONE


@pytest.mark.parametrize("call", ["list", "remove"])
async def test_a_removal_that_lost_its_lease_changes_nothing_more(
    world: World, helpdesk: Helpdesk, process: Process, call: str
) -> None:
    shown = await helpdesk.shown()
    await process.service.restore(caller(HANNA), shown.id)
    work = await world.claim(Kind.REMOVE_PASS)
    world.script.meanwhile(call, world.take_over)
    await remove(process.desk, work, shown.id)
    assert there(world) is None
    assert (await world.get(shown.id)).outcome is Outcome.DONE
    removed = [line for line in await world.record() if '"event":"removed"' in line.text]
    assert len(removed) == 1


async def test_a_claim_that_has_passed_to_another_removes_nothing(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    await process.service.restore(caller(HANNA), shown.id)
    work = await world.claim(Kind.REMOVE_PASS)
    await world.take_over()
    calls = len(world.script.calls)
    await remove(process.desk, work, shown.id)
    assert world.script.names("passes").count("remove") == 1
    assert len(world.script.calls) == calls + 1  # looking whether it holds


async def test_nothing_is_removed_under_a_lease_that_was_lost_since(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    offered = await helpdesk.offered()
    world.script.next("issue", LoseAnswer())
    await helpdesk.show(offered)
    work = await world.claim(Kind.REMOVE_PASS)

    async def lose_the_lease() -> None:
        await world.claim_again(Kind.REMOVE_PASS)

    world.script.meanwhile("list", lose_the_lease)
    with pytest.raises(Later, match="another process"):
        await remove(process.desk, work, offered.id)
    assert there(world) is not None
    work = await world.claim_again(Kind.REMOVE_PASS)
    world.script.meanwhile("list", lose_the_lease)
    world.tenant.elsewhere[LEE.id] = Whereabouts.NOWHERE
    await remove(process.desk, work, offered.id)
    assert (await world.get(offered.id)).state is State.RESTORING


async def test_a_pass_that_was_seen_is_removed_although_a_read_does_not_show_it_yet(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    await process.service.restore(caller(HANNA), shown.id)
    world.script.next("list", Stale(20 * SECOND))
    await process.runner.run_due()
    assert there(world) is None


async def test_a_pass_that_is_over_and_cannot_be_removed_is_called_overdue(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    world.script.always("remove", Refuse(Later("503")))
    await world.live(process, HOUR + POLICY.timing.overdue + MINUTE)
    assert world.chat.news("page", shown.id) == [News.OVERDUE]


async def test_an_offer_that_is_over_is_not_told_any_more(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    shown = await helpdesk.shown()
    assert News.GRANTED not in await told(world, process, shown)


@pytest.mark.parametrize("request_", [PENDING, OFFERED])
def test_what_made_no_pass_leaves_none_to_remove(request_: Request) -> None:
    assert Ending.of(request_, request_.created_at) is None


async def test_a_removal_of_what_is_over_is_over(world: World, helpdesk: Helpdesk, process: Process) -> None:
    shown = await helpdesk.shown()
    await world.live(process, 2 * HOUR)
    async with world.store.transaction() as tx:
        await tx.order(shown.id, Do(kind=Kind.REMOVE_PASS, due_at=tx.now))
    await process.runner.run_due()
    assert world.agenda() == []


async def test_a_request_that_made_no_pass_has_none_to_remove(
    world: World, helpdesk: Helpdesk, process: Process
) -> None:
    active = await helpdesk.active()
    async with world.store.transaction() as tx:
        await tx.order(active.id, Do(kind=Kind.REMOVE_PASS, due_at=tx.now))
    await process.runner.run_due()
    assert (await world.get(active.id)).state is State.ACTIVE
    assert await world.ordered(active.id, Kind.REMOVE_PASS) is None
