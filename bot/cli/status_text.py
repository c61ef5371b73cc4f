"""A person's MFA in a terminal: plain lines, in which nothing that strangers wrote controls the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from approvals.model import ChangesNothing, Protection, Request
from bot.cli.domain_text import plain
from commands.federation_model import Unread
from commands.person_model import Method, PersonStatus, Unreadable, Withheld
from commands.picture import Picture, foreseen
from commands.wording import Voice, also, asking, missing, preferred, registered

VOICE = Voice(plain, plain)


def status(found: PersonStatus, live: Request | Unread | None, now: datetime) -> list[str]:
    """Return one person whole, a fact a line."""
    kind = "guest" if found.guest else "member"
    account = "enabled" if found.enabled else "disabled"
    origin = "synchronised from AD" if found.synchronised else "cloud only"
    return [
        f"{plain(found.person.name)}, {plain(found.person.upn)}: {kind}, {account}, {origin}",
        f"MFA         {_state(found.protection)}",
        *_methods(found.methods),
        *_picture(found, now),
        f"roles       {_roles(found.roles)}",
        *(f"protected   {plain(why)}" for why in found.protected),
        *_live(live),
    ]


def _state(found: Protection | Unreadable) -> str:
    return _unreadable(found) if isinstance(found, Unreadable) else f"{found} (per-user)"


def _methods(found: tuple[Method, ...] | Unreadable | Withheld) -> Iterator[str]:
    match found:
        case Unreadable():
            yield f"methods     {_unreadable(found)}"
        case Withheld(why=why):
            yield f"methods     not shown: {why}"
        case ():
            yield "methods     none registered"
        case methods:
            for one in methods:
                detail = f" {plain(one.detail)}" if one.detail else ""
                since = f", since {one.since.date().isoformat()}" if one.since else ""
                yield f"method      {plain(one.name)}{detail}: {one.use}{since}"


def _picture(found: PersonStatus, now: datetime) -> Iterator[str]:
    match found.picture:
        case Withheld():
            return
        case Picture() as seen:
            yield f"default     {preferred(seen.preference, VOICE)}"
            yield f"registered  {registered(seen.registration, VOICE, now)}"
            yield from (f"also        {one}" for one in also(seen.elsewhere, VOICE))
            forecast = foreseen(seen.elsewhere, seen.elsewhere.by)
            if isinstance(forecast, ChangesNothing) and found.protection is not Protection.DISABLED:
                still = asking(forecast.because, VOICE)
                yield f"warning     a suspension would change nothing: {still} still asks"


def _roles(found: tuple[str, ...] | Unreadable) -> str:
    return _unreadable(found) if isinstance(found, Unreadable) else ", ".join(map(plain, found)) or "none"


def _live(found: Request | Unread | None) -> Iterator[str]:
    match found:
        case None:
            yield "suspension  none is live"
        case Unread():
            yield f"suspension  {missing('could not be read', found, VOICE)}"
        case request:
            until = f" until {request.ends_at:%Y-%m-%d %H:%M} UTC" if request.ends_at else ""
            yield f"suspension  {request.label}: {request.state}{until}"


def _unreadable(found: Unreadable) -> str:
    advice = f"; {plain(found.what_to_do)}" if found.what_to_do else ""
    return f"could not be read: {plain(found.why)}{advice}"
