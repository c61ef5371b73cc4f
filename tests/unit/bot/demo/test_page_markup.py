"""Slack's text as HTML: what is live in it, and that nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.page import markup

ROOT = Path(__file__).parents[4]
NAMES = {"U0HANNA": "@Hanna", "S0DUTY": "@duty", "C0APPROVALS": "#mfa-approvals"}
TAGS = re.compile(
    r"</?(?:strong|em|s|code|pre)>|</(?:span|time)>|"
    r'<span (?:class="[a-z_ ]+"|role="img"|aria-label="[a-z0-9_+-]+"|title="[^"<>]*"| )+>|'
    r'<time datetime="[0-9TZ:-]+" data-shown="[^"<>]*">'
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*active* _now_ ~no~", "<strong>active</strong> <em>now</em> <s>no</s>"),
        ("a*b*c 2 * 3 * 4", "a*b*c 2 * 3 * 4"),
        ("`*x* &lt;y&gt;`", "<code>*x* &lt;y&gt;</code>"),
        ("```\na *b*\n  c\n```", "<pre>a *b*\n  c</pre>"),
        ("<@U0HANNA> asks", '<span class="mention">@Hanna</span> asks'),
        ("<!subteam^S0DUTY>", '<span class="mention">@duty</span>'),
        ("<#C0APPROVALS>", '<span class="mention">#mfa-approvals</span>'),
        ("<!channel>", '<span class="mention">@channel</span>'),
        ("&lt;script&gt; &amp;lt;", "&lt;script&gt; &amp;lt;"),
        ("<https://contoso.com|here>", '<span class="link" title="https://contoso.com">here</span>'),
        ("<javascript:alert(1)|here>", "here"),
        (":x: :unknown:", '<span role="img" class="sign x" aria-label="x">✘</span> :unknown:'),
        (
            "*until <!date^1795795200^{time}|16:00 UTC>*",
            (
                '<strong>until <time datetime="2026-11-27T16:00:00Z" data-shown="{time}">'
                "16:00 UTC</time></strong>"
            ),
        ),
        ("<!date^999999999999^{time}|then>", "then"),
        ("\ue0000\ue001", "0"),
    ],
)
def test_a_reader_sees(text: str, html: str) -> None:
    assert markup.html(text, NAMES) == html


def test_a_reader_is_shown_that_they_are_meant() -> None:
    assert 'class="mention me"' in markup.html("<@U0HANNA>", NAMES, "U0HANNA")


@given(st.text(alphabet=st.sampled_from(list("<>&\"'`*_~@!#|^:/\n\ue000\ue001 0aU{}")), max_size=80))
def test_no_text_makes_a_tag_that_is_not_ours(text: str) -> None:
    left = TAGS.sub("", markup.html(text, NAMES))
    assert "<" not in left
    assert ">" not in left


def test_every_sign_that_messages_use_is_drawn() -> None:
    sources = [*(ROOT / "bot" / "slack").rglob("*.py"), *(ROOT / "commands").rglob("*.py")]
    literals = re.compile(r'["{ ](:[a-z_]+:)["} ]')
    used = {name for path in sources for name in literals.findall(path.read_text(encoding="utf-8"))}

    assert {"warning", "x", "white_check_mark"} <= {one.strip(":") for one in used}
    assert {one.strip(":") for one in used} <= markup.EMOJI.keys()
