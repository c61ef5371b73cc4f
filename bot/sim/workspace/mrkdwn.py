"""Slack's text format: what is live in it, and what a person reads.

Only ``& < >`` are special on the wire, and only ``<…>`` is ever live: a mention, a link or a date
(docs.slack.dev, "Formatting message text"). Text in which a stranger's ``<`` was not escaped pings
whomever the stranger likes; :func:`mentions` says whom.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TOKEN = re.compile(r"<([^<>\n]+)>")
"""A live token; Slack accepts no line break and no further angle bracket in one."""

_EMPHASIS = tuple(
    re.compile(rf"(?<![\w{mark}]){mark}(\S|\S[^\n]*?\S){mark}(?![\w{mark}])") for mark in (r"\*", "_", "~")
)
_USER = re.compile(r"@([UW][A-Z0-9]+)")
_GROUP = re.compile(r"!subteam\^(S[A-Z0-9]+)")
_CHANNEL = re.compile(r"#([CDG][A-Z0-9]+)")
_EVERYBODY = re.compile(r"!(channel|here|everyone)")
_DATE = re.compile(r"!date\^(-?\d{1,12})\^([^^]+)(?:\^.*)?")


def escape(text: str) -> str:
    """Make *text* literal: the three replacements Slack documents, and no other."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo :func:`escape`; ``&amp;lt;`` becomes ``&lt;``, as on Slack."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentions(text: str) -> tuple[str, ...]:
    """Whom *text* pings: user and group ids, and ``channel``, ``here`` or ``everyone``, in order."""
    return tuple(_mentions(text))


def display(text: str, names: Mapping[str, str]) -> str:
    """Return *text* as a person reads it: tokens resolved, emphasis marks gone, entities undone.

    *names* maps ids to what is shown for them (``@Hanna``, ``#mfa-approvals``); an id without a name
    is shown as itself. Dates are in UTC, on a 24-hour clock.
    """
    for mark in _EMPHASIS:
        text = mark.sub(r"\1", text)
    # Pieces are unescaped one by one: text that looks like a token only after unescaping is not one.
    pieces = TOKEN.split(text)
    return "".join(
        _shown(piece, names) if place % 2 else unescape(piece) for place, piece in enumerate(pieces)
    )


def _mentions(text: str) -> Iterator[str]:
    for token in TOKEN.findall(text):
        target = token.partition("|")[0]
        for live in (_USER, _GROUP, _EVERYBODY):
            if found := live.fullmatch(target):
                yield found[1]


def _shown(token: str, names: Mapping[str, str]) -> str:
    target, _, label = token.partition("|")
    if found := _DATE.fullmatch(target):
        return _date(int(found[1]), found[2], fallback=unescape(label))
    if found := _EVERYBODY.fullmatch(target):
        return f"@{found[1]}"
    for live in (_USER, _GROUP, _CHANNEL):
        if found := live.fullmatch(target):
            return names.get(found[1], unescape(label) or found[1])
    return unescape(label or target)


def _date(timestamp: int, template: str, *, fallback: str) -> str:
    try:
        moment = datetime.fromtimestamp(timestamp, UTC)
    except (OverflowError, ValueError, OSError):
        return fallback
    unknown = [name for name in re.findall(r"\{(\w+)\}", template) if name not in _FORMATS]
    if unknown:
        return fallback
    return re.sub(r"\{(\w+)\}", lambda found: _FORMATS[found[1]](moment), unescape(template))


def _long(moment: datetime) -> str:
    return f"{moment:%A, %B} {_ordinal(moment.day)}, {moment.year}"


def _full(moment: datetime) -> str:
    return f"{moment:%B} {_ordinal(moment.day)}, {moment.year}"


def _short(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}, {moment.year}"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


# "pretty" forms say today or yesterday on Slack; a transcript that is read later cannot.
_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "date_num": "{:%Y-%m-%d}".format,
    "date_slash": "{:%d/%m/%Y}".format,
    "date": _full,
    "date_pretty": _full,
    "date_short": _short,
    "date_short_pretty": _short,
    "date_long": _long,
    "date_long_pretty": _long,
    "date_long_full": _full,
    "day_divider_pretty": _long,
    "time": _time,
    "time_secs": "{:%H:%M:%S}".format,
    "ago": _short,
}
