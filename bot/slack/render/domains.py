"""The answers to ``/domain list`` and ``/domain show``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never

from slack_sdk.models.blocks import Block, ButtonElement

from bot.slack.render.blocks import Message, actions, button, flow, message, paragraphs, section
from bot.slack.render.marks import SIGNS, UNREAD, finding, worst_first
from bot.slack.render.text import code, counted, day, plain, sentence
from commands.domain_names import shown_domain
from commands.federation_model import (
    Authentication,
    Certificate,
    Domain,
    DomainView,
    Federated,
    Grade,
    Held,
    Managed,
    Realm,
    Setting,
    Unread,
    UnreadableCertificate,
)
from commands.model import Button, DomainRow, DomainShown, DomainsShown

NAME: Final = 253
INHERITED: Final = 60
VALUE: Final = 200
MEANING: Final = 200
WHY: Final = 300
THUMBPRINT: Final = 64
CERTIFICATES: Final = 4
FINDINGS_BUDGET: Final = 1_800
SETTINGS_BUDGET: Final = 5_600
"""Of a message's characters; the rest is for the realm, the certificates and what surrounds them."""

KINDS: Final[Mapping[Authentication, str]] = {
    Authentication.FEDERATED: "federated",
    Authentication.MANAGED: "managed",
    Authentication.UNKNOWN: "of a kind that Graph does not tell",
}


# --- list ----------------------------------------------------------------------------------


def domains(shown: DomainsShown) -> Message:
    """Return a page of the list, with buttons to turn it."""
    heading = _heading(shown)
    rows = [_row(row) for row in shown.rows] or ["None."]
    blocks = paragraphs("list", flow([f"*{heading}*", *rows]))
    return message(heading, [*blocks, *actions("pages", *_pages(shown))])


def _heading(shown: DomainsShown) -> str:
    every = counted(shown.total, "domain")
    which = f"{shown.matching} of {every} with “{plain(shown.containing)}”" if shown.containing else every
    return f"{which}, page {shown.page} of {shown.pages}" if shown.pages > 1 else which


def _row(row: DomainRow) -> str:
    kind = KINDS[row.domain.authentication]
    whence = f", from {plain(shown_domain(row.inherits), INHERITED)}" if row.inherits else ""
    return f"• *{plain(row.domain.shown, NAME)}* · {kind}{whence}{_traits(row.domain)}"


def _traits(domain: Domain) -> str:
    verified = "" if domain.verified else " · *not verified*"
    return f"{verified}{' · default' if domain.default else ''}{' · initial' if domain.initial else ''}"


def _pages(shown: DomainsShown) -> list[ButtonElement]:
    """Return the buttons: each holds the command that shows its page, and nothing else."""
    turned: list[ButtonElement] = []
    if shown.page > 1:
        turned.append(button(Button.PREVIOUS, "Previous", _command(shown, shown.page - 1)))
    if shown.page < shown.pages:
        turned.append(button(Button.NEXT, "Next", _command(shown, shown.page + 1)))
    return turned


def _command(shown: DomainsShown, page: int) -> str:
    return " ".join(filter(None, ("/domain list", shown.containing, f"page {page}")))


# --- show ----------------------------------------------------------------------------------


def domain(shown: DomainShown) -> Message:
    """Return everything that is known of a domain."""
    view = shown.view
    blocks: list[Block] = [section("domain", headline(view)), section("realm", _realm(view.realm))]
    blocks += paragraphs("findings", _findings(view))
    match view.sign_in:
        case Federated(settings=settings, certificates=certificates):
            blocks += paragraphs(
                "settings", flow([_setting(one) for one in settings], budget=SETTINGS_BUDGET)
            )
            held = [certificate(one, view.at) for one in certificates[:CERTIFICATES]]
            blocks += paragraphs("certificates", flow(held))
        case Managed(note=note):
            blocks.append(section("note", sentence(note)))
        case Unread():
            blocks.append(section("unread", unread(view.sign_in)))
        case never:
            assert_never(never)
    return message(headline(view), blocks)


def headline(view: DomainView) -> str:
    """Return the domain in a line: ``contoso.com · federated · verified``."""
    domain = view.domain
    whence = ""
    if isinstance(view.sign_in, Federated) and view.sign_in.source != domain.name:
        whence = f", with the settings of {plain(shown_domain(view.sign_in.source), NAME)}"
    verified = " · verified" if domain.verified else ""
    traits = f"{verified}{_traits(domain)}"
    ascii_name = f" ({plain(domain.name, NAME)})" if domain.shown != domain.name else ""
    return f"*{plain(domain.shown, NAME)}*{ascii_name} · {KINDS[domain.authentication]}{whence}{traits}"


def unread(found: Unread) -> str:
    """Return why something could not be read and what would make it readable."""
    return (
        f"{UNREAD} could not be read: {sentence(found.why, WHY)} {sentence(found.what_to_do, WHY)}".rstrip()
    )


def certificate(held: Held, now: datetime) -> str:
    """Return a certificate in three lines: whose, how long, and how to tell it from others."""
    match held.read:
        case UnreadableCertificate(why=why):
            return f"*{plain(held.place)}* {SIGNS[Grade.WRONG]} unreadable: {sentence(why, VALUE)}"
        case Certificate() as read:
            return (
                f"*{plain(held.place)}* {plain(read.subject, VALUE)} · {plain(read.key)}\n"
                f"valid {day(read.not_before)} to {day(read.not_after)}, {_left(read.days_left(now))}\n"
                f"SHA-1 {code(read.sha1, THUMBPRINT)} · SHA-256 {code(read.sha256, THUMBPRINT)}"
            )
        case never:
            assert_never(never)


def _left(days: int) -> str:
    return f"{counted(days, 'day')} left" if days >= 0 else f"*ended {counted(-days, 'day')} ago*"


def _realm(realm: Realm | Unread) -> str:
    if isinstance(realm, Unread):
        return f"*Home realm discovery* {unread(realm)}"
    named = (
        ("brand", realm.brand),
        ("protocol", realm.protocol),
        ("active", realm.active_url),
        ("mex", realm.metadata_url),
    )
    rest = "".join(f" · {name} {code(value, VALUE)}" for name, value in named if value)
    told = f"*People of it will sign in at* {plain(realm.destination, VALUE)}"
    silent = "".join(f"\n{unread(one)}" for one in realm.unread)
    return f"{told}\n*Home realm discovery* says {realm.name_space}{rest}{silent}"


def _findings(view: DomainView) -> list[str]:
    return flow([finding(one) for one in worst_first(view.findings)], budget=FINDINGS_BUDGET)


def _setting(one: Setting) -> str:
    old = f" ({one.msonline})" if one.msonline else ""
    value = code(one.value, VALUE) if one.value else "not set"
    sign = "" if one.grade is Grade.GOOD else f"{SIGNS[one.grade]} "
    return f"{sign}*{one.field}*{old} {value}\n{sentence(one.meaning, MEANING)}"
