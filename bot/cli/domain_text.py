"""Domains in a terminal: plain lines, in which nothing that strangers wrote controls the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from commands.domain_names import shown_domain
from commands.federation_model import (
    Authentication,
    Certificate,
    Compared,
    Domain,
    DomainCheck,
    DomainView,
    Federated,
    Finding,
    Grade,
    Held,
    Managed,
    NotTested,
    Realm,
    Relation,
    Setting,
    Step,
    Tested,
    Unread,
    UnreadableCertificate,
    Waiting,
)
from commands.model import DomainRow
from commands.runbooks import Code, Note, Runbook
from commands.words import clean

SIGNS: Final[Mapping[Grade, str]] = {
    Grade.GOOD: "ok     ",
    Grade.NOTE: "note   ",
    Grade.WARNING: "warning",
    Grade.WRONG: "WRONG  ",
}
RELATIONS: Final[Mapping[Relation, Grade]] = {
    Relation.EQUAL: Grade.GOOD,
    Relation.RIGHT: Grade.NOTE,
    Relation.UNKNOWN: Grade.NOTE,
    Relation.WRONG: Grade.WRONG,
}
VERDICTS: Final[Mapping[Grade, str]] = {
    Grade.GOOD: "nothing is wrong",
    Grade.NOTE: "nothing is wrong",
    Grade.WARNING: "it works, but look at the warnings",
    Grade.WRONG: "something is wrong",
}
MARGIN: Final = " " * 8


def plain(text: str) -> str:
    """Return *text* on one line, without anything that a terminal would obey."""
    return clean(text)


def listed(rows: Sequence[DomainRow]) -> list[str]:
    """Return a line for each domain."""
    width = max((len(row.domain.shown) for row in rows), default=0)
    return [f"{plain(row.domain.shown):{width}}  {_kind(row)}" for row in rows] or ["Nothing to show."]


def _kind(row: DomainRow) -> str:
    whence = f", from {shown_domain(row.inherits)}" if row.inherits else ""
    return f"{_authentication(row.domain)}{whence}{_traits(row.domain)}"


def _authentication(domain: Domain) -> str:
    return "unknown" if domain.authentication is Authentication.UNKNOWN else domain.authentication.lower()


def _traits(domain: Domain) -> str:
    verified = "" if domain.verified else ", not verified"
    return f"{verified}{', default' if domain.default else ''}{', initial' if domain.initial else ''}"


def view(shown: DomainView) -> list[str]:
    """Return one domain whole."""
    lines = [f"{plain(shown.domain.shown)}: {_authentication(shown.domain)}{_traits(shown.domain)}"]
    match shown.sign_in:
        case Federated(source=source) if source != shown.domain.name:
            lines.append(f"settings  those of {shown_domain(source)}")
        case Managed(note=note):
            lines.append(plain(note))
        case Unread(why=why, what_to_do=what_to_do):
            lines.append(f"settings  could not be read: {plain(why)} {plain(what_to_do)}".rstrip())
        case _:
            pass
    lines += [*_realm(shown.realm), *_findings(shown.findings)]
    if isinstance(shown.sign_in, Federated):
        lines += [line for one in shown.sign_in.settings for line in _setting(one)]
        lines += [line for one in shown.sign_in.certificates for line in certificate(one, shown.at)]
    return lines


def _realm(realm: Realm | Unread) -> list[str]:
    if isinstance(realm, Unread):
        return [f"realm     could not be read: {plain(realm.why)}"]
    return [
        f"sign-in   {plain(realm.destination)}",
        f"realm     {realm.name_space} {plain(realm.brand)}".rstrip(),
        *(f"realm     could not be read: {plain(one.why)}" for one in realm.unread),
    ]


def _setting(one: Setting) -> list[str]:
    old = f" ({one.msonline})" if one.msonline else ""
    return [f"{one.field}{old}: {plain(one.value) or 'not set'}", f"{MARGIN}{plain(one.meaning)}"]


def certificate(held: Held, now: datetime) -> list[str]:
    """Return a certificate in a few lines."""
    match held.read:
        case UnreadableCertificate(why=why):
            return [f"{plain(held.place)}: unreadable: {plain(why)}"]
        case Certificate() as read:
            span = f"{read.not_before:%Y-%m-%d} to {read.not_after:%Y-%m-%d}"
            return [
                f"{plain(held.place)}: {plain(read.subject)}, {plain(read.key)}",
                f"{MARGIN}valid {span}, {read.days_left(now)} days left",
                f"{MARGIN}SHA-1 {read.sha1}",
                f"{MARGIN}SHA-256 {read.sha256}",
            ]
        case never:
            assert_never(never)


def step(one: Step) -> list[str]:
    """Return a step that is over."""
    name = f"{one.kind} {plain(one.about)}".rstrip()
    match one.outcome:
        case Waiting():
            return []
        case NotTested(why=why):
            return [f"-       {name}: not tested: {plain(why)}"]
        case Tested() as tested:
            took = f"{tested.took.total_seconds() * 1000:.0f} ms"
            head = f"{SIGNS[tested.grade]} {name}, {took}: {plain(tested.tried)}"
            return [head, *(f"{MARGIN}{line}" for line in _findings(tested.findings))]
        case never:
            assert_never(never)


def conclusion(check: DomainCheck) -> list[str]:
    """Return what follows from all steps together, and the verdict."""
    sides = [line for one in check.compared for line in _compared(one)]
    verdict = VERDICTS[check.grade] if check.view is not None else "Entra could not be asked"
    name = plain(shown_domain(check.name))
    return [
        *sides,
        *_findings(check.health),
        f"{name}: {verdict} ({check.took.total_seconds():.1f} s)",
    ]


def _compared(one: Compared) -> list[str]:
    head = f"{SIGNS[RELATIONS[one.relation]]} {one.property}: {one.relation}"
    if one.relation is Relation.EQUAL:
        return [f"{head}: {plain(one.entra)}"]
    lines = [head, f"{MARGIN}Entra    {plain(one.entra)}", f"{MARGIN}service  {plain(one.service)}"]
    rest = filter(None, (plain(one.consequence), plain(one.what_to_do)))
    return [*lines, *(f"{MARGIN}{text}" for text in rest)]


def _findings(found: Iterable[Finding]) -> list[str]:
    return [
        line
        for one in found
        for line in (
            f"{SIGNS[one.grade]} {plain(one.what)}",
            *([f"{MARGIN}{plain(one.what_to_do)}"] if one.what_to_do else []),
        )
    ]


def runbook(shown: Runbook) -> list[str]:
    """Return a runbook; lines to copy stand as they are."""
    lines = [f"{plain(shown.title)}: a runbook; nothing was changed", ""]
    lines += [f"! {plain(text)}" for text in shown.warnings]
    for part in shown.parts:
        lines += ["", plain(part.heading), ""]
        for item in part.items:
            match item:
                case Note(text=text):
                    lines.append(f"* {plain(text)}")
                case Code(where=where, lines=code):
                    lines += ["", f"# {where}", *map(_kept, code.splitlines()), ""]
                case never:
                    assert_never(never)
    return lines


def _kept(line: str) -> str:
    """Return a line to copy, with its indentation."""
    return line[: len(line) - len(line.lstrip(" "))] + plain(line)
