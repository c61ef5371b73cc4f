"""Slack's mrkdwn as HTML. Everything is escaped here, once; only tags of this module come out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup, escape

from bot.sim.workspace import mrkdwn

EMOJI: Final[Mapping[str, str]] = {
    "grey_question": "?",
    "heavy_check_mark": "✔",
    "heavy_minus_sign": "–",  # noqa: RUF001 - a dash is what it is
    "hourglass_flowing_sand": "⌛",
    "information_source": "ℹ",  # noqa: RUF001 - the sign is this letter
    "warning": "⚠",
    "white_check_mark": "✔",
    "x": "✘",
}
"""The short names that messages use, drawn as signs that every font has; another one stays as it is."""

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand around the number of a piece that is HTML already; the text itself cannot hold them."""
_PIECE = re.compile(r"```\n?(?P<block>.*?)\n?```|`(?P<code>[^`\n]+)`|<(?P<token>[^<>\n]+)>", re.DOTALL)
_HELD = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_SHORT_NAME = re.compile(r":([a-z0-9_+-]+):")
_EMPHASIS = tuple(
    (re.compile(rf"(?<![\w{mark}]){mark}(\S|\S[^\n]*?\S){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
)
_DATE = re.compile(r"!date\^(-?\d{1,12})\^([^^]+)(?:\^.*)?")
_USER = re.compile(r"[@#!](?:subteam\^)?([A-Z][A-Z0-9]+|channel|here|everyone)")
_LINK = re.compile(r"(?:https?://|mailto:).+")


def html(text: str, names: Mapping[str, str], me: str = "") -> Markup:
    """Return *text* as its reader *me* sees it; *names* maps ids to what is shown for them."""
    held: list[Markup] = []

    def hold(found: re.Match[str]) -> str:
        held.append(_piece(found, names, me))
        return f"{_OPEN}{len(held) - 1}{_CLOSE}"

    bare = text.replace(_OPEN, "").replace(_CLOSE, "")
    shown = str(escape(mrkdwn.unescape(_PIECE.sub(hold, bare))))
    for pattern, tag in _EMPHASIS:
        shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
    shown = _SHORT_NAME.sub(_emoji, shown)
    return Markup(_HELD.sub(lambda found: str(held[int(found[1])]), shown))  # noqa: S704 - escaped above


def plain(text: str) -> Markup:
    """Return plain text, in which short names of emoji are drawn and nothing else is live."""
    return Markup(_SHORT_NAME.sub(_emoji, str(escape(text))))  # noqa: S704 - escaped in this line


def moment(seconds: float, template: str) -> Markup:
    """Return a time that the page shows by *template* (Slack's words for dates) in its reader's zone."""
    at = datetime.fromtimestamp(seconds, UTC)
    return _time(at, template, f"{at:%Y-%m-%d %H:%M:%S} UTC")


def _emoji(found: re.Match[str]) -> str:
    drawn = EMOJI.get(found[1])
    return (
        found[0]
        if drawn is None
        else f'<span role="img" class="sign {found[1]}" aria-label="{found[1]}">{drawn}</span>'
    )


def _piece(found: re.Match[str], names: Mapping[str, str], me: str) -> Markup:
    if found["block"] is not None:
        return Markup("<pre>{}</pre>").format(mrkdwn.unescape(found["block"]))
    if found["code"] is not None:
        return Markup("<code>{}</code>").format(mrkdwn.unescape(found["code"]))
    return _token(found["token"], names, me)


def _token(token: str, names: Mapping[str, str], me: str) -> Markup:
    target, _, label = token.partition("|")
    said = mrkdwn.unescape(label)
    if found := _DATE.fullmatch(target):
        with suppress(OverflowError, ValueError, OSError):
            return _time(datetime.fromtimestamp(int(found[1]), UTC), mrkdwn.unescape(found[2]), said)
        return escape(said)
    if found := _USER.fullmatch(target):
        who = names.get(found[1], said or f"{target[0]}{found[1]}".replace("!", "@"))
        mine = " me" if found[1] == me else ""
        return Markup('<span class="mention{}">{}</span>').format(mine, who)
    if _LINK.fullmatch(target):
        # The page asks no other host for anything, and following a link would.
        return Markup('<span class="link" title="{}">{}</span>').format(target, said or target)
    return escape(said or mrkdwn.unescape(target))


def _time(at: datetime, template: str, fallback: str) -> Markup:
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return Markup('<time datetime="{}" data-shown="{}">{}</time>').format(stamp, template, fallback)
