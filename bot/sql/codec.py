"""The core's values as JSON and back, exactly: what was read equals what was written.

Unions carry their member's name under ``is``. Durations are whole microseconds, times ISO
8601 in UTC. ``json`` escapes everything beyond ASCII, so any Python string survives.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from approvals.model import (
    Action,
    Actor,
    Approval,
    Briefing,
    CannotTell,
    ChangesNothing,
    ChatId,
    EnableMfa,
    Extend,
    Forecast,
    Hindrance,
    IssuePass,
    Lever,
    News,
    Notice,
    OneShot,
    Operator,
    Person,
    PersonId,
    PhonePlace,
    Preference,
    Protection,
    Relatch,
    RequestId,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    Source,
    Suspend,
    WillWork,
    utc,
)
from bot.sql.tables import Json

_MICROSECOND = timedelta(microseconds=1)


def action_json(action: Action) -> Json:
    """Return *action* as JSON."""
    match action:
        case Suspend():
            lasts = action.lasts // _MICROSECOND
            return {"is": "suspend", "lever": action.lever.value, "lasts": lasts, "group": action.group}
        case Extend():
            return {"is": "extend", "of": action.of, "by": action.by // _MICROSECOND}
        case SetPhone() | SetDefaultMethod() | EnableMfa() | SetUp():
            return _change_json(action)
        case IssuePass(lasts, once, issued):
            return {"is": "pass", "lasts": lasts // _MICROSECOND, "once": once, "issued": issued}
        case never:
            assert_never(never)


def _change_json(action: OneShot) -> Json:
    match action:
        case SetPhone():
            return _phone_json(action)
        case SetDefaultMethod():
            return _default_json(action)
        case EnableMfa():
            return _enable_json(action)
        case SetUp():
            return {
                "is": "set_up",
                "phone": _phone_json(action.phone),
                "default": _default_json(action.default),
                "enable": _enable_json(action.enable),
                "made": action.made,
            }
        case never:
            assert_never(never)


def action_of(seen: Json) -> Action:
    """Return the action that *seen* is; ``ValueError`` for a kind that this version does not know."""
    match seen["is"]:
        case "suspend":
            lasts = seen["lasts"] * _MICROSECOND
            return Suspend(lever=Lever(seen["lever"]), lasts=lasts, group=seen["group"])
        case "extend":
            return Extend(of=RequestId(seen["of"]), by=seen["by"] * _MICROSECOND)
        case "pass":
            return IssuePass(seen["lasts"] * _MICROSECOND, seen["once"], seen["issued"])
        case _:
            return _change_of(seen)


def _change_of(seen: Json) -> OneShot:
    match seen["is"]:
        case "phone":
            return _phone_of(seen)
        case "default":
            return _default_of(seen)
        case "enable":
            return _enable_of(seen)
        case "set_up":
            return SetUp(
                phone=_phone_of(seen["phone"]),
                default=_default_of(seen["default"]),
                enable=_enable_of(seen["enable"]),
                made=seen["made"],
            )
        case unknown:
            raise ValueError(f"an action of an unknown kind: {unknown}")


def _phone_json(change: SetPhone) -> Json:
    return {"is": "phone", "place": change.place.value, "shown": change.shown}


def _phone_of(seen: Json) -> SetPhone:
    return SetPhone(place=PhonePlace(seen["place"]), shown=seen["shown"])


def _default_json(change: SetDefaultMethod) -> Json:
    return {"is": "default", "method": change.method.value}


def _default_of(seen: Json) -> SetDefaultMethod:
    return SetDefaultMethod(method=Preference(seen["method"]))


def _enable_json(change: EnableMfa) -> Json:
    return {"is": "enable", "to": change.to.value}


def _enable_of(seen: Json) -> EnableMfa:
    return EnableMfa(to=Protection(seen["to"]))


def person_json(person: Person) -> Json:
    """Return *person* as JSON."""
    return {"is": "person", "id": person.id, "name": person.name, "upn": person.upn, "chat": person.chat}


def person_of(seen: Json) -> Person:
    """Return the person that *seen* is."""
    chat = None if seen["chat"] is None else ChatId(seen["chat"])
    return Person(id=PersonId(seen["id"]), name=seen["name"], upn=seen["upn"], chat=chat)


def actor_json(actor: Actor) -> Json:
    """Return *actor* as JSON."""
    match actor:
        case Person():
            return person_json(actor)
        case Operator():
            return {"is": "operator", "name": actor.name}
        case Relatch():
            return {"is": "relatch"}
        case never:
            assert_never(never)


def actor_of(seen: Json) -> Actor:
    """Return the actor that *seen* is; ``ValueError`` for one that this version does not know."""
    match seen["is"]:
        case "person":
            return person_of(seen)
        case "operator":
            return Operator(name=seen["name"])
        case "relatch":
            return Relatch()
        case unknown:
            raise ValueError(f"an actor of an unknown kind: {unknown}")


def approval_json(approval: Approval) -> Json:
    """Return *approval* as JSON."""
    return {"by": person_json(approval.by), "at": utc(approval.at).isoformat()}


def approval_of(seen: Json) -> Approval:
    """Return the approval that *seen* is."""
    return Approval(by=person_of(seen["by"]), at=datetime.fromisoformat(seen["at"]))


def briefing_json(briefing: Briefing) -> Json:
    """Return *briefing* as JSON."""
    return {
        "protection": briefing.protection.value,
        "roles": list(briefing.roles),
        "second_factors": briefing.second_factors,
        "requests_last_day": briefing.requests_last_day,
        "suspensions_last_90_days": briefing.suspensions_last_90_days,
        "remarks": list(briefing.remarks),
        "forecast": forecast_json(briefing.forecast),
    }


def briefing_of(seen: Json) -> Briefing:
    """Return the briefing that *seen* is."""
    return Briefing(
        protection=Protection(seen["protection"]),
        roles=tuple(seen["roles"]),
        second_factors=seen["second_factors"],
        requests_last_day=seen["requests_last_day"],
        suspensions_last_90_days=seen["suspensions_last_90_days"],
        remarks=tuple(seen.get("remarks", ())),
        # Rows of earlier versions have none.
        forecast=forecast_of(seen.get("forecast")),
    )


def forecast_json(forecast: Forecast | None) -> Json | None:
    """Return *forecast* as JSON; ``None`` stays ``None``."""
    match forecast:
        case None:
            return None
        case WillWork():
            return {"is": "will_work"}
        case ChangesNothing(because=because):
            return {
                "is": "changes_nothing",
                "because": [{"source": one.source.value, "name": one.name} for one in because],
            }
        case CannotTell(because=why, policies=policies):
            return {"is": "cannot_tell", "because": list(why), "policies": list(policies)}
        case never:
            assert_never(never)


def forecast_of(seen: Json | None) -> Forecast | None:
    """Return the forecast that *seen* is; ``ValueError`` for one that this version does not know."""
    if seen is None:
        return None
    match seen["is"]:
        case "will_work":
            return WillWork()
        case "changes_nothing":
            found = (Hindrance(Source(one["source"]), one["name"]) for one in seen["because"])
            return ChangesNothing(tuple(found))
        case "cannot_tell":
            return CannotTell(tuple(seen["because"]), tuple(seen["policies"]))
        case unknown:
            raise ValueError(f"a forecast of an unknown kind: {unknown}")


def notice_json(notice: Notice | None) -> Json | None:
    """Return *notice* as JSON; ``None`` stays ``None``."""
    if notice is None:
        return None
    return {
        "news": notice.news.value,
        "at": utc(notice.at).isoformat(),
        "by": actor_json(notice.by),
        "detail": notice.detail,
        "count": notice.count,
        "until": None if notice.until is None else utc(notice.until).isoformat(),
    }


def notice_of(seen: Json | None) -> Notice | None:
    """Return the notice that *seen* is; ``None`` stays ``None``."""
    if seen is None:
        return None
    return Notice(
        news=News(seen["news"]),
        at=datetime.fromisoformat(seen["at"]),
        by=actor_of(seen["by"]),
        detail=seen["detail"],
        count=seen["count"],
        until=None if seen["until"] is None else datetime.fromisoformat(seen["until"]),
    )
