"""A hostile day, and the search for secrets that follows every scenario.

Each fixture ``house`` searches the log (DEBUG, as written and as handed to the logger before anything is
redacted), the record, the database and the channel at its end. Here the search is shown to find, and
given much to find.
"""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from bot.sim.tenant import FOREVER, Fault, Respond
from bot.sim.tenant.story import CLIENT_SECRET, LEE
from bot.sim.workspace import CutBefore, Refuse, Status
from tests.scenario.house import CHANNEL, HANNA, OMAR, House, leaks
from tests.scenario.secrecy import found_in, logged, secrets_of

NUMBER = "+31 6 1234 5678"
STATE = f"users/{LEE}/authentication/requirements"


async def test_the_search_finds_what_is_planted(house: House) -> None:
    await house.types(HANNA, "list")
    secrets = secrets_of(house.tenant, house.workspace)
    assert {house.workspace.bot_token, house.workspace.signing_secret, CLIENT_SECRET} < secrets
    assert secrets & set(house.tenant.state.tokens)
    assert found_in(f"token={house.workspace.bot_token}&x", secrets) == {house.workspace.bot_token}
    with logged() as logs:
        logging.getLogger("planted").warning("the number is %s", NUMBER)
    assert found_in("\n".join(logs.handed), secrets) == {NUMBER}
    assert found_in(logs.text, secrets) == set()
    assert await leaks(house) == {}
    house.workspace.channel(CHANNEL).posts[0].versions[0].blocks.append({"text": NUMBER})
    assert await leaks(house) == {"the channel": {NUMBER}}
    house.workspace.channel(CHANNEL).posts[0].versions[0].blocks.pop()


async def test_a_hostile_day_leaves_no_secret_and_no_number_anywhere(house: House) -> None:
    await _odd_commands(house)
    await _odd_answers_of_graph(house)
    await _odd_answers_of_slack(house)
    assert "graph.failed" in house.logs.text
    assert "door.forged" in house.logs.text
    assert "answer.undelivered" in house.logs.text
    assert "[number]" in house.shown()
    assert await leaks(house) == {}


async def _odd_commands(house: House) -> None:
    raw = urlencode(house.person(HANNA).commanding("/mfa", f"phone lee@contoso.com {NUMBER}")).encode()
    forged = house.workspace.sign(raw, secret="guessed")
    await house.workspace.deliver(raw, forged)
    await house.workspace.deliver(raw)
    await house.workspace.deliver(raw + b"&user_id=" + house.workspace.bot_token.encode())
    await house.workspace.deliver(b"payload=" + NUMBER.encode() + b"\xff")
    await house.settled()
    for text in (
        f"status {NUMBER}",
        f"disabel lee@contoso.com because {NUMBER}",
        f"disable lee@contoso.com for {NUMBER} because lost",
        f"disable lee@contoso.com ticket {NUMBER.replace(' ', '')} because call {NUMBER}",
    ):
        await house.types(HANNA, text)


async def _odd_answers_of_graph(house: House) -> None:
    """Let Graph repeat numbers and tokens in what it answers, and people in why they deny."""
    says = {"error": {"code": "x", "message": f"{NUMBER} {CLIENT_SECRET} +1 2065550189", "innerError": {}}}
    for status in (400, 403, 409, 429, 500, 503):
        fault = house.tenant.faults.add(Fault(Respond(status, body=says), path="/users", times=FOREVER))
        await house.types(HANNA, "status lee@contoso.com")
        house.tenant.faults.remove(fault)
    house.tenant.faults.add(Fault(Respond(200, body=f"<html>{NUMBER}</html>"), path="/users", times=3))
    await house.types(HANNA, "status lee@contoso.com")
    house.tenant.state.revoke_tokens()
    await house.types(HANNA, "status lee@contoso.com")

    card = house.card()
    await house.presses(OMAR, card, "Approve")
    fault = house.tenant.faults.add(Fault(Respond(500, body=says), path=STATE, times=FOREVER))
    await house.advance(hours=1)
    await house.advance(minutes=3)
    house.tenant.faults.remove(fault)
    await house.advance(minutes=2)
    assert house.mfa() == "enforced"


async def _odd_answers_of_slack(house: House) -> None:
    """Let answers get lost on their way to the response address, the token be refused, messages fail."""
    for answer in (CutBefore(), Status(500), Refuse("expired_url")):
        house.workspace.fault("response_url", answer, times=2)
        await house.types(HANNA, "status lee@contoso.com")
    for error in ("invalid_auth", f"made up {house.workspace.bot_token}"):
        refusing = house.workspace.fault("users.info", Refuse(error), times=None)
        await house.types(HANNA, "list")
        refusing.lift()
    failing = house.workspace.fault("chat.postMessage", Refuse("msg_blocks_too_long"), times=None)
    await house.types(HANNA, f"disable lee@contoso.com for 5m because call {NUMBER} again")
    await house.advance(minutes=1)
    failing.lift()
    await house.advance(minutes=1)
