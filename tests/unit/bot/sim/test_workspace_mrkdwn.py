"""Slack's text format: who is pinged, and what a person reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sim.workspace import mrkdwn

NAMES = {"U0HANNA": "@Hanna", "S0DUTY": "@duty", "C0APPROVALS": "#mfa-approvals"}


@pytest.mark.parametrize(
    ("text", "pinged"),
    [
        ("<@U0HANNA>", ("U0HANNA",)),
        ("<@U0HANNA|hanna>", ("U0HANNA",)),
        ("<!subteam^S0DUTY>", ("S0DUTY",)),
        ("<!subteam^S0DUTY|@duty> <!here>", ("S0DUTY", "here")),
        ("<!channel|everybody>", ("channel",)),
        ("<!everyone>", ("everyone",)),
        ("&lt;!channel&gt;", ()),
        ("@channel @hanna", ()),
        ("<#C0APPROVALS>", ()),
        ("<https://contoso.com|<!channel>>", ("channel",)),
        ("<!date^1^{time}|<!channel>", ("channel",)),
        ("<@u0hanna>", ()),
        ("<@U0HANNA\n>", ()),
    ],
)
def test_only_a_token_of_slack_pings(text: str, pinged: tuple[str, ...]) -> None:
    assert mrkdwn.mentions(text) == pinged


@given(st.text(alphabet=st.sampled_from("<>&!@^|channelU0HS;gtl ")))
def test_escaped_text_pings_nobody_and_reads_as_it_was_written(text: str) -> None:
    assert mrkdwn.mentions(mrkdwn.escape(text)) == ()
    assert mrkdwn.unescape(mrkdwn.escape(text)) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Asked by <@U0HANNA> in <#C0APPROVALS>", "Asked by @Hanna in #mfa-approvals"),
        ("<!subteam^S0DUTY> <!here>", "@duty @here"),
        ("<@U0NOBODY|nobody> <@U0NOBODY>", "nobody U0NOBODY"),
        ("<https://contoso.com|the runbook>, <https://contoso.com>", "the runbook, https://contoso.com"),
        ("<mailto:lee@contoso.com|lee@contoso.com>", "lee@contoso.com"),
        ("*R-31* _now_ ~gone~, 2*3*4 snake_case_name", "R-31 now gone, 2*3*4 snake_case_name"),
        ("&lt;!channel&gt; &amp;lt;", "<!channel> &lt;"),
        ("<!date^1700000000^{date_short} {time}|soon>", "Nov 14, 2023 22:13"),
        ("<!date^1700000000^until {time_secs}^https://contoso.com|soon>", "until 22:13:20"),
        ("<!date^1700000000^{date_long}|soon>", "Tuesday, November 14th, 2023"),
        ("<!date^1700000000^{date} {date_num}|soon>", "November 14th, 2023 2023-11-14"),
        ("<!date^1700000000^{date_shrot}|14 Nov, 22:13 UTC>", "14 Nov, 22:13 UTC"),
        ("<!date^999999999999^{date}|far away>", "far away"),
    ],
)
def test_a_person_reads_names_and_times(text: str, read: str) -> None:
    assert mrkdwn.display(text, NAMES) == read
