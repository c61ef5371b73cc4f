"""People: one by id or UPN, many by filter, deleted ones, and the end of their sessions."""

from functools import partial

from bot.sim.tenant.model import User
from bot.sim.tenant.odata import selecting
from bot.sim.tenant.paging import Lazy, Listing, collection, selected
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso, not_found

MFA_STATE = "perUserMfaState"
"""Undeclared in the v1.0 metadata, and answered all the same; in lists see ``Tenant.lists_mfa``."""

BASIC = frozenset(
    {"id", "displayName", "givenName", "mail", "surname", "userPrincipalName", "photo"},
)
DEFAULT = (
    *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
    *("preferredLanguage", "surname", "userPrincipalName", "id"),
)
"""What Graph returns without ``$select``; ``accountEnabled`` and ``userType`` are not among it."""

FULL_READ = frozenset({"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"})
READ = FULL_READ | {"User.ReadBasic.All"}


def found(call: Call, key: str = "user") -> User:
    """Return the user that the path names. Raises ``Rejected`` 404."""
    wanted = call.keys[key]
    user = call.tenant.find_user(wanted)
    if user is None:
        raise not_found(wanted)
    return user


def properties(call: Call, user: User) -> Json:
    """Return every property of a user, as a replica that has heard of ``as_of`` shows it."""
    given, _, family = user.display_name.partition(" ")
    revoked = [end.at for end in call.tenant.journal.revocations if end.user_id == user.id]
    return {
        "id": user.id,
        "userPrincipalName": user.upn,
        "displayName": user.display_name,
        "givenName": given or None,
        "surname": family or None,
        "mail": user.mail,
        "userType": user.kind,
        "accountEnabled": user.enabled,
        "onPremisesSyncEnabled": user.synchronised,
        "proxyAddresses": list(user.proxies),
        "businessPhones": [],
        "mobilePhone": user.mobile_phone,
        "jobTitle": user.job_title,
        "officeLocation": None,
        "preferredLanguage": None,
        "isManagementRestricted": user.management_restricted,
        "createdDateTime": iso(user.created_at),
        "signInSessionsValidFromDateTime": iso(max([user.created_at, *revoked])),
        MFA_STATE: call.tenant.journal.seen(user.id, call.as_of) or user.mfa,
    }


FIELDS = frozenset(
    {"id", "userPrincipalName", "displayName", "givenName", "surname", "mail", "userType", "accountEnabled"}
    | {"onPremisesSyncEnabled", "proxyAddresses", "mobilePhone", "jobTitle"}
)
"""What a ``$filter`` over users may name."""

USERS = Listing("users", FIELDS, DEFAULT)


def get_user(call: Call) -> Answer:
    """Answer ``GET /users/{id|upn}``."""
    _respect_basic(call)
    user = found(call)
    body = selected(call, properties(call, user), DEFAULT)
    return Answer(body={"@odata.context": call.context("users/$entity"), **body})


def list_users(call: Call) -> Answer:
    """Answer ``GET /users``."""
    _respect_basic(call)
    asked = MFA_STATE in selecting(call.query.get("$select", ""))
    if asked and call.tenant.lists_mfa == "refused":
        raise Rejected(400, "Request_BadRequest", f"Could not find a property named '{MFA_STATE}'.")
    return collection(call, Lazy([*call.tenant.users.values()], partial(_in_a_list, call)), USERS)


def _in_a_list(call: Call, user: User) -> Json:
    shown = properties(call, user)
    if call.tenant.lists_mfa == "shown":
        return shown
    return {name: value for name, value in shown.items() if name != MFA_STATE}


def get_deleted(call: Call) -> Answer:
    """Answer ``GET /directory/deletedItems/{id}``; a deleted user is found by its object id alone."""
    user = call.tenant.deleted.get(call.keys["item"].casefold())
    if user is None:
        raise not_found(call.keys["item"])
    body = selected(call, properties(call, user), DEFAULT)
    kind = {"@odata.type": "#microsoft.graph.user"}
    return Answer(body={"@odata.context": call.context("directoryObjects/$entity"), **kind, **body})


def list_deleted(call: Call) -> Answer:
    """Answer ``GET /directory/deletedItems/microsoft.graph.user``."""
    gone = (properties(call, user) for user in call.tenant.deleted.values())
    return collection(call, gone, USERS)


def revoke_sessions(call: Call) -> Answer:
    """Answer ``POST /users/{id}/revokeSignInSessions``."""
    user, tenant, cause = found(call), call.tenant, call.received
    return Answer(
        body={"@odata.context": call.context("Edm.Boolean"), "value": True},
        write=lambda at: tenant.revoke_sessions(user.id, cause=cause, at=at),
    )


def _respect_basic(call: Call) -> None:
    """Refuse properties outside the basic profile to an app that may read only that."""
    wanted = set(selecting(call.query.get("$select", "")))
    if not call.tenant.granted & FULL_READ and wanted - BASIC:
        raise Rejected(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )


DELETED = "directory/deletedItems"
REVOKE = frozenset({"User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"})
ROUTES = (
    Route(method="GET", path="users", needs=READ, handler=list_users),
    Route(method="GET", path="users/{user}", needs=READ, handler=get_user),
    Route(method="POST", path="users/{user}/revokeSignInSessions", needs=REVOKE, handler=revoke_sessions),
    Route(method="GET", path=f"{DELETED}/microsoft.graph.user", needs=FULL_READ, handler=list_deleted),
    Route(method="GET", path=f"{DELETED}/{{item}}", needs=FULL_READ, handler=get_deleted),
    Route(
        method="GET", path=f"{DELETED}/microsoft.graph.user/{{item}}", needs=FULL_READ, handler=get_deleted
    ),
)
