"""Temporary Access Passes (Graph docs).

Source: "authentication-post-temporaryaccesspassmethods", "temporaryAccessPassAuthenticationMethod". A user
has one at most; making another replaces it. What Graph answers while the method is off is documented by its
status alone.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sim.tenant.memberships import groups_of
from bot.sim.tenant.model import PassRules, RawMethod, User
from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.phones import BROAD
from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import PASS, Tenant, new_id
from bot.sim.tenant.users import found
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso, not_found

METHOD = "TemporaryAccessPass"
HARD_RANGE = (10, 43_200)
EVERYBODY = "all_users"
ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789+&!#*"


@dataclass(frozen=True, slots=True)
class _Asked:
    minutes: int
    once: bool
    starts_at: datetime


def list_passes(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/temporaryAccessPassMethods``."""
    user = found(call)
    passes = (shown(call.tenant, user, one) for one in _passes(_seen(call, user)))
    return collection(call, passes, Listing(f"users('{user.id}')/{PASSES}"))


def get_pass(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/temporaryAccessPassMethods/{id}``."""
    user, key = found(call), call.keys["pass"]
    one = next((one for one in _passes(_seen(call, user)) if one["id"] == key), None)
    if one is None:
        raise not_found(key)
    context = {"@odata.context": call.context(f"users('{user.id}')/{PASSES}/$entity")}
    return Answer(body={**context, **shown(call.tenant, user, one)})


def post_pass(call: Call) -> Answer:
    """Answer ``POST /users/{id}/authentication/temporaryAccessPassMethods``: 201, the secret in it."""
    user, tenant = found(call), call.tenant
    asked = _asked(call)
    secret = "".join(secrets.choice(ALPHABET) for _ in range(tenant.pass_rules.length))
    made: RawMethod = {
        "@odata.type": PASS,
        "id": new_id(),
        "createdDateTime": iso(tenant.now()),
        "startDateTime": iso(asked.starts_at),
        "lifetimeInMinutes": asked.minutes,
        "isUsableOnce": asked.once,
    }
    tenant.passes[str(made["id"])] = secret
    body = {"@odata.context": call.context(f"users('{user.id}')/{PASSES}/$entity")}
    return Answer(
        status=201,
        body={**body, **shown(tenant, user, made), "temporaryAccessPass": secret},
        write=lambda at: tenant.set_methods(
            user.id, lambda methods: (*(one for one in methods if not _is_pass(one)), made), at=at
        ),
    )


def delete_pass(call: Call) -> Answer:
    """Answer ``DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}``: 204."""
    user, tenant, key = found(call), call.tenant, call.keys["pass"]
    if key not in {one["id"] for one in _passes(user)}:
        raise not_found(key)
    return Answer(
        status=204,
        write=lambda at: tenant.set_methods(
            user.id, lambda methods: tuple(one for one in methods if one["id"] != key), at=at
        ),
    )


def usable_pass(tenant: Tenant, key: str) -> str | None:
    """Return the secret with which this user could sign in now, if there is one."""
    user = tenant.user(key)
    usable = [one for one in _passes(user) if _usability(tenant, user, one) == "EnabledByPolicy"]
    return tenant.passes[str(usable[0]["id"])] if usable else None


def shown(tenant: Tenant, user: User, method: RawMethod) -> Json:
    """Return a pass as Graph does whenever but at its creation: without its secret."""
    reason = _usability(tenant, user, method)
    return {
        **method,
        "temporaryAccessPass": None,
        "isUsable": reason == "EnabledByPolicy",
        "methodUsabilityReason": reason,
    }


def _asked(call: Call) -> _Asked:
    """Read the body. Raises ``Rejected`` 400 for what the policy does not allow."""
    tenant, body = call.tenant, dict(call.json())
    rules = tenant.pass_rules
    if METHOD not in tenant.methods_allowed:
        raise Rejected(400, "badRequest", "Temporary Access Pass cannot be added: the policy does not allow.")
    minutes, once = body.pop("lifetimeInMinutes", rules.usual), body.pop("isUsableOnce", rules.once)
    starts_at = _moment(body.pop("startDateTime", iso(tenant.now())))
    least, most = max(rules.shortest, HARD_RANGE[0]), min(rules.longest, HARD_RANGE[1])
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not least <= minutes <= most:
        raise Rejected(400, "badRequest", "The lifetime is not one that the policy allows.")
    if body or not isinstance(once, bool) or starts_at is None:
        raise Rejected(400, "badRequest", "A property is not one that a pass has.")
    if rules.once and not once:
        raise Rejected(400, "badRequest", "The policy allows passes for one sign-in only.")
    return _Asked(minutes, once, starts_at)


def _moment(written: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _usability(tenant: Tenant, user: User, method: RawMethod) -> str:
    starts_at = datetime.fromisoformat(str(method["startDateTime"]))
    minutes = method["lifetimeInMinutes"]
    ends_at = starts_at + timedelta(minutes=minutes if isinstance(minutes, int) else 0)
    if METHOD not in tenant.methods_allowed or not _is_target(tenant, user, tenant.pass_rules):
        return "DisabledByPolicy"
    if tenant.now() < starts_at:
        return "NotYetValid"
    return "EnabledByPolicy" if tenant.now() < ends_at else "Expired"


def _is_target(tenant: Tenant, user: User, rules: PassRules) -> bool:
    theirs = {EVERYBODY, *(group.id for group in groups_of(tenant, user.id))}
    return bool(theirs & set(rules.included)) and not theirs & set(rules.excluded)


def _is_pass(method: RawMethod) -> bool:
    return method.get("@odata.type") == PASS


def _passes(user: User) -> list[RawMethod]:
    return [method for method in user.methods if _is_pass(method)]


def _seen(call: Call, user: User) -> User:
    return call.tenant.journal.person(user.id, call.as_of) or user


PASSES = "authentication/temporaryAccessPassMethods"
OF_USER = f"users/{{user}}/{PASSES}"
WRITE_PASSES = BROAD | {"UserAuthMethod-TAP.ReadWrite.All"}
READ_PASSES = WRITE_PASSES | {"UserAuthenticationMethod.Read.All", "UserAuthMethod-TAP.Read.All"}
ROUTES = (
    Route(method="GET", path=OF_USER, needs=READ_PASSES, handler=list_passes),
    Route(method="POST", path=OF_USER, needs=WRITE_PASSES, handler=post_pass),
    Route(method="GET", path=f"{OF_USER}/{{pass}}", needs=READ_PASSES, handler=get_pass),
    Route(method="DELETE", path=f"{OF_USER}/{{pass}}", needs=WRITE_PASSES, handler=delete_pass),
)
