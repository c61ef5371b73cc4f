"""What a change is weighed against: registered methods, the directory's number, the tenant's policies.

Source: Graph docs, "user resource type" (mobilePhone), "authenticationMethodsPolicy",
"smsAuthenticationMethodTarget", "conditionalAccessPolicy". The list of Conditional Access policies takes
one request a second in a tenant, and names no time to wait: what it says is kept for a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from approvals.errors import Never, PortError
from approvals.model import PersonId, PhoneNumber, PhonePlace, Preference
from bot.entra import methods
from bot.entra.address import path
from bot.entra.answers import Json
from bot.entra.batch import Get
from bot.entra.client import GraphClient
from bot.entra.lists import Unread, settled
from bot.entra.passes import pass_policy
from bot.entra.permissions import Permission, needing
from bot.entra.phones import registered
from bot.entra.preferences import preferences
from commands.factors_model import Factors, Policed, RegisteredPhone, TenantMethods, Unknown
from commands.numbers import spellings
from commands.passes_model import PassPolicy

KEPT: Final = 60.0
"""Seconds for which a policy of the tenant is taken to be as it was."""
_USER: Final = {"$select": "id,mobilePhone,onPremisesSyncEnabled"}
_CA: Final = path("/identity/conditionalAccess/policies")
_METHODS: Final = path("/policies/authenticationMethodsPolicy")
_POLICED: Final[Mapping[str, Policed]] = {
    "sms": Policed.SMS,
    "voice": Policed.VOICE,
    "microsoftauthenticator": Policed.AUTHENTICATOR,
    "softwareoath": Policed.OATH,
}
_APPS: Final[Mapping[str, frozenset[Preference]]] = {
    "microsoftAuthenticator": frozenset({Preference.PUSH, Preference.OATH}),
    "softwareOath": frozenset({Preference.OATH}),
    "hardwareOath": frozenset({Preference.OATH}),
}
_PHONES: Final[Mapping[PhonePlace, frozenset[Preference]]] = {
    PhonePlace.MOBILE: frozenset({Preference.SMS, Preference.VOICE_MOBILE}),
    PhonePlace.ALTERNATE_MOBILE: frozenset({Preference.VOICE_ALTERNATE_MOBILE}),
    PhonePlace.OFFICE: frozenset({Preference.VOICE_OFFICE}),
}


@dataclass(slots=True)
class EntraRegistrations:
    """Satisfies ``commands.ports.Registrations``."""

    graph: GraphClient
    monotonic: Callable[[], float]
    _in_use: tuple[float, int] | None = field(default=None, init=False)

    async def of(self, who: PersonId) -> Factors:
        """Return what *who* has registered, and what the directory has as their mobile number."""
        question = methods.question(who)
        user, listed = await self.graph.batch("v1.0", [Get(path("/users/{}", who), _USER), question.get])
        with needing(Permission.READ_PEOPLE):
            account = user.take()
        [items] = await settled(self.graph, [question], [listed])
        if isinstance(items, Unread):
            raise items.error
        phones = await registered(self.graph, who)
        chosen, overridden = await self._preferred(who)
        mobile = account.get("mobilePhone")
        return Factors(
            mobile=PhoneNumber(mobile) if isinstance(mobile, str) and mobile.strip() else None,
            synchronised=account.get("onPremisesSyncEnabled") is True,
            phones=tuple(RegisteredPhone(phone.place, phone.number) for phone in phones),
            can_prefer=_possible(items, (phone.place for phone in phones)),
            preferred=chosen,
            system_preferred=overridden,
        )

    async def _preferred(self, who: PersonId) -> tuple[Preference | None, bool | None]:
        """Read the default (beta); what cannot be read is not known, and stops nothing."""
        try:
            found = await preferences(self.graph, who)
        except Never:
            return None, None
        return found.method, found.system_preferred

    async def sharing(self, number: PhoneNumber) -> int:
        """Return how many people the directory has this mobile number for, however it is written."""
        wanted = ", ".join(f"'{one}'" for one in spellings(number))
        asked = {"$select": "id", "$filter": f"mobilePhone in ({wanted})"}
        with needing(Permission.READ_PEOPLE):
            return len(await self.graph.every("v1.0", path("/users"), asked))

    async def tenant(self) -> TenantMethods | Unknown:
        """Return what the tenant's policy of authentication methods has on and off."""
        try:
            with needing(Permission.READ_STATE):
                body = await self.graph.get("v1.0", _METHODS)
        except PortError as error:
            return _unknown(error)
        return _tenant(body)

    async def passes(self, who: PersonId) -> PassPolicy:
        """Return what the tenant lets a Temporary Access Pass of *who* be."""
        return await pass_policy(self.graph, who)

    async def conditional_access(self) -> int | Unknown:
        """Return how many Conditional Access policies are on."""
        now = self.monotonic()
        if self._in_use is not None and now - self._in_use[0] < KEPT:
            return self._in_use[1]
        try:
            with needing(Permission.READ_STATE):
                policies = await self.graph.every("v1.0", _CA, {"$select": "id,state"})
        except PortError as error:
            return _unknown(error)
        number = len([one for one in policies if one.get("state") == "enabled"])
        self._in_use = now, number
        return number


def _possible(items: Iterable[Json], places: Iterable[PhonePlace]) -> frozenset[Preference]:
    kinds = {
        str(item.get("@odata.type")).rpartition(".")[2].removesuffix("AuthenticationMethod") for item in items
    }
    found = [_APPS[kind] for kind in kinds if kind in _APPS] + [_PHONES[place] for place in places]
    return frozenset[Preference]().union(*found)


def _tenant(body: Json) -> TenantMethods:
    off, signing_in = set[Policed](), False
    configurations = body.get("authenticationMethodConfigurations")
    for one in configurations if isinstance(configurations, list) else []:
        kind = _POLICED.get(str(one.get("id")).lower())
        if kind is None:
            continue
        if one.get("state") == "disabled":
            off.add(kind)
        elif kind is Policed.SMS:
            targets = one.get("includeTargets") or []
            signing_in = any(target.get("isUsableForSignIn") is True for target in targets)
    return TenantMethods(frozenset(off), signing_in)


def _unknown(error: PortError) -> Unknown:
    return Unknown(error.why, error.what_to_do if isinstance(error, Never) else "")
