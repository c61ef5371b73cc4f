"""The Entra side: hosts, clock, token, permissions, and when the credential ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final, assert_never

from approvals.errors import Later, Never, PortError
from approvals.model import PersonId
from bot import reviewed
from bot.checking.model import Line, Place, Probe, ending, failed, note, ok, warning
from bot.config import Certificate, ClientSecret, FederatedToken
from bot.entra import credentials
from bot.entra.answers import Refused
from bot.entra.claims import roles
from bot.entra.expiry import NEEDS, certificate_end, secret_end
from bot.entra.grants import Grant, broad, cloud_of, grants
from bot.entra.moment import ahead
from bot.entra.permissions import Permission, repair
from bot.entra.trials import TRIALS, somebody

CLOCK: Final = "clock"
SIGN_IN: Final = "sign-in"
NOTICEABLE, TOO_MUCH = timedelta(seconds=60), timedelta(seconds=300)
_SET_CLOCK: Final = "let this machine keep its time by NTP"
_RENEW: Final = "make a new one in the app registration, set it, restart, and delete the old one"


async def _clock(place: Place) -> Iterable[Line]:
    entra = place.configuration.settings.entra
    by = await ahead(entra.authority, place.trust, place.clock.now)
    seconds = round(abs(by).total_seconds())
    says = f"{seconds} s {'ahead of' if by > timedelta() else 'behind'} Microsoft's"
    match abs(by):
        case off if off > TOO_MUCH:
            return [failed(CLOCK, f"{says}: sign-in and Slack's signatures are refused", _SET_CLOCK)]
        case off if off > NOTICEABLE:
            return [warning(CLOCK, says, _SET_CLOCK)]
        case _:
            return [ok(CLOCK, says)]


async def _token(place: Place) -> Iterable[Line]:
    entra = place.configuration.settings.entra
    await place.tokens.of(entra.graph).token()
    return [ok(SIGN_IN, f"had from {entra.authority} for {entra.graph}")]


async def _credential(place: Place) -> Iterable[Line]:
    """Say when the credential ends: a certificate by its own word, a secret by the registration's."""
    settings = place.configuration.settings
    match settings.credential:
        case Certificate(path=path, password=password):
            file = credentials.Certificate(path, password.get_secret_value() if password else "")
            return [ending("certificate", certificate_end(file), place.clock.now(), _RENEW)]
        case FederatedToken():
            return [ok("federated token", "renewed by the platform: nothing of it expires here")]
        case ClientSecret(secret=secret):
            return [await _secret(place, secret.get_secret_value())]
        case never:
            assert_never(never)


async def _secret(place: Place, secret: str) -> Line:
    name = "client secret"
    by_hand = "look at the app registration, Certificates & secrets, and note its end"
    try:
        end = await secret_end(place.graph, place.configuration.settings.entra.client_id, secret)
    except Refused as error:
        if error.trace.status != HTTPStatus.FORBIDDEN:
            raise
        return note(name, f"its end cannot be read without {NEEDS}, which Relatch does not need", by_hand)
    if end is None:
        return note(name, "the registration shows no secret that begins like this one", by_hand)
    return ending(name, end, place.clock.now(), _RENEW)


async def _permissions(place: Place) -> Iterable[Line]:
    """Look at each permission that the policy needs, then at those that are more than it needs."""
    entra = place.configuration.settings.entra
    granted = roles(await place.tokens.of(entra.graph).token())
    national = cloud_of(entra.graph) is not None
    needed = grants(reviewed.features_of(place.configuration.policy, national=national))
    who = await _anybody(place)
    lines = [
        _granted(
            one,
            await _tried(place, one.permission, who),
            has=None if granted is None else one.permission in granted,
        )
        for one in needed
    ]
    return [*lines, *_surplus(needed, granted or frozenset())]


@dataclass(frozen=True, slots=True)
class _Trial:
    """What came of trying a permission; ``tried`` is false where there is no harmless call."""

    tried: bool
    error: PortError | None = None


async def _anybody(place: Place) -> PersonId | PortError:
    try:
        return await somebody(place.graph)
    except PortError as error:
        return error


async def _tried(place: Place, permission: Permission, who: PersonId | PortError) -> _Trial:
    trial = TRIALS.get(permission)
    if trial is None:
        return _Trial(tried=False)
    if isinstance(who, PortError):
        said = isinstance(who, Later) or permission is Permission.READ_PEOPLE
        return _Trial(tried=said, error=who if said else None)
    try:
        await trial(place.graph, who)
    except PortError as error:
        return _Trial(tried=True, error=error)
    return _Trial(tried=True)


def _granted(grant: Grant, trial: _Trial, *, has: bool | None) -> Line:
    name, missing = str(grant.permission), f"not granted; it is needed to {grant.why}"
    if trial.error is not None:
        return _not_working(grant, trial.error, has=has)
    match trial.tried, has:
        case True, False:
            return warning(name, f"{missing}; a broader one does", repair(grant.permission))
        case True, _:
            return ok(name, f"granted and tried, to {grant.why}")
        case False, True:
            return ok(name, f"granted, to {grant.why}")
        case False, False:
            return _missing(grant)
        case _:
            return note(name, "not to be tried without changing something", "look at the app's permissions")


def _missing(grant: Grant) -> Line:
    says, name = f"not granted; it is needed to {grant.why}", str(grant.permission)
    if grant.optional:
        return warning(name, f"{says}; without it, the rest is shown", repair(grant.permission))
    return failed(name, says, repair(grant.permission))


def _not_working(grant: Grant, error: PortError, *, has: bool | None) -> Line:
    name = str(grant.permission)
    forbidden = isinstance(error, Refused) and error.trace.status == HTTPStatus.FORBIDDEN
    if has is False or (forbidden and has is None):
        return _missing(grant)
    if forbidden:
        lag = "a consent can take some minutes; a licence may be missing"
        return failed(name, f"granted, and refused all the same ({error.why})", lag)
    return failed(name, error.why, error.what_to_do if isinstance(error, Never) else "try again")


def _surplus(needed: Iterable[Grant], granted: frozenset[str]) -> Iterator[Line]:
    """Tell of what was granted beyond what is needed, the dangerous ones one by one."""
    more = granted - {str(one.permission) for one in needed} - {NEEDS}
    for permission in sorted(more):
        if danger := broad(permission):
            yield warning(permission, f"granted, and too broad: {danger}", "take it away from the app")
    harmless = sorted(one for one in more if not broad(one))
    if harmless:
        yield note("more permissions", f"granted and not needed: {', '.join(harmless)}", "take them away")


PROBES: Final = (
    Probe(CLOCK, _clock),
    Probe(SIGN_IN, _token),
    Probe("credential", _credential, after=(SIGN_IN,)),
    Probe("permissions", _permissions, after=(SIGN_IN,)),
)
