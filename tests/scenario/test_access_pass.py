"""``/mfa pass``, from asking to the end: a screen shows it once, and nothing of it stays anywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from bot.sim.tenant import AFTER, FOREVER, Cut, Fault, Group, PassRules, Respond
from bot.sim.tenant.passes import METHOD, usable_pass
from bot.sim.tenant.story import LEE
from bot.sim.workspace import CutAfter, Message, Refuse
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import HANNA, LEES, NOOR, OMAR, House, leaks
from tests.scenario.secrecy import in_channel

ASKS = "pass lee@contoso.com for 2h because phone lost"
PASSES = f"/users/{LEE}/authentication/temporaryAccessPassMethods"


@pytest.fixture
async def counter(open_house: OpenHouse) -> House:
    """A house in which passes are on, with one approval."""
    return await open_house("\n[pass]\napprovals = 1\n")


def usable(house: House) -> str | None:
    """Return the pass with which Lee can sign in now."""
    return usable_pass(house.tenant.state, LEE)


def screen(house: House, who: str = HANNA) -> str:
    """Return all that stands on the screen before *who*."""
    return json.dumps(house.person(who).view.content, ensure_ascii=False)


def offer(house: House) -> Message:
    """Return the message with the button."""
    return next(one for one in house.workspace.dm(HANNA).messages if "Show the pass" in house.buttons(one))


async def offered(house: House, text: str = ASKS) -> Message:
    """Let Hanna ask and Omar approve; return the message with the button."""
    answer = await house.types(HANNA, text)
    assert " sent to #mfa-approvals" in answer, answer
    await house.presses(OMAR, house.cards()[-1], "Approve")
    return offer(house)


async def shown(house: House) -> str:
    """Let Hanna see a pass; return it."""
    await house.presses(HANNA, await offered(house), "Show the pass")
    secret = usable(house)
    assert secret is not None
    return secret


async def presses_what_it_was(house: House, message: Message, who: str = HANNA) -> None:
    """Let a press come in on the message as it was at first, as if *who* had seen it."""
    payload = house.person(HANNA).pressing(message, "Show the pass", version=message.versions[0])
    payload["user"] = {**payload["user"], "id": who}
    raw = urlencode({"payload": json.dumps(payload)}).encode()
    await house.workspace.deliver(raw, house.workspace.sign(raw))
    await house.settled()


def made(house: House) -> list[str]:
    """Return every pass that was ever made."""
    return list(house.tenant.state.passes.values())


async def test_a_pass_is_shown_once_signs_in_and_is_removed_at_its_end(counter: House) -> None:
    message = await offered(counter)
    assert made(counter) == []
    await counter.presses(HANNA, message, "Show the pass")
    [secret] = made(counter)
    assert usable(counter) == secret
    assert secret in _unescaped(screen(counter))
    assert "good for every sign-in until" in screen(counter)
    assert "active until" in counter.shown()
    assert "was shown to" in counter.direct(LEES)
    assert counter.mfa() == "enforced"
    assert [counter.buttons(one) for one in counter.workspace.dm(HANNA).messages] == [[], ["Take it back"]]
    await counter.advance(hours=2)
    assert usable(counter) is None
    assert len(counter.tenant.state.user(LEE).methods) == 4
    assert "done" in counter.shown()
    events = await counter.events()
    for event in ("pass granted", "making pass", "pass shown", "removing pass", "removed"):
        assert event in events
    assert await leaks(counter) == {}


def _unescaped(text: str) -> str:
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


async def test_two_people_decide_unless_the_policy_says_otherwise(open_house: OpenHouse) -> None:
    house = await open_house("\n[pass]\n")
    await house.types(HANNA, ASKS)
    await house.presses(OMAR, house.card(), "Approve")
    assert "waiting for approval" in house.shown()
    await house.presses(NOOR, house.card(), "Approve")
    assert "being applied" in house.shown()


async def test_the_pass_is_on_the_screen_alone(counter: House) -> None:
    secret = await shown(counter)
    everything = [in_channel(counter.workspace, one) for one in counter.workspace.conversations]
    private = [counter.reads(one) for one in counter.workspace.seen_by(HANNA)]
    for text in (*everything, *private):
        assert secret not in text


async def test_a_second_press_shows_and_makes_nothing(counter: House) -> None:
    message = await offered(counter)
    await counter.presses(HANNA, message, "Show the pass")
    secret = usable(counter)
    await presses_what_it_was(counter, message)
    assert "made to be shown once" in screen(counter)
    assert made(counter) == [secret]
    assert usable(counter) == secret


async def test_nobody_else_gets_to_see_it(counter: House) -> None:
    message = await offered(counter)
    for who in (OMAR, NOOR, LEES):
        await presses_what_it_was(counter, message, who)
    assert made(counter) == []
    refused = {line["actor"] for line in await counter.lines() if line["facts"].get("to") == "show pass"}
    assert len(refused) == 3


async def test_an_offer_lapses_after_an_hour(counter: House) -> None:
    message = await offered(counter)
    await counter.advance(hours=1)
    assert "lapsed" in counter.shown()
    await presses_what_it_was(counter, message)
    assert "there is no pass to show" in screen(counter)
    assert made(counter) == []


async def test_a_screen_that_does_not_open_leaves_the_showing_unused(counter: House) -> None:
    message = await offered(counter)
    failing = counter.workspace.fault("views.open", Refuse("expired_trigger_id"), times=None)
    assert "The form could not be opened" in await counter.presses(HANNA, message, "Show the pass")
    failing.lift()
    assert made(counter) == []
    await counter.presses(HANNA, message, "Show the pass")
    assert usable(counter)


@pytest.mark.parametrize("failure", [Refuse("not_found"), CutAfter()], ids=["closed", "unanswered"])
async def test_a_pass_that_may_not_have_been_seen_is_removed(
    counter: House, failure: Refuse | CutAfter
) -> None:
    message = await offered(counter)
    counter.workspace.fault("views.update", failure, times=1)
    await counter.presses(HANNA, message, "Show the pass")
    assert len(made(counter)) == 1
    await counter.advance(minutes=4)
    assert usable(counter) is None
    assert "failed" in counter.shown()
    assert "Ask for another one" in counter.direct(HANNA)


@pytest.mark.parametrize("fault", [Cut(AFTER), Respond(504, when=AFTER), Respond(429, when=AFTER)])
async def test_a_creation_that_is_not_answered_is_not_repeated_but_removed(
    counter: House, fault: Cut | Respond
) -> None:
    message = await offered(counter)
    counter.tenant.faults.add(Fault(fault, path=PASSES, method="POST", times=1))
    await counter.presses(HANNA, message, "Show the pass")
    assert "no pass was shown" in screen(counter)
    assert len(made(counter)) == 1
    await counter.advance(minutes=4)
    assert usable(counter) is None
    assert "failed" in counter.shown()
    received = counter.tenant.state.journal.requests
    assert [one.method for one in received if one.path == PASSES].count("POST") == 1


async def test_what_entra_refuses_is_said_with_the_permission_that_is_missing(counter: House) -> None:
    message = await offered(counter)
    counter.tenant.faults.add(Fault(Respond(403), path=PASSES, method="POST", times=FOREVER))
    await counter.presses(HANNA, message, "Show the pass")
    assert "UserAuthMethod-TAP.ReadWrite.All" in screen(counter)
    assert "failed" in counter.shown()


async def test_a_pass_is_taken_back_by_whoever_may_decide(counter: House) -> None:
    await shown(counter)
    await counter.types(OMAR, "restore R-1 because not them")
    await counter.advance(seconds=30)
    assert usable(counter) is None
    assert "done" in counter.shown()


async def test_a_crash_while_it_is_made_leaves_no_pass(counter: House) -> None:
    message = await offered(counter)
    counter.workspace.fault("views.update", CutAfter(), times=None)
    counter.tenant.faults.add(Fault(Cut(AFTER), path=PASSES, method="POST", times=1))
    await counter.presses(HANNA, message, "Show the pass")
    await counter.crashes()
    await counter.opens()
    await counter.advance(minutes=4)
    assert usable(counter) is None
    assert "failed" in counter.shown()


# --- what the tenant allows ------------------------------------------------------------------


async def test_a_tenant_with_the_method_off_says_so_before_anybody_decides(counter: House) -> None:
    counter.tenant.state.methods_allowed -= {METHOD}
    assert "Temporary Access Passes are off" in await counter.types(HANNA, ASKS)
    assert counter.cards() == []
    assert (HANNA, "pass") in await counter.refusals()


async def test_a_person_whom_the_policy_leaves_out_gets_none(counter: House) -> None:
    state = counter.tenant.state
    state.add(Group(id="e6000000-0000-4000-8000-000000000001", name="no passes", members=frozenset({LEE})))
    state.pass_rules = replace(state.pass_rules, excluded=("e6000000-0000-4000-8000-000000000001",))
    assert "lets this person use no Temporary Access Pass" in await counter.types(HANNA, ASKS)


async def test_a_length_that_the_tenant_does_not_allow_is_clamped_and_said(counter: House) -> None:
    counter.tenant.state.pass_rules = PassRules(shortest=180, longest=480, usual=240, once=True)
    answer = await counter.types(HANNA, ASKS)
    assert "Asked for 2h; the tenant allows 3h to 8h" in answer
    assert "3 hours and one sign-in" in answer
    assert "3 hours" in counter.shown()


async def test_a_policy_that_cannot_be_read_is_said_and_the_pass_is_for_one_sign_in(counter: House) -> None:
    path = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass"
    counter.tenant.faults.add(Fault(Respond(403), path=path, times=FOREVER))
    answer = await counter.types(HANNA, ASKS)
    assert "Whether a pass would be usable could not be read" in answer
    assert "one sign-in" in answer


async def test_a_pass_that_nobody_could_use_is_removed_unseen(counter: House) -> None:
    message = await offered(counter)
    counter.tenant.state.pass_rules = replace(counter.tenant.state.pass_rules, included=())
    await counter.presses(HANNA, message, "Show the pass")
    assert "DisabledByPolicy" in screen(counter)
    [secret] = made(counter)
    assert secret not in _unescaped(screen(counter))
    await counter.advance(minutes=4)
    assert "failed" in counter.shown()


async def test_beside_a_suspension_a_pass_is_offered_and_asked_for_by_a_button(counter: House) -> None:
    answer = await counter.types(HANNA, "disable lee@contoso.com for 1h because phone lost")
    assert "A Temporary Access Pass would do instead" in answer
    await counter.presses(HANNA, counter.workspace.seen_by(HANNA)[-1], "Ask for a pass")
    assert "Temporary Access Pass for Lee Jansen, 1 hour" in counter.shown("R-2")
