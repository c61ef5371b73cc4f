"""Per-user MFA and the default method (beta only), and the registered methods.

Source: Graph docs, ``authentication-get``, ``authentication-update``, ``signInPreferences``.
"""

from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.passes import shown
from bot.sim.tenant.routes import BETA, Route
from bot.sim.tenant.state import PASS
from bot.sim.tenant.users import found
from bot.sim.tenant.wire import Answer, Call, Rejected

WRITABLE = frozenset({"disabled", "enabled", "enforced"})
PAGING = frozenset({"$skiptoken"})


def get_requirements(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/requirements``."""
    user = found(call)
    state = call.tenant.journal.seen(user.id, call.as_of) or user.mfa
    context = call.context(f"users('{user.id}')/authentication/requirements/$entity")
    return Answer(body={"@odata.context": context, "perUserMfaState": state})


def patch_requirements(call: Call) -> Answer:
    """Answer ``PATCH /users/{id}/authentication/requirements``: 204, or 400 for a state that is not one."""
    user, tenant, cause = found(call), call.tenant, call.received
    match call.json():
        case {"perUserMfaState": str(state), **rest} if state in WRITABLE and not rest:
            return Answer(status=204, write=lambda at: tenant.set_mfa(user.id, state, cause=cause, at=at))
        case _:
            raise Rejected(400, "badRequest", "Invalid value specified for property 'perUserMfaState'.")


def list_methods(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/methods``, which takes no query options."""
    user = found(call)
    if call.query.keys() - PAGING:
        raise Rejected(400, "badRequest", "The query specified in the URI is not valid.")
    listed = (
        shown(call.tenant, user, one) if one.get("@odata.type") == PASS else one for one in user.methods
    )
    return collection(call, listed, Listing(f"users('{user.id}')/authentication/methods"))


def get_preferences(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/signInPreferences``."""
    user = found(call)
    user = call.tenant.journal.person(user.id, call.as_of) or user
    body = {
        "@odata.context": call.context(f"users('{user.id}')/authentication/signInPreferences"),
        "isSystemPreferredAuthenticationMethodEnabled": user.system_preferred,
        "userPreferredMethodForSecondaryAuthentication": user.preferred,
    }
    return Answer(body=body)


REQUIREMENTS = "users/{user}/authentication/requirements"
WRITE_STATE = frozenset({"Policy.ReadWrite.AuthenticationMethod"})
READ_STATE = WRITE_STATE | {"Policy.Read.All"}
PREFERENCES = "users/{user}/authentication/signInPreferences"
READ_METHODS = frozenset({"UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"})
ROUTES = (
    Route(method="GET", path=REQUIREMENTS, needs=READ_STATE, handler=get_requirements, apis=BETA),
    Route(method="PATCH", path=REQUIREMENTS, needs=WRITE_STATE, handler=patch_requirements, apis=BETA),
    Route(method="GET", path=PREFERENCES, needs=READ_METHODS, handler=get_preferences, apis=BETA),
    Route(method="GET", path="users/{user}/authentication/methods", needs=READ_METHODS, handler=list_methods),
)
