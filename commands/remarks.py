"""What approver and requester are told before a change: sentences of facts, numbers masked."""

from __future__ import annotations

from collections.abc import Iterator

from approvals.model import PhoneNumber, PhonePlace
from commands.factors_model import Factors, Policed, RegisteredPhone, TenantMethods, Unknown
from commands.numbers import NotANumber, read_number, same

PLACES = {
    PhonePlace.MOBILE: "mobile",
    PhonePlace.ALTERNATE_MOBILE: "second mobile",
    PhonePlace.OFFICE: "office",
}


def compared(number: PhoneNumber, factors: Factors, region: str | None) -> str:
    """Say how *number* compares with the directory's mobile number, and where that comes from."""
    if factors.mobile is None:
        return "Directory's mobile: the directory has none, so nothing vouches for this number."
    source = "synchronised from the directory on premises" if factors.synchronised else "cloud only"
    theirs = read_number(factors.mobile.written, PhonePlace.OFFICE, region)
    if isinstance(theirs, NotANumber):
        return f"Directory's mobile ({source}): it cannot be read as a number, so the number differs from it."
    found = f"Directory's mobile {theirs.masked} ({source})"
    if same(number, theirs):
        return f"{found}: the number is the same as the directory's mobile."
    return f":warning: {found}: the number differs from it."


def registered(place: PhonePlace, phones: tuple[RegisteredPhone, ...]) -> Iterator[str]:
    """Say which phones are there, and what would be replaced."""
    if not phones:
        yield "Registered phones: none."
        return
    listed = ", ".join(f"{PLACES[phone.place]} {phone.number.masked}" for phone in phones)
    yield f"Registered phones: {listed}."
    for phone in phones:
        if phone.place is place:
            yield f":warning: The {PLACES[place]} {phone.number.masked} would be replaced."


def shared(people: int, limit: int) -> Iterator[str]:
    """Flag a number that more people have than the policy finds usual."""
    if people > limit:
        yield f":warning: {people} people in the directory have this number, more than {limit}: is it shared?"


def uses(place: PhonePlace, tenant: TenantMethods | Unknown) -> Iterator[str]:
    """Say what else the number would be good for."""
    if place is PhonePlace.ALTERNATE_MOBILE:
        yield "It takes calls only, and does not serve self-service password reset."
        return
    if place is PhonePlace.OFFICE:
        yield "It takes calls only, and also serves self-service password reset."
        return
    yield f"The number also serves self-service password reset{_sign_in(tenant)}."
    if not isinstance(tenant, Unknown) and Policed.SMS in tenant.off:
        yield "The tenant's policy has text messages off: the number takes calls only."


def _sign_in(tenant: TenantMethods | Unknown) -> str:
    if isinstance(tenant, Unknown):
        return "; whether SMS sign-in is allowed could not be read"
    if tenant.sms_sign_in:
        return ", and the tenant's policy allows SMS sign-in: it could sign in by itself"
    return "; SMS sign-in is off by the tenant's policy"


def conditional_access(in_use: int | Unknown) -> str:
    """Say whether Conditional Access is in use: Microsoft advises against both."""
    match in_use:
        case Unknown(why=why, what_to_do=what_to_do):
            repair = f" ({what_to_do})" if what_to_do else ""
            return f":grey_question: Whether Conditional Access is in use could not be read: {why}{repair}."
        case 0:
            return "Conditional Access is not in use: no policy is on."
        case number:
            policies = "1 policy is on" if number == 1 else f"{number} policies are on"
            advice = "Microsoft advises against per-user MFA beside it"
            return f":warning: Conditional Access is in use ({policies}): {advice}."


def preference(factors: Factors) -> Iterator[str]:
    """Say what the default is now, and whether it counts at all."""
    yield f"Default method now: {factors.preferred or 'none chosen'}."
    if factors.system_preferred:
        yield (
            ":warning: System-preferred MFA is on: Entra offers the strongest method whatever the default "
            "(apart from the NPS extension and the AD FS adapter)."
        )
    elif factors.system_preferred is None:
        yield "Whether system-preferred MFA overrides the default could not be read."
