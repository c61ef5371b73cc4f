"""Words in Slack's mrkdwn: what people wrote made harmless, times and people as tokens.

Slack makes live what stands in ``<…>`` and nothing else, as long as ``verbatim`` is set (Slack docs,
"Formatting message text"). So everything that is not a token of ours goes through :func:`plain`,
:func:`sentence` or :func:`code`, each bounded *after* escaping, which is how Slack counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import assert_never

from approvals.model import Actor, ChatId, Operator, Person, Relatch
from commands.wording import Voice

NAME = 80
REASON = 2_000
SENTENCE = 900
ELLIPSIS = "…"

_USER = re.compile(r"[UW][A-Z0-9]{1,30}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9]{1,30}", re.ASCII)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_GRAVE = "\N{MODIFIER LETTER GRAVE ACCENT}"
_LOOKALIKES = str.maketrans({"*": "\N{ASTERISK OPERATOR}", "~": "\N{TILDE OPERATOR}", "`": _GRAVE})
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def plain(text: str, limit: int = NAME) -> str:
    """Return what a person wrote as literal text: one line, no style, at most *limit* characters."""
    return _bounded(_visible(text).translate(_LOOKALIKES), limit)


def sentence(text: str, limit: int = SENTENCE) -> str:
    """Return a sentence of ours, which may carry style marks and somebody's words, as one line."""
    return _bounded(_visible(text), limit)


def whole(text: str) -> str:
    """Return what may be half a sentence with a capital at its beginning and a stop at its end."""
    said = sentence(text)
    ended = said if not said or said.endswith((".", "?", ELLIPSIS)) else f"{said}."
    return ended[:1].upper() + ended[1:]


def code(text: str, limit: int = SENTENCE) -> str:
    """Return *text* to be copied, between backticks."""
    return f"`{_bounded(_visible(text).replace('`', _GRAVE), limit) or ' '}`"


def fenced(text: str, limit: int) -> str:
    """Return lines to be copied, in a block of their own, at most *limit* characters without its fences."""
    lines = (_shown(line).replace("`", _GRAVE) for line in text.splitlines())
    return f"```\n{_bounded(chr(10).join(lines), limit)}\n```"


def quoted(text: str, limit: int = REASON) -> str:
    """Return somebody's reason in quotation marks."""
    return f"“{plain(text, limit)}”"


def mention(person: Person) -> str:
    """Return *person* as a mention, or by name without an account here."""
    return plain(person.name) if person.chat is None else handle(person.chat) or plain(person.name)


def handle(who: ChatId | str) -> str:
    """Return a user or user group as a mention; empty for anything else."""
    if _USER.fullmatch(who):
        return f"<@{who}>"
    return f"<!subteam^{who}>" if _GROUP.fullmatch(who) else ""


def by(actor: Actor) -> str:
    """Return who did something."""
    match actor:
        case Person():
            return mention(actor)
        case Operator(name=name):
            return plain(f"cli:{name}")
        case Relatch():
            return "Relatch"
        case never:
            assert_never(never)


def moment(when: datetime) -> str:
    """Return *when* as a date token to the minute, for readers without one in UTC."""
    return _token(when, "{date_short_pretty} at {time}", "%Y-%m-%d %H:%M UTC")


def exact(when: datetime) -> str:
    """Return *when* as a date token to the second."""
    return _token(when, "{date_short_pretty} at {time_secs}", "%Y-%m-%d %H:%M:%S UTC")


def day(when: datetime) -> str:
    """Return the day of *when* as a date token."""
    return _token(when, "{date_short_pretty}", "%Y-%m-%d")


def spell(span: timedelta) -> str:
    """Return *span* in words: ``1 hour 30 minutes``; parts of a second are dropped."""
    left = max(int(span.total_seconds()), 0)
    parts = []
    for size, name in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(counted(number, name))
    return " ".join(parts) or "0 seconds"


def counted(number: int, name: str) -> str:
    """Return ``1 minute`` or ``2 minutes``."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def listed(items: Iterable[str], most: int) -> str:
    """Return up to *most* items with commas, and how many more there are."""
    every = list(items)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")


def _token(when: datetime, shown: str, fallback: str) -> str:
    aware = when.astimezone(UTC)
    return f"<!date^{int(aware.timestamp())}^{shown}|{aware.strftime(fallback)}>"


def _visible(text: str) -> str:
    """Drop what changes how other characters are read: controls, direction marks, zero widths."""
    seen = (" " if char.isspace() else char for char in text if char.isspace() or not _hidden(char))
    return " ".join("".join(seen).split())


def _shown(line: str) -> str:
    """Drop what :func:`_visible` drops, but keep the line's indentation and spacing."""
    return "".join(" " if char.isspace() else char for char in line if char.isspace() or not _hidden(char))


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE


def _bounded(text: str, limit: int) -> str:
    """Escape *text*; cut between characters, never inside an entity."""
    whole = escape(text, quote=False)
    if len(whole) <= limit:
        return whole
    kept, size = [], len(ELLIPSIS)
    for char in text:
        piece = escape(char, quote=False)
        size += len(piece)
        if size > limit:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + ELLIPSIS


VOICE = Voice(lambda text: plain(text, 150), lambda text: sentence(text, 400))
"""How sentences of a status and a forecast are made harmless here."""
