"""Authentication phones, and the default method's write (Graph docs).

Source: "authentication-post-phonemethods", "phoneauthenticationmethod-update", "signInPreferences" (beta).
What Graph answers to a wrong body is documented by its status alone.
"""

import re
from collections.abc import Mapping

from bot.sim.tenant.model import RawMethod, User
from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import BETA, Route
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.users import found
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso, not_found

PHONE = "#microsoft.graph.phoneAuthenticationMethod"
IDS: Mapping[str, str] = {
    "mobile": "3179e48a-750b-4051-897c-87b9720928f7",
    "alternateMobile": "b6332ec1-7057-4abe-9331-3d72feddfe41",
    "office": "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
PREFERRED = "userPreferredMethodForSecondaryAuthentication"
PREFERABLE = frozenset({"push", "oath", "voiceMobile", "voiceAlternateMobile", "voiceOffice", "sms"})
FORM = re.compile(r"\+[1-9]\d{0,2} \d{4,14}(?P<extension>x\d{1,6})?", re.ASCII)


def list_phones(call: Call) -> Answer:
    """Answer ``GET /users/{id}/authentication/phoneMethods``."""
    user = found(call)
    phones = (_shown(call.tenant, phone) for phone in _phones(_seen(call, user)))
    return collection(call, phones, Listing(f"users('{user.id}')/authentication/phoneMethods"))


def post_phone(call: Call) -> Answer:
    """Answer ``POST /users/{id}/authentication/phoneMethods``: 201, or 400 where one is there already."""
    user, tenant = found(call), call.tenant
    number, kind = _asked(call)
    there = {str(phone["phoneType"]) for phone in _phones(user)}
    if kind in there:
        raise Rejected(400, "badRequest", f"A phone method of type {kind} exists already.")
    if kind == "alternateMobile" and "mobile" not in there:
        raise Rejected(400, "badRequest", "A mobile phone must be registered before an alternate mobile.")
    made = _method(tenant, number, kind, iso(tenant.now()))
    body = {"@odata.context": call.context(f"users('{user.id}')/authentication/phoneMethods/$entity")}
    return Answer(
        status=201,
        body={**body, **_shown(tenant, made)},
        write=lambda at: tenant.set_methods(user.id, lambda methods: (*methods, made), at=at),
    )


def patch_phone(call: Call) -> Answer:
    """Answer ``PATCH /users/{id}/authentication/phoneMethods/{id}``: 204; a type cannot be changed."""
    user, tenant, key = found(call), call.tenant, call.keys["phone"]
    number, kind = _asked(call)
    before = next((phone for phone in _phones(user) if phone["id"] == key), None)
    if before is None:
        raise not_found(key)
    if kind != before["phoneType"]:
        raise Rejected(400, "badRequest", "The type of a phone method cannot be changed.")
    made = _method(tenant, number, kind, str(before["createdDateTime"]))
    return Answer(
        status=204,
        write=lambda at: tenant.set_methods(
            user.id, lambda methods: tuple(made if one["id"] == key else one for one in methods), at=at
        ),
    )


def patch_preferences(call: Call) -> Answer:
    """Answer ``PATCH /users/{id}/authentication/signInPreferences``: 204."""
    user, tenant = found(call), call.tenant
    match call.json():
        case {"userPreferredMethodForSecondaryAuthentication": str(method), **rest} if (
            method in PREFERABLE and not rest
        ):
            return Answer(status=204, write=lambda at: tenant.prefer(user.id, method, at=at))
        case _:
            raise Rejected(400, "badRequest", f"Invalid value specified for property '{PREFERRED}'.")


def _asked(call: Call) -> tuple[str, str]:
    match call.json():
        case {"phoneNumber": str(number), "phoneType": str(kind), **rest} if kind in IDS and not rest:
            form = FORM.fullmatch(number)
            if form is None or (form["extension"] and kind != "office"):
                raise Rejected(400, "badRequest", "The phone number is not in a form that is supported.")
            return number, kind
        case _:
            raise Rejected(400, "badRequest", "phoneNumber and phoneType are required, and nothing else.")


def _method(tenant: Tenant, number: str, kind: str, since: str) -> RawMethod:
    usable = kind == "mobile" and tenant.sms_sign_in
    return {
        "@odata.type": PHONE,
        "id": IDS[kind],
        "phoneNumber": number,
        "phoneType": kind,
        "smsSignInState": "ready" if usable else "notAllowedByPolicy",
        "createdDateTime": since,
    }


def _seen(call: Call, user: User) -> User:
    return call.tenant.journal.person(user.id, call.as_of) or user


def _phones(user: User) -> list[RawMethod]:
    return [method for method in user.methods if method.get("@odata.type") == PHONE]


def _shown(tenant: Tenant, phone: RawMethod) -> Json:
    """Return a phone as Graph does, its number masked where the caller may see no more."""
    body = {name: value for name, value in phone.items() if name != "@odata.type"}
    number = str(phone["phoneNumber"])
    if tenant.masks_numbers:
        body["phoneNumber"] = re.sub(r"\d(?=(?:\D*\d){2})", "X", number)
    return body


PHONES = "users/{user}/authentication/phoneMethods"
BROAD = frozenset({"UserAuthenticationMethod.ReadWrite.All"})
WRITE_PHONES = BROAD | {"UserAuthMethod-Phone.ReadWrite.All"}
READ_PHONES = WRITE_PHONES | {"UserAuthenticationMethod.Read.All", "UserAuthMethod-Phone.Read.All"}
ROUTES = (
    Route(method="GET", path=PHONES, needs=READ_PHONES, handler=list_phones),
    Route(method="POST", path=PHONES, needs=WRITE_PHONES, handler=post_phone),
    Route(method="PATCH", path=f"{PHONES}/{{phone}}", needs=WRITE_PHONES, handler=patch_phone),
    Route(
        method="PATCH",
        path="users/{user}/authentication/signInPreferences",
        needs=BROAD,
        handler=patch_preferences,
        apis=BETA,
    ),
)
