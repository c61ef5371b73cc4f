"""Mailboxes in a terminal: plain lines, in which nothing that strangers wrote controls the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cli.domain_text import plain
from commands.diagnosis import Diagnosis
from commands.mailbox_model import Facts, Forwarding, MailboxView, Missing, Replies, Size, quantity


def view(shown: MailboxView) -> list[str]:
    """Return one address whole."""
    facts = shown.facts
    name = f"{plain(facts.name)}, " if facts.name else ""
    address = plain(facts.primary or facts.upn or shown.asked)
    because = f" ({plain(facts.place_because)})" if facts.place_because else ""
    return [
        f"{name}{address}: {shown.kind}",
        f"lives       {shown.place}{because}",
        *_rows(facts),
        *(f"note        {plain(note)}" for note in shown.notes),
        *(line for one in shown.missing for line in missing(one)),
        f"told by     {', '.join(shown.sources) or 'the directory'}",
        *(f"PowerShell  {plain(one)}" for one in shown.cmdlets),
    ]


def missing(one: Missing) -> list[str]:
    """Return what could not be read, and what to do about it."""
    lines = [f"not read    {plain(one.what)} ({one.source}): {plain(one.why)}"]
    return [*lines, f"            {plain(one.what_to_do)}"] if one.what_to_do else lines


def _rows(facts: Facts) -> Iterator[str]:
    if facts.account:
        yield f"account     {plain(facts.upn or '')}, {facts.account}"
    if facts.licences is not None:
        held = [f"{plain(one.name)}{f' ({one.note})' if one.note else ''}" for one in facts.licences]
        yield f"licence     {', '.join(held) or 'none with a mailbox'}"
    if facts.aliases:
        yield f"also        {', '.join(map(plain, facts.aliases))}"
    yield from _forwarding(facts)
    if facts.replies is not None:
        yield f"replies     {_replies(facts.replies)}"
    if facts.last_activity is not None:
        yield f"activity    {facts.last_activity.isoformat()}"
    if facts.size is not None:
        yield f"size        {_size(facts.size)}"
    if facts.protocols is not None:
        told = (f"{protocol} {allowed}" for protocol, allowed in facts.protocols.items())
        yield f"protocols   {', '.join(told)}"


def _forwarding(facts: Facts) -> Iterator[str]:
    ways = [*(facts.forwarding or ()), *(facts.rules or ())]
    yield from (f"forwards    {_way(one)}" for one in ways)
    known = ((facts.forwarding, "on the mailbox"), (facts.rules, "by inbox rules"))
    told = [how for found, how in known if found is not None]
    if told and not ways:
        yield f"forwards    nothing, {' or '.join(told)}"


def _way(one: Forwarding) -> str:
    copy = {True: ", a copy stays", False: ", no copy stays", None: ""}[one.keeps]
    return f"to {plain(one.to)} ({plain(one.by)}{copy})"


def _replies(found: Replies) -> str:
    if not found.on:
        return "off"
    between = ""
    if found.starts and found.ends:
        between = f" {found.starts:%Y-%m-%d %H:%M} to {found.ends:%Y-%m-%d %H:%M} UTC"
    return f"on{between}{f', {found.audience}' if found.audience else ''}"


def _size(found: Size) -> str:
    parts = [quantity(found.used) if found.used is not None else "not known"]
    if found.stops_at is not None:
        parts[0] += f" of {quantity(found.stops_at)}"
    if found.items is not None:
        parts.append(f"{found.items:,} items")
    if found.stops_sending_at is not None:
        parts.append(f"sending stops at {quantity(found.stops_sending_at)}")
    if found.as_of:
        parts.append(f"as of {found.as_of.isoformat()}")
    return ", ".join(parts)


def diagnosis(found: Diagnosis) -> list[str]:
    """Return a pasted text explained."""
    lines = [f"found       {', '.join(found.found)}"]
    lines += [f"proves      {one}" for one in found.proves]
    lines += [f"not proved  {one}" for one in found.does_not]
    lines += [f"looked at   {plain(f'{one.what} {one.follows}')}" for one in found.checked]
    lines += ["", *(f"{place:2}. {plain(step)}" for place, step in enumerate(found.steps, start=1))]
    if found.clients:
        lines += ["", *(f"{'>' if one.seen else ' '} {one.name}: {one.modern}" for one in found.clients)]
    lines += [f"  {one}" for one in found.registry]
    if found.suspension:
        lines += ["", f"Only if neither can be had, in the chat: {plain(found.suspension)}"]
    lines += [f"support     {one}" for one in found.traces]
    return [*lines, "The text was too long: only its beginning was read."] if found.cut else lines
