from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.sim.workspace import limits, mrkdwn
from bot.slack.render import replies
from bot.slack.render.rules import HouseRules
from commands.mailbox_model import (
    Allowed,
    Facts,
    Forwarding,
    Kind,
    Licence,
    MailboxView,
    Missing,
    Protocol,
    Size,
    Source,
    quantity,
)
from commands.mailbox_model import Replies as AutomaticReplies
from commands.model import MailboxShown
from tests.mailboxes import LEES, NOW, view


def said(shown: MailboxView, rules: HouseRules) -> str:
    """Return what a person reads, marks left out; fail unless Slack would take it whole."""
    message = replies.answer(MailboxShown(shown), rules, NOW)
    assert limits.problems({"text": message.text, "blocks": list(message.blocks)}) == []
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 13_000
    assert all(not mrkdwn.mentions(text) for text in [message.text, *texts(message.blocks)])
    return mrkdwn.display("\n".join(texts(message.blocks)), {}).replace("`", "")


def texts(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [found for value in part.values() for found in texts(value)]
    return [found for one in part for found in texts(one)] if isinstance(part, list | tuple) else []


def test_lee_s_mailbox_reads_like_this(rules: HouseRules) -> None:
    assert said(view(), rules).splitlines() == [
        "Lee Jansen · lee@contoso.com · user mailbox",
        "Mailbox lives in Exchange Online (Exchange Online shows its settings)",
        "Account lee@contoso.com · member, enabled, synchronised from AD",
        "Licence Exchange Online (Plan 2) in Office 365 E3",
        "Other addresses lee.jansen@contoso.com",
        "Forwarding none on the mailbox or by inbox rules",
        "Automatic replies off",
        "Last activity 20 Nov 2026",
        "Size 2.2 GB of 100 GB, 4,211 items; sending stops at 99 GB",
        "Protocols MAPI on · POP on · IMAP on · ActiveSync on · EWS on · OWA on · SMTP AUTH on",
        "Told by Microsoft Graph. The same in PowerShell:",
        "Get-EXOMailbox -Identity 'lee@contoso.com'",
    ]


def test_what_could_not_be_read_says_who_why_and_what_to_do(rules: HouseRules) -> None:
    lost = Missing(Source.REPORT, "size and last activity", "Graph answered 403", "grant Reports.Read.All")
    assert (
        ":grey_question: size and last activity (the usage report): Graph answered 403\n"
        "→ grant Reports.Read.All"
    ) in said(view(missing=(lost,)), rules)


def test_what_is_on_is_said_with_its_limits(rules: HouseRules) -> None:
    facts = replace(
        LEES,
        licences=(Licence("Exchange Online (Plan 1)", ready=False, note="being activated"),),
        forwarding=(Forwarding("away@fabrikam.com", "the mailbox", keeps=False),),
        replies=AutomaticReplies(on=True, starts=NOW, ends=NOW + timedelta(days=1), audience="to everybody"),
        size=Size(as_of=date(2026, 11, 21)),
        protocols={Protocol.POP: Allowed.OFF, Protocol.SMTP_AUTH: Allowed.ORGANISATION},
    )
    text = said(view(facts, notes=("It is full.",)), rules)
    assert "Licence Exchange Online (Plan 1) (being activated)" in text
    assert "Forwarding to away@fabrikam.com (the mailbox, no copy stays)" in text
    assert "Automatic replies on " in text
    assert ", to everybody" in text
    assert "Size not known (as of 21 Nov 2026)" in text
    assert "Protocols POP off · SMTP AUTH as the organisation has it" in text
    assert ":information_source: It is full." in text


def test_an_address_that_is_nothing_says_so(rules: HouseRules) -> None:
    nothing = replace(view(Facts(kind=Kind.NOTHING)), asked="nobody@contoso.com", cmdlets=(), sources=())
    assert said(nothing, rules).startswith("nobody@contoso.com · nothing in this tenant\n")
    assert "Told by the directory" in said(nothing, rules)


def test_whatever_strangers_wrote_is_neither_live_nor_too_long(rules: HouseRules) -> None:
    bad = "<!channel> *x* `y` " * 60
    facts = replace(
        LEES,
        name=bad,
        primary=bad,
        upn=bad,
        aliases=(bad,) * 300,
        licences=(Licence(bad, ready=True),) * 20,
        rules=tuple(Forwarding(bad, bad) for _ in range(200)),
    )
    lost = Missing(Source.GRAPH, bad, bad, bad)
    text = said(replace(view(facts, missing=(lost,) * 12, notes=(bad,) * 5), cmdlets=(bad,) * 4), rules)
    assert "<!channel>" in text
    assert "and 288 more" in text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (1 << 40, "1 TB"), (5 << 50, "5120 TB")],
)
def test_sizes_are_said_as_people_say_them(count: int, text: str) -> None:
    assert quantity(count) == text
