"""As many people as are wanted, for a tenant that is large: made by rule, the same ones every time.

They share what is alike in them, so that 100,000 take some 40 MB; what they look like on the wire is
written out page by page.
"""

from collections.abc import Iterator, Mapping

from bot.sim.tenant.model import RawMethod, User
from bot.sim.tenant.story import AUTHENTICATOR, EMAIL, PASSWORD, PHONE

PASSKEY: RawMethod = {
    "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
    "id": "-2_GRUg2-HYz6_1YG4YRAQ2",
    "displayName": "Red key",
    "createdDateTime": "2025-08-10T06:44:09Z",
    "model": "NFC key",
    "attestationLevel": "attested",
    "passkeyType": "deviceBound",
}
REGISTERED: tuple[tuple[RawMethod, ...], ...] = (
    *((PASSWORD, AUTHENTICATOR),) * 4,
    *((PASSWORD, AUTHENTICATOR, PHONE),) * 2,
    (PASSWORD, PHONE, EMAIL),
    (PASSWORD, PASSKEY, AUTHENTICATOR),
    (PASSWORD, EMAIL),
    (PASSWORD,),
)
"""What ten people in a row have registered."""
STATES: Mapping[int, str] = {0: "enabled", 1: "disabled", 2: "disabled"}
"""The state of some of seven people in a row; that of the others is ``enforced``."""


def crowd(size: int) -> Iterator[User]:
    """Yield *size* people; one of 25 is a guest, one of 40 has a blocked account."""
    return map(_person, range(1, size + 1))


def _person(number: int) -> User:
    guest = number % 25 == 0
    upn = f"person{number}@contoso.com"
    return User(
        id=f"c0000000-0000-4000-8000-{number:012x}",
        upn=f"person{number}_fabrikam.com#EXT#@contoso.onmicrosoft.com" if guest else upn,
        display_name=f"Person {number}",
        mail=None if guest else upn,
        kind="Guest" if guest else "Member",
        enabled=number % 40 != 0,
        mfa=STATES.get(number % 7, "enforced"),
        methods=REGISTERED[number % len(REGISTERED)],
    )
