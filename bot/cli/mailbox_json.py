"""Mailboxes for machines: names in snake case, times in ISO 8601 UTC, sizes in bytes, unknown is null."""

from __future__ import annotations

from typing import Any, TypeAlias

from commands.diagnosis import Diagnosis
from commands.mailbox_model import Forwarding, Licence, MailboxView, Missing, Replies, Size

Json: TypeAlias = dict[str, Any]


def view(shown: MailboxView) -> Json:
    """Return one address whole."""
    facts = shown.facts
    return {
        "asked": shown.asked,
        "kind": shown.kind.name.lower(),
        "kind_in_words": shown.kind.value,
        "place": shown.place.name.lower(),
        "place_because": facts.place_because,
        "name": facts.name,
        "user_principal_name": facts.upn,
        "primary_address": facts.primary,
        "other_addresses": list(facts.aliases or ()),
        "account": facts.account,
        "licences": None if facts.licences is None else [_licence(one) for one in facts.licences],
        "forwarding": _forwardings(facts.forwarding),
        "forwarding_rules": _forwardings(facts.rules),
        "automatic_replies": None if facts.replies is None else _replies(facts.replies),
        "last_activity": facts.last_activity.isoformat() if facts.last_activity else None,
        "size": None if facts.size is None else _size(facts.size),
        "protocols": None
        if facts.protocols is None
        else {protocol.name.lower(): allowed.name.lower() for protocol, allowed in facts.protocols.items()},
        "notes": list(shown.notes),
        "sources": [one.name.lower() for one in shown.sources],
        "missing": [_missing(one) for one in shown.missing],
        "cmdlets": list(shown.cmdlets),
        "at": shown.at.isoformat(timespec="seconds"),
    }


def _licence(one: Licence) -> Json:
    return {"name": one.name, "ready": one.ready, "note": one.note or None}


def _forwardings(found: tuple[Forwarding, ...] | None) -> list[Json] | None:
    if found is None:
        return None
    return [{"to": one.to, "by": one.by, "keeps_copy": one.keeps} for one in found]


def _replies(found: Replies) -> Json:
    return {
        "on": found.on,
        "starts": found.starts.isoformat(timespec="seconds") if found.starts else None,
        "ends": found.ends.isoformat(timespec="seconds") if found.ends else None,
        "audience": found.audience or None,
    }


def _size(found: Size) -> Json:
    return {
        "used": found.used,
        "items": found.items,
        "warns_at": found.warns_at,
        "stops_sending_at": found.stops_sending_at,
        "stops_at": found.stops_at,
        "as_of": found.as_of.isoformat() if found.as_of else None,
    }


def _missing(one: Missing) -> Json:
    return {
        "source": one.source.name.lower(),
        "what": one.what,
        "why": one.why,
        "what_to_do": one.what_to_do or None,
    }


def diagnosis(found: Diagnosis) -> Json:
    """Return a pasted text explained."""
    return {
        "found": list(found.found),
        "proves": list(found.proves),
        "does_not_prove": list(found.does_not),
        "checked": [{"what": one.what, "follows": one.follows or None} for one in found.checked],
        "steps": list(found.steps),
        "clients": [
            {"name": one.name.value, "modern_authentication": one.modern, "seen": one.seen}
            for one in found.clients
        ],
        "registry": list(found.registry),
        "suspension": found.suspension or None,
        "traces": list(found.traces),
        "cut": found.cut,
    }
