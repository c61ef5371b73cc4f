from __future__ import annotations

import json
from dataclasses import replace

import pytest

from approvals.model import Protection
from bot.sim.workspace import limits, mrkdwn
from bot.slack.render import replies
from bot.slack.render.rules import HouseRules
from commands.diagnosis import Circumstances, explain, read
from commands.mailbox_model import Facts, Kind
from commands.model import Diagnosed
from tests.mailboxes import NOW, view
from tests.pasted import ANSWER, SAMPLES, Sample
from tests.unit.bot.slack.test_render_mailboxes import texts

LEE = Circumstances(upn="lee@contoso.com", view=view(), mfa=Protection.ENFORCED, enabled=True, factors=1)


def said(shown: Diagnosed, rules: HouseRules) -> str:
    """Return what a person reads, marks left out; fail unless Slack would take it whole."""
    message = replies.answer(shown, rules, NOW)
    assert limits.problems({"text": message.text, "blocks": list(message.blocks)}) == []
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 13_000
    assert all(not mrkdwn.mentions(text) for text in [message.text, *texts(message.blocks)])
    return mrkdwn.display("\n".join(texts(message.blocks)), {}).replace("`", "")


def test_the_header_reads_like_this(rules: HouseRules) -> None:
    lines = said(Diagnosed(explain(read(ANSWER), LEE), LEE.upn), rules).splitlines()
    assert lines[0] == "Found AppPasswordRequired, HTTP 456, a managed account"
    assert lines[1].startswith(
        "It proves The client sent a password where Exchange Online takes only a token."
    )
    assert lines[2].startswith("It does not prove That turning MFA off would help: ")
    assert lines[3] == "Looked at for lee@contoso.com"
    assert lines[4].startswith("• Per-user MFA is enforced. It is not what keeps the client out")
    assert "Next, in this order" in lines
    assert "Which Outlook can" in lines
    assert "• Outlook 2010 and earlier: none: it can never connect to Exchange Online again" in lines
    assert any(r"EnableADAL = 1 (DWORD)" in line for line in lines)
    assert lines[-1].endswith("Nothing of the text is kept.")
    assert "tenant c2b84b0b-952b-4784-b195-9b56c3deb663" in lines[-1]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_every_sample_fits_into_one_message(sample: Sample, rules: HouseRules) -> None:
    for now in (None, LEE, replace(LEE, view=view(Facts(kind=Kind.NOTHING)), unread=("x" * 900,) * 3)):
        assert said(Diagnosed(explain(read(sample.text), now), now.upn if now else ""), rules)


def test_everything_at_once_fits_too(rules: HouseRules) -> None:
    every = "\n".join(one.text for one in SAMPLES)
    text = said(Diagnosed(explain(read(every), LEE), "<!channel>" * 40), rules)
    assert "Next, in this order" in text


def test_a_suspension_stands_behind_everything_safer(rules: HouseRules) -> None:
    text = said(Diagnosed(explain(read("her phone is broken"), LEE), LEE.upn), rules)
    assert text.index("Temporary Access Pass") < text.index("Only if neither can be had: /mfa disable")


def test_a_text_that_was_cut_says_so(rules: HouseRules) -> None:
    text = said(Diagnosed(replace(explain(read("456")), cut=True)), rules)
    assert "only its beginning was read" in text
