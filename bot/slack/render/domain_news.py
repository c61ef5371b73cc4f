"""What has turned with the domains, in a message for the channel."""

from __future__ import annotations

from typing import Final, assert_never

from bot.slack.render.blocks import Message, flow, message, paragraphs
from bot.slack.render.marks import SIGNS, TO_DO, WHAT
from bot.slack.render.text import counted, listed, plain, sentence
from commands.domain_names import shown_domain
from commands.domain_news import DomainNews, Turn, Turned
from commands.federation_model import Grade

NAME: Final = 120
NAMES: Final = 10


def domain_news(news: DomainNews) -> Message:
    """Return what has turned; what is bad stands first."""
    ordered = sorted(news.turns, key=lambda turn: -turn.grade)
    rows = [_row(turn) for turn in ordered]
    return message(_headline(news), paragraphs("news", flow([f"*{_headline(news)}*", *rows])))


def _headline(news: DomainNews) -> str:
    names = dict.fromkeys(shown_domain(turn.domain) for turn in news.turns)
    bad = sum(turn.turned is Turned.BAD for turn in news.turns)
    what = f"{counted(bad, 'problem')}" if bad else "news"
    return f"Federation: {what} of {listed((plain(name, NAME) for name in names), NAMES)}"


def _row(turn: Turn) -> str:
    name = f"*{plain(shown_domain(turn.domain), NAME)}*"
    what = sentence(turn.what, WHAT)
    to_do = f"\n→ {sentence(turn.what_to_do, TO_DO)}" if turn.what_to_do else ""
    match turn.turned:
        case Turned.BAD:
            return f"{SIGNS[turn.grade]} {name} · {what}{to_do}"
        case Turned.CHANGED:
            return f"{SIGNS[Grade.WARNING]} {name} · {what}{to_do}"
        case Turned.WELL:
            return f"{SIGNS[Grade.GOOD]} {name} · well again, no longer so: {what}"
        case never:
            assert_never(never)
