"""The record: published daily, copied to the log, and whole."""

from __future__ import annotations

import json

from approvals.record import Verification, Whole
from bot.sim.tenant.story import LEE
from tests.scenario.house import CHANNEL, HANNA, LEES, House


def published(house: House) -> list[str]:
    """Return the heads that stand in the channel, the oldest first."""
    texts = [house.reads(post) for post in house.workspace.channel(CHANNEL).messages]
    return [text.split("`")[1] for text in texts if text.startswith("Record: line ")]


async def test_the_head_stands_in_the_channel_every_day_and_is_in_the_record(house: House) -> None:
    await house.suspended()
    await house.advance(hours=1)
    await house.advance(hours=23)
    await house.types(LEES, "list")
    await house.advance(hours=24)
    heads = published(house)
    assert len(set(heads)) == 3
    for head in heads:
        verification = Verification(head)
        async for line in house.process.serving.lines():
            assert verification.see(line) is None
        assert isinstance(verification.result(), Whole)


async def test_the_log_is_a_copy_from_which_a_suspension_can_be_put_back_by_hand(house: House) -> None:
    await house.suspended()
    logged = [json.loads(line) for line in house.logs.text.splitlines()]
    copied = [line for line in logged if line["event"] == "record.line"]
    assert [line["what"] for line in copied] == await house.events()
    [applying] = [line for line in copied if line["what"] == "applying"]
    assert {key: applying[f"fact_{key}"] for key in ("subject", "lever", "prior", "ends_at_latest")} == {
        "subject": LEE,
        "lever": "per_user",
        "prior": "enforced",
        "ends_at_latest": "2026-11-22T16:50:00+00:00",
    }
    assert applying["request"] == 1


async def test_the_record_holds_ids_and_hashes_and_no_names_or_reasons(house: House) -> None:
    await house.types(HANNA, "disable lee@contoso.com for 1h because a reason that nobody must keep")
    await house.types(HANNA, "withdraw R-1 because of something else")
    text = json.dumps(await house.lines())
    for kept_out in ("Lee", "lee@contoso.com", "nobody must keep", "Hanna", "something else"):
        assert kept_out not in text
    assert LEE in text
