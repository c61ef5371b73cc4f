"""The answer to ``/mailbox show``: always the same facts in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from slack_sdk.models.blocks import Block

from bot.slack.render.blocks import Message, flow, message, paragraphs, section, small
from bot.slack.render.marks import UNREAD
from bot.slack.render.text import code, listed, moment, plain, sentence
from commands.mailbox_model import Facts, Forwarding, MailboxView, Missing, Replies, Size, quantity

ADDRESS: Final = 254
LISTED: Final = 120
ALIASES: Final = 12
FORWARDINGS: Final = 8
FACTS_BUDGET: Final = 6_500
MISSING_BUDGET: Final = 3_500
CMDLET: Final = 400


def mailbox(view: MailboxView) -> Message:
    """Return everything that is known of an address."""
    head = headline(view)
    blocks: list[Block] = [section("mailbox", head)]
    blocks += paragraphs("facts", flow(list(_facts(view)), budget=FACTS_BUDGET))
    blocks += paragraphs("missing", flow([missing(one) for one in view.missing], budget=MISSING_BUDGET))
    asked = listed(view.sources, len(view.sources)) or "the directory"
    shell = "\n".join(code(one, CMDLET) for one in view.cmdlets)
    blocks.append(small("sources", f"Told by {asked}. The same in PowerShell:\n{shell}"))
    return message(head, blocks)


def headline(view: MailboxView) -> str:
    """Return the address in a line: ``Lee Jansen · lee@contoso.com · user mailbox``."""
    facts = view.facts
    address = facts.primary or facts.upn or view.asked
    name = f"*{plain(facts.name)}* · " if facts.name else ""
    return f"{name}{plain(address, ADDRESS)} · {view.kind}"


def missing(one: Missing) -> str:
    """Return what could not be read, why, and what would make it readable."""
    to_do = f"\n→ {sentence(one.what_to_do, 300)}" if one.what_to_do else ""
    return f"{UNREAD} {sentence(one.what, 150)} ({one.source}): {sentence(one.why, 300)}{to_do}"


def _facts(view: MailboxView) -> Iterator[str]:
    facts = view.facts
    because = f" ({sentence(facts.place_because, 250)})" if facts.place_because else ""
    yield f"*Mailbox lives* {_where(view)}{because}"
    if facts.account:
        yield f"*Account* {plain(facts.upn or '', ADDRESS)} · {facts.account}"
    yield from _licence(facts)
    if facts.aliases:
        yield f"*Other addresses* {listed((plain(one, LISTED) for one in facts.aliases), ALIASES)}"
    yield from _mail(facts)
    yield from _protocols(facts)
    yield from (f":information_source: {sentence(note, 400)}" for note in view.notes)


def _where(view: MailboxView) -> str:
    return f"in {view.place}" if view.place == "Exchange Online" else str(view.place)


def _licence(facts: Facts) -> Iterator[str]:
    if facts.licences is None:
        return
    held = (f"{plain(one.name)}{f' ({plain(one.note)})' if one.note else ''}" for one in facts.licences)
    yield f"*Licence* {listed(held, 6) or 'none with a mailbox'}"


def _mail(facts: Facts) -> Iterator[str]:
    ways = [*(facts.forwarding or ()), *(facts.rules or ())]
    if ways:
        yield f"*Forwarding* {listed(map(_forwarding, ways), FORWARDINGS)}"
    elif facts.forwarding is not None or facts.rules is not None:
        known = ((facts.forwarding, "on the mailbox"), (facts.rules, "by inbox rules"))
        yield f"*Forwarding* none {' or '.join(how for told, how in known if told is not None)}"
    if facts.replies is not None:
        yield f"*Automatic replies* {_replies(facts.replies)}"
    if facts.last_activity is not None:
        yield f"*Last activity* {_day(facts.last_activity)}"
    if facts.size is not None:
        yield f"*Size* {_size(facts.size)}"


def _forwarding(one: Forwarding) -> str:
    copy = {True: ", a copy stays", False: ", no copy stays", None: ""}[one.keeps]
    return f"to {plain(one.to, LISTED)} ({plain(one.by)}{copy})"


def _replies(found: Replies) -> str:
    if not found.on:
        return "off"
    span = f" {moment(found.starts)} to {moment(found.ends)}" if found.starts and found.ends else ""
    return f"on{span}{f', {found.audience}' if found.audience else ''}"


def _size(found: Size) -> str:
    used = quantity(found.used) if found.used is not None else "not known"
    bound = f" of {quantity(found.stops_at)}" if found.stops_at is not None else ""
    items = f", {found.items:,} items" if found.items is not None else ""
    stops = found.stops_sending_at
    sending = f"; sending stops at {quantity(stops)}" if stops is not None else ""
    as_of = f" (as of {_day(found.as_of)})" if found.as_of else ""
    return f"{used}{bound}{items}{sending}{as_of}"


def _protocols(facts: Facts) -> Iterator[str]:
    if facts.protocols is not None:
        told = (f"{protocol} {allowed}" for protocol, allowed in facts.protocols.items())
        yield f"*Protocols* {' · '.join(told)}"


def _day(when: date) -> str:
    return f"{when.day} {when:%b %Y}"
