"""Bad input, line by line: a clear answer, nothing changed, nobody pinged, a line in the record.

What is refused here never reaches SQL that differs between databases, so SQLite alone will do.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from bot.sim.tenant.story import AUTHENTICATOR, LEE
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import ASKS, CHANNEL, HANNA, LEES, NOOR, OMAR, House

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def at_peace(house: House) -> Callable[[], None]:
    """Returns a look around that fails if anything was changed, posted or anybody pinged since."""
    before = house.tenant.state.snapshot()
    posted = [(post.ts, len(post.versions)) for post in house.workspace.channel(CHANNEL).posts]
    pinged = house.workspace.pinged()

    def look() -> None:
        assert before.differences(house.tenant.state.snapshot()) == ()
        assert [(p.ts, len(p.versions)) for p in house.workspace.channel(CHANNEL).posts] == posted
        assert house.workspace.pinged() == pinged

    return look


# --- deliveries ----------------------------------------------------------------------------


async def test_forged_and_stale_deliveries_are_turned_away_and_leave_one_log_line(
    house: House, at_peace: Callable[[], None]
) -> None:
    raw = urlencode(house.person(HANNA).commanding("/mfa", ASKS)).encode()
    now = int(house.clock.seconds())
    good = house.workspace.sign(raw)
    for headers in (
        house.workspace.sign(raw, secret="guessed"),
        house.workspace.sign(raw + b" "),
        house.workspace.sign(raw, timestamp=now - 301),
        house.workspace.sign(raw, timestamp=now + 301),
        {**good, "X-Slack-Signature": ""},
        {**good, "X-Slack-Signature": "v0=\u00e9"},
        {**good, "X-Slack-Request-Timestamp": "soon"},
        {"Content-Type": good["Content-Type"]},
    ):
        assert (await house.workspace.deliver(raw, headers)).status == 401
    await house.settled()
    assert house.private(HANNA) == ""
    at_peace()
    assert await house.events() == ["started"]
    assert house.logs.text.count("door.forged") == 1


async def test_a_replayed_delivery_runs_once(house: House, at_peace: Callable[[], None]) -> None:
    form = house.person(HANNA).commanding("/mfa", "list")
    raw = urlencode(form).encode()
    headers = house.workspace.sign(raw)
    for _ in range(3):
        assert (await house.workspace.deliver(raw, headers)).status == 200
    await house.settled()
    assert len(house.workspace.seen_by(HANNA)) == 1
    at_peace()
    assert await house.refusals() == [(HANNA, "delivery")]

    card = await house.asks()
    press = house.person(OMAR).pressing(card, "Approve")
    await house.workspace.interact(press)
    await house.settled()
    await house.types(OMAR, "restore R-1")
    await house.workspace.interact(press)
    await house.settled()
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]


UNREADABLE = (
    b"",
    b"\xff\xfe\x00",
    b"command=/mfa&text=%ff",
    b"just words",
    b"payload=%7Bnot+json",
    b"payload=%5B%5D",
    b"payload=" + b"%5B" * 50_000,
    b"command=/mfa&command=/mfa",
    b"command=/mfa&text=list",
    b'{"type": "event_callback"',
)


async def test_a_signed_body_that_is_no_utf_8_no_form_or_no_json_is_a_bad_request(
    house: House, at_peace: Callable[[], None]
) -> None:
    for raw in UNREADABLE:
        assert (await house.workspace.deliver(raw)).status == 400
        await house.settled()
        await house.advance(seconds=61)
    at_peace()
    assert await house.refusals() == [("slack", "delivery")] * len(UNREADABLE)


async def test_a_body_over_a_mebibyte_is_too_large_and_an_ssl_check_runs_nothing(
    house: House, at_peace: Callable[[], None]
) -> None:
    large = io.BytesIO(b"x" * (1024 * 1024 + 1))
    async with ClientSession() as session, session.post(house.workspace.deliver_to, data=large) as answer:
        assert answer.status == 413
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await house.workspace.deliver(b"ssl_check=1&command=/mfa&text=list", plain)).status == 200
    await house.settled()
    at_peace()
    assert await house.events() == ["started"]


# --- buttons -------------------------------------------------------------------------------


EDITED = (
    "",
    "R-1",
    "R-1:2",
    "R-1:01",
    "R-0:1",
    "R-999:1",
    "R-1:1 ",
    "R-1:1;R-2:1",
    "R-9999999999999:1",
    "\u0661",
)


async def test_an_edited_button_value_decides_nothing(house: House) -> None:
    card = await house.asks()
    posted = len(house.workspace.channel(CHANNEL).posts)
    for value in EDITED:
        press = house.person(OMAR).pressing(card, "Approve")
        press["actions"][0]["value"] = value
        assert (await house.workspace.interact(press)).status == 200
        await house.settled()
        await house.advance(seconds=61)
        clear = ("does not say which request", "The card you saw is out of date", "Not found: a request")
        assert any(said in house.private(OMAR) for said in clear)
    assert house.tenant.state.changes() == ()
    assert "waiting for approval" in house.shown()
    assert len(house.workspace.channel(CHANNEL).posts) == posted
    assert len(await house.refusals()) == len(EDITED)


async def test_an_edited_form_and_an_unknown_button_decide_nothing(house: House) -> None:
    card = await house.asks()
    await house.presses(OMAR, card, "Deny")
    sent = house.person(OMAR).filling(house.person(OMAR).view, {"Reason": "no"})
    for about in ("R-1:7", "R-1", "", "R-99:1"):
        edited = copy.deepcopy(sent)
        edited["view"]["private_metadata"] = about
        assert (await house.workspace.interact(edited)).status == 200
        await house.settled()
    assert "waiting for approval" in house.shown()
    press = house.person(OMAR).pressing(card, "Approve")
    press["actions"][0]["action_id"] = "approve_everything"
    assert (await house.workspace.interact(press)).status == 400
    await house.settled()
    assert house.tenant.state.changes() == ()


async def test_a_click_on_an_old_card_says_how_it_was_decided(house: House) -> None:
    card = await house.asks()
    await house.presses(OMAR, card, "Approve")
    for label in ("Approve", "Deny"):
        press = house.person(OMAR).pressing(card, label, version=card.versions[0])
        await house.workspace.interact(press)
        await house.settled()
    assert "R-1 is decided already: active (`state`)." in house.private(OMAR)
    assert "active until" in house.shown()


# --- people --------------------------------------------------------------------------------


def by_somebody_unknown(form: dict[str, str]) -> None:
    form["user_id"] = "U0NOBODY"


def from_another_workspace(form: dict[str, str]) -> None:
    form["team_id"] = "T0FABRIKAM"


@pytest.mark.parametrize(
    ("who", "edit", "says"),
    [
        (LEES, None, "You are not among the requesters (`people.requesters`)."),
        ("U0GUEST", None, "Guests of the workspace may do nothing here (`people`)."),
        ("U0SAM", None, "Your account belongs to another workspace (`people`)."),
        (HANNA, by_somebody_unknown, "Slack knows no such account (`people`)."),
        (HANNA, from_another_workspace, "Your account belongs to another workspace (`people`)."),
    ],
)
async def test_commands_of_people_who_do_not_belong_change_nothing(
    house: House,
    at_peace: Callable[[], None],
    *,
    who: str,
    edit: Callable[[dict[str, str]], None] | None,
    says: str,
) -> None:
    form = house.person(who).commanding("/mfa", ASKS)
    if edit:
        edit(form)
    assert (await house.workspace.command(form)).status == 200
    await house.settled()
    assert says in house.private(who)
    at_peace()
    [(_, rule)] = await house.refusals()
    assert rule.startswith("people")


def whose_own_workspace_is_another(press: dict[str, Any]) -> None:
    press["user"]["team_id"] = "T0FABRIKAM"


def whose_own_workspace_is_not_said(press: dict[str, Any]) -> None:
    del press["user"]["team_id"]


def in_another_workspace(press: dict[str, Any]) -> None:
    press["team"]["id"] = "T0FABRIKAM"


def wholly_elsewhere(press: dict[str, Any]) -> None:
    press["team"]["id"] = press["user"]["team_id"] = "T0FABRIKAM"


@pytest.mark.parametrize(
    "edit",
    [
        whose_own_workspace_is_another,
        whose_own_workspace_is_not_said,
        in_another_workspace,
        wholly_elsewhere,
    ],
)
async def test_a_click_of_somebody_from_another_workspace_decides_nothing(
    house: House, edit: Callable[[dict[str, Any]], None]
) -> None:
    card = await house.asks()
    press = house.person(OMAR).pressing(card, "Approve")
    edit(press)
    await house.workspace.interact(press)
    await house.settled()
    assert "Your account belongs to another workspace (`people`)." in house.private(OMAR)
    assert house.tenant.state.changes() == ()
    assert "waiting for approval" in house.shown()


# --- addresses -----------------------------------------------------------------------------


ADDRESSES = (
    "o'brien@contoso.com",
    "' or 1 eq 1 or userPrincipalName eq '@contoso.com",
    "a/b@contoso.com",
    "../groups/a2000000-0000-4000-8000-000000000001@contoso.com",
    "%2e%2e%2fgroups@contoso.com",
    "100%@contoso.com",
    "payload@contoso.com",
    "lee@contoso.com?$expand=manager",
    "https://evil.example/lee@contoso.com",
    "<https://evil.example|lee@contoso.com>",
    "<http://evil.example/v1.0/users|evil.example>",
    "lee@evil.example",
    "me",
    "00000000-0000-0000-0000-000000000000",
    "<@U0NOBODY>",
    "x" * 300 + "@contoso.com",
)


async def test_an_address_is_taken_letter_by_letter_or_not_at_all(
    house: House, at_peace: Callable[[], None]
) -> None:
    for address in ADDRESSES:
        for text in ("status {}", "disable {} for 1h because phone broken"):
            answer = await house.types(HANNA, text.format(address))
            clear = ("Not found", "is not a person", "is not understood")
            assert any(said in answer for said in clear), (address, answer)
            assert "Lee" not in answer
            await house.advance(seconds=61)
    at_peace()
    assert {rule for _, rule in await house.refusals()} == {"directory", "grammar"}
    assert len(await house.refusals()) == 2 * len(ADDRESSES)
    asked = [one.path for one in house.tenant.state.journal.requests if one.api != "login"]
    assert all(path.startswith(("/users", "/$batch")) for path in asked)


async def test_odd_names_of_people_who_exist_find_them(house: House) -> None:
    odd = ("o'brien@contoso.com", "payload@contoso.com", "sales/emea%eu@contoso.com", "a+b#EXT#@contoso.com")
    for number, upn in enumerate(odd):
        who = f"a3000000-0000-4000-8000-00000000000{number}"
        house.tenant.state.add(replace(house.tenant.state.user(LEE), id=who, upn=upn, mail=upn, proxies=()))
        assert f"Lee Jansen · {upn} · member, enabled" in await house.types(HANNA, f"status {upn}")
    status = await house.types(HANNA, "status o\u2019brien@contoso.com\u202e")
    assert "Lee Jansen · o'brien@contoso.com" in status


# --- reasons and names ---------------------------------------------------------------------

REASONS = {
    "&lt;!channel&gt; &lt;!here&gt; <!everyone>": "<!channel> <!here> <!everyone>",
    "<@U0OMAR> and &lt;@U0NOOR&gt; and <!subteam^S0DUTY>": "<@U0OMAR> and <@U0NOOR> and <!subteam^S0DUTY>",
    "see <https://evil.example|the handbook>": "see <https://evil.example|the handbook>",
    "https://evil.example/x www.evil.example": "https://evil.example/x www.evil.example",
    "a\x00b\x07c\x1b[31m\u2028d": "abc[31m d",
    "\u202egnissalp\u202c \u200bdone\u2066": "gnissalp done",
    "call +31 6 1234 5678 or 0612345678": "call [number] or [number]",
    "*bold* `code` ~gone~ &amp;lt;": "\u2217bold\u2217 \u02cbcode\u02cb \u223cgone\u223c &lt;",
}


async def test_a_reason_is_shown_as_it_was_written_and_nothing_in_it_comes_alive(
    open_house: OpenHouse,
) -> None:
    house = await open_house('per_person = "50/1d"\n')
    for number, (reason, shown) in enumerate(REASONS.items(), start=1):
        await house.types(HANNA, f"disable lee@contoso.com for 1h because {reason}")
        assert f"“{shown}”" in house.shown(f"R-{number}")
        await house.types(HANNA, f"withdraw R-{number}")
    assert house.workspace.pinged() == {HANNA, OMAR, NOOR}  # asked by, and who can decide it
    assert not [post for post in house.workspace.everything() if "http" in str(post.blocks) and post.unfurl]


async def test_a_reason_of_four_thousand_characters_is_refused(
    house: House, at_peace: Callable[[], None]
) -> None:
    answer = await house.types(HANNA, f"disable lee@contoso.com for 1h because {'x' * 4000}")
    assert "The reason has 4,000 characters; the limit is 1,000." in answer
    at_peace()
    await house.types(HANNA, f"disable lee@contoso.com for 1h because x{'&lt;' * 999}")
    assert "“x" + "<" * 400 in house.shown()


async def test_a_subject_with_sixty_methods_and_an_endless_name_fits_into_every_message(house: House) -> None:
    name = "<!channel> " + "Lee*& " * 500
    methods = (
        *[{**AUTHENTICATOR, "id": str(number), "displayName": f"{name}{number}"} for number in range(59)],
    )
    unknown = {"@odata.type": "#microsoft.graph.telepathyAuthenticationMethod", "id": "60"}
    house.tenant.state.add(
        replace(house.tenant.state.user(LEE), display_name=name, methods=(*methods, unknown))
    )
    status = await house.types(HANNA, "status lee@contoso.com")
    assert status.count("Microsoft Authenticator") > 40
    assert "unknown kind (telepathy)" in status
    await house.suspended()
    assert "59 second factors" in house.shown()
    await house.advance(minutes=50)
    await house.presses(HANNA, house.workspace.dm(HANNA).messages[-1], "Extend")
    await house.submits(HANNA, {"Time": "30m", "Reason": "phone"})
    await house.advance(minutes=10)
    assert house.mfa() == "enforced"
    assert "restored" in house.shown()
    assert "is restored to enforced" in house.direct(LEES)
    assert "channel" not in house.workspace.pinged()
    assert not [call for call in house.workspace.calls if call.answer.get("ok") is False]
