"""``/mfa enable``, ``phone`` and ``default``: changes that stay, asked for with what they would meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from approvals.errors import PortError
from approvals.model import (
    ActionKind,
    Caller,
    EnableMfa,
    Person,
    PhoneNumber,
    PhonePlace,
    Preference,
    Protection,
    Request,
    RequestId,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
)
from approvals.ports import Query, SubjectFacts
from approvals.service import AskChange, Asked, Refusal, Refused
from commands import remarks
from commands.desk import Desk, Errand, said
from commands.factors_model import Factors, Policed, TenantMethods, Unknown
from commands.model import EnableAsked, Guided, LookingUp, NotFound, Reply, RestoreOffered
from commands.numbers import NotANumber, read_number, same
from commands.ports import Registrations, Who
from commands.table import Feature
from commands.wishes import ChangeWish, Default, Enable, Phone

ALL_THREE = frozenset({Feature.PHONE, Feature.DEFAULT_METHOD, Feature.ENABLE})
LOWERED = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
RESTORE_FIRST = Refusal("one_at_a_time", "The person's suspension is live.", "End it: that puts MFA back.")
APPS = {Preference.PUSH, Preference.OATH}
POLICED = {
    Preference.PUSH: Policed.AUTHENTICATOR,
    Preference.OATH: Policed.OATH,
    Preference.SMS: Policed.SMS,
    Preference.VOICE_MOBILE: Policed.VOICE,
    Preference.VOICE_ALTERNATE_MOBILE: Policed.VOICE,
    Preference.VOICE_OFFICE: Policed.VOICE,
}
NEEDS = {
    Preference.SMS: PhonePlace.MOBILE,
    Preference.VOICE_MOBILE: PhonePlace.MOBILE,
    Preference.VOICE_ALTERNATE_MOBILE: PhonePlace.ALTERNATE_MOBILE,
    Preference.VOICE_OFFICE: PhonePlace.OFFICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What the policy says of changes and passes: which are on, and within what bounds."""

    features: frozenset[Feature] = frozenset()
    region: str | None = None
    shared_limit: int = 2
    longest_pass: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where changes are prepared."""

    desk: Desk
    registrations: Registrations
    habits: Habits


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that can be set at a place, and what is to be said of it."""

    number: PhoneNumber
    place: PhonePlace
    remarks: tuple[str, ...]

    @property
    def change(self) -> SetPhone:
        return SetPhone(self.place, self.number.masked)


def answer(bench: Bench, errand: Errand, wish: ChangeWish) -> AsyncIterator[Reply]:
    """Return the replies to *wish*."""
    match wish:
        case Enable():
            return enable(bench, errand, wish)
        case Phone():
            return phone(bench, errand, wish)
        case Default():
            return default(bench, errand, wish)
        case never:
            assert_never(never)


async def enable(bench: Bench, errand: Errand, wish: Enable) -> AsyncIterator[Reply]:
    """Ask for MFA to be turned on; of a suspended person the end is offered instead."""
    yield LookingUp(said(wish.who))
    facts = await _considered(bench, errand, wish.who, ActionKind.ENABLE)
    if not isinstance(facts, SubjectFacts):
        yield facts
        return
    live = await _suspended(bench, facts.person)
    if live is not None:
        await bench.desk.approvals.refuse(errand.caller, errand.to, RESTORE_FIRST)
        yield RestoreOffered(live)
        return
    asked = await bench.desk.approvals.ask_change(
        AskChange(
            caller=errand.caller,
            subject=facts.person.id,
            action=EnableMfa(Protection.ENFORCED if wish.enforced else Protection.ENABLED),
            reason=wish.reason,
            ticket=wish.ticket,
            remarks=(remarks.conditional_access(await bench.registrations.conditional_access()),),
        )
    )
    if isinstance(asked, Asked) and await _could_set_all_up(bench, facts.person):
        yield EnableAsked(asked)
    else:
        yield asked


async def phone(bench: Bench, errand: Errand, wish: Phone) -> AsyncIterator[Reply]:
    """Ask for a phone: the number that was typed, or else the directory's."""
    yield LookingUp(said(wish.who))
    facts = await _considered(bench, errand, wish.who, ActionKind.PHONE)
    if not isinstance(facts, SubjectFacts):
        yield facts
        return
    factors = await bench.registrations.of(facts.person.id)
    chosen = await _number(bench, wish.number, wish.place, factors)
    if isinstance(chosen, Refusal):
        yield await bench.desk.approvals.refuse(errand.caller, errand.to, chosen)
        return
    yield await bench.desk.approvals.ask_change(
        AskChange(
            caller=errand.caller,
            subject=facts.person.id,
            action=chosen.change,
            reason=wish.reason,
            ticket=wish.ticket,
            number=chosen.number,
            remarks=chosen.remarks,
        )
    )


async def default(bench: Bench, errand: Errand, wish: Default) -> AsyncIterator[Reply]:
    """Ask for a default method that is registered; for an app that nobody set up, send the steps instead."""
    yield LookingUp(said(wish.who))
    facts = await _considered(bench, errand, wish.who, ActionKind.DEFAULT)
    if not isinstance(facts, SubjectFacts):
        yield facts
        return
    factors = await bench.registrations.of(facts.person.id)
    if wish.method in APPS and wish.method not in factors.can_prefer:
        told = await bench.desk.approvals.guide(errand.caller, facts.person.id)
        yield told if isinstance(told, Refused) else Guided(told, wish.method)
        return
    refusal = _not_preferable(wish.method, factors, await bench.registrations.tenant())
    if refusal:
        yield await bench.desk.approvals.refuse(errand.caller, errand.to, refusal)
        return
    yield await bench.desk.approvals.ask_change(
        AskChange(
            caller=errand.caller,
            subject=facts.person.id,
            action=SetDefaultMethod(wish.method),
            reason=wish.reason,
            ticket=wish.ticket,
            remarks=tuple(remarks.preference(factors)),
        )
    )


async def set_all_up(bench: Bench, caller: Caller, instead_of: RequestId) -> Reply:
    """Ask for phone, default method and MFA at once, in the place of an undecided request for MFA alone."""
    approvals, before = bench.desk.approvals, await bench.desk.approvals.get(instead_of)
    facts = await approvals.consider(caller, before.subject.id, ActionKind.SET_UP)
    if isinstance(facts, Refused):
        return facts
    factors = await bench.registrations.of(before.subject.id)
    chosen = await _number(bench, None, PhonePlace.MOBILE, factors)
    if isinstance(chosen, Refusal):
        return await approvals.refuse(caller, "/mfa enable", chosen)
    method = _first_choice(factors, await bench.registrations.tenant())
    in_use = remarks.conditional_access(await bench.registrations.conditional_access())
    to = before.action.to if isinstance(before.action, EnableMfa) else Protection.ENABLED
    return await approvals.ask_change(
        AskChange(
            caller=caller,
            subject=before.subject.id,
            action=SetUp(chosen.change, SetDefaultMethod(method), EnableMfa(to)),
            reason=before.reason,
            ticket=before.ticket,
            number=chosen.number,
            remarks=(in_use, *chosen.remarks, *remarks.preference(factors)),
            instead_of=before.id,
        )
    )


async def _considered(
    bench: Bench, errand: Errand, who: Who, kind: ActionKind
) -> SubjectFacts | Refused | NotFound:
    """Find *who* and ask whether a change of theirs may be asked for; before that nothing of them is read."""
    person = await bench.desk.find(errand, who)
    if isinstance(person, NotFound):
        return person
    return await bench.desk.approvals.consider(errand.caller, person.id, kind)


async def _suspended(bench: Bench, person: Person) -> Request | None:
    query = Query(states=LOWERED, kind=ActionKind.SUSPEND, subject=person.id, limit=1)
    live, _ = await bench.desk.approvals.find(query)
    return live[0] if live else None


async def _could_set_all_up(bench: Bench, person: Person) -> bool:
    """Return whether everything is on, and the directory has a number that can be set."""
    if not bench.habits.features >= ALL_THREE:
        return False
    try:
        factors = await bench.registrations.of(person.id)
        return isinstance(await _number(bench, None, PhonePlace.MOBILE, factors), _Number)
    except PortError:  # the request stands already: this is an offer, and no more
        return False


# --- numbers -------------------------------------------------------------------------------


async def _number(
    bench: Bench, typed: PhoneNumber | None, place: PhonePlace, factors: Factors
) -> _Number | Refusal:
    """Read the number and judge whether it can be set at *place*."""
    written = typed or factors.mobile
    if written is None:
        return Refusal(
            "phone",
            "The directory has no mobile number for this person.",
            "Type the number after the person.",
        )
    number = read_number(written.written, place, bench.habits.region)
    if isinstance(number, NotANumber):
        whose = "The number" if typed else "The directory's mobile number"
        return Refusal("phone", f"{whose} cannot be set. {number.why}", "Type another one after the person.")
    tenant = await bench.registrations.tenant()
    refusal = _not_settable(number, place, factors) or _not_allowed(place, tenant)
    if refusal:
        return refusal
    people = await bench.registrations.sharing(number)
    found = (
        remarks.compared(number, factors, bench.habits.region),
        *remarks.registered(place, factors.phones),
        *remarks.shared(people, bench.habits.shared_limit),
        *remarks.uses(place, tenant),
    )
    return _Number(number, place, found)


def _not_settable(number: PhoneNumber, place: PhonePlace, factors: Factors) -> Refusal | None:
    there = {phone.place: phone.number for phone in factors.phones}
    if place in there and there[place].written == number.written:
        name = remarks.PLACES[place]
        return Refusal(
            "phone", f"This number is registered as {name} phone already.", "Nothing is left to do."
        )
    if place is PhonePlace.ALTERNATE_MOBILE and PhonePlace.MOBILE not in there:
        why = "Entra takes a second mobile phone only where a mobile phone is registered."
        return Refusal("phone", why, "Set the mobile phone first.")
    taken = [other for other, its in there.items() if other is not place and same(its, number)]
    if taken:
        why = f"This number is registered as {remarks.PLACES[taken[0]]} phone already."
        return Refusal("phone", why, "A second entry of the same number helps nobody.")
    return None


def _not_allowed(place: PhonePlace, tenant: TenantMethods | Unknown) -> Refusal | None:
    """Refuse what the tenant's policy leaves no use for."""
    if isinstance(tenant, Unknown):
        return None
    useful = {Policed.SMS, Policed.VOICE} if place is PhonePlace.MOBILE else {Policed.VOICE}
    if not useful <= tenant.off:
        return None
    off = " and ".join(sorted(useful))
    why = f"The tenant's policy of authentication methods has {off} off: the phone would be good for nothing."
    return Refusal("phone", why, "Use another method, or have the policy changed in the Entra admin center.")


# --- default methods -----------------------------------------------------------------------


def _not_preferable(method: Preference, factors: Factors, tenant: TenantMethods | Unknown) -> Refusal | None:
    if method not in factors.can_prefer:
        name = remarks.PLACES[NEEDS[method]]
        return Refusal(
            "default_method",
            f"No {name} phone is registered, so {method} cannot be the default.",
            "Ask for the phone first.",
        )
    if factors.preferred is method:
        return Refusal("default_method", f"The default method is {method} already.", "Nothing is left to do.")
    if not isinstance(tenant, Unknown) and POLICED[method] in tenant.off:
        why = f"The tenant's policy of authentication methods has {POLICED[method]} off."
        return Refusal("default_method", why, "Choose another, or have the policy changed.")
    return None


def _first_choice(factors: Factors, tenant: TenantMethods | Unknown) -> Preference:
    """Return the best of what a person would have with a mobile phone: the app before text messages."""
    off = frozenset[Policed]() if isinstance(tenant, Unknown) else tenant.off
    if Preference.PUSH in factors.can_prefer and Policed.AUTHENTICATOR not in off:
        return Preference.PUSH
    return Preference.VOICE_MOBILE if Policed.SMS in off else Preference.SMS
