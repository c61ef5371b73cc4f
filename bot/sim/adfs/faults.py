"""What can be wrong with a farm, each a function from a farm to the same farm with that fault.

They combine: ``SimulatedAdfs(Farm(), saml_only, spaced, at(Place.SIGN_IN, Answered(500)))``.
``NAMED`` lists them all by what a person would call them, for tests that go through every one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from typing import TypeAlias, assert_never

from bot.sim.adfs.delivery import (
    Answered,
    Cut,
    Delivery,
    Dripped,
    GzipBomb,
    Held,
    Padded,
    Plain,
    Redirected,
)
from bot.sim.adfs.farm import USERNAME, WINDOWS, Dtd, Encoding, Farm, Roles, Signature, Tls
from bot.sim.signing import Key, Writing

Fault: TypeAlias = Callable[[Farm], Farm]

ELSEWHERE = "https://evil.example/"
SPACE = "\n    "
NOT_XML = "<html><body><p>It works!<br></body></html>"


class Place(Enum):
    """The three documents."""

    METADATA = "metadata"
    MEX = "mex"
    SIGN_IN = "sign-in"


def at(place: Place, delivery: Delivery) -> Fault:
    """Deliver one of the documents in another way."""

    def fault(farm: Farm) -> Farm:
        match place:
            case Place.METADATA:
                return replace(farm, metadata=replace(farm.metadata, delivery=delivery))
            case Place.MEX:
                return replace(farm, mex=replace(farm.mex, delivery=delivery))
            case Place.SIGN_IN:
                return replace(farm, sign_in=replace(farm.sign_in, delivery=delivery))
            case _:
                assert_never(place)

    return fault


def tls(kind: Tls) -> Fault:
    """Show another TLS certificate, or speak only old TLS."""
    return lambda farm: replace(farm, tls=kind)


def signing(*keys: Key) -> Fault:
    """Sign with these keys, the first of them primary."""
    return lambda farm: replace(farm, keys=keys)


def written(writing: Writing) -> Fault:
    """Write every signing certificate in another way."""
    return lambda farm: replace(farm, keys=tuple(replace(key, writing=writing) for key in farm.keys))


def signature(how: Signature) -> Fault:
    """Sign the metadata in another way."""
    return lambda farm: replace(farm, metadata=replace(farm.metadata, signature=how))


def encoding(how: Encoding) -> Fault:
    """Encode the metadata in another way."""
    return lambda farm: replace(farm, metadata=replace(farm.metadata, encoding=how))


def dtd(kind: Dtd) -> Fault:
    """Put a document type in front of the metadata."""
    return lambda farm: replace(farm, metadata=replace(farm.metadata, dtd=kind))


def saml_only(farm: Farm) -> Farm:
    """Leave nothing but the SAML identity provider in the metadata."""
    return replace(farm, metadata=replace(farm.metadata, roles=Roles.SAML_ONLY))


def without_usernamemixed(farm: Farm) -> Farm:
    """Take the endpoints for user names out of the WSDL."""
    left = tuple(one for one in farm.mex.endpoints if one not in USERNAME)
    return replace(farm, mex=replace(farm.mex, endpoints=left))


def windowstransport(farm: Farm) -> Farm:
    """Publish the endpoints that must stay inside: they go round the extranet lockout."""
    return replace(farm, mex=replace(farm.mex, endpoints=(*farm.mex.endpoints, *WINDOWS)))


def spaced(farm: Farm) -> Farm:
    """Put white space around every address in the WSDL and in the text of the metadata."""
    return replace(
        farm,
        mex=replace(farm.mex, around=SPACE),
        metadata=replace(farm.metadata, around=SPACE),
    )


def without_relying_party(farm: Farm) -> Farm:
    """Remove Microsoft's relying party trust: its requests get the error page."""
    return replace(farm, relying_parties=frozenset())


def tacit(farm: Farm) -> Farm:
    """Say no details on error pages, as before AD FS 2016."""
    return replace(farm, sign_in=replace(farm.sign_in, details=False))


def dripping(place: Place) -> Fault:
    """Deliver a byte now and then, for ever; every use has a gate of its own, bound to its event loop."""

    def fault(farm: Farm) -> Farm:
        return at(place, Dripped(asyncio.Event()))(farm)

    return fault


def silent(place: Place) -> Fault:
    """Never answer, in the same way."""

    def fault(farm: Farm) -> Farm:
        return at(place, Held(asyncio.Event()))(farm)

    return fault


EXPIRED = Key(age=timedelta(days=400), left=timedelta(days=-35))
NOT_YET_VALID = Key(age=timedelta(days=-35), left=timedelta(days=400))
SECONDARY = Key("secondary", age=timedelta(days=5), left=timedelta(days=360))

NAMED: Mapping[str, Fault] = {
    **{f"TLS {kind.value}": tls(kind) for kind in Tls if kind is not Tls.TRUSTED},
    "signing certificate expired": signing(EXPIRED),
    "signing certificate not yet valid": signing(NOT_YET_VALID),
    "signing certificate truncated": written(Writing.TRUNCATED),
    "signing certificate armoured": written(Writing.ARMOURED),
    "signing certificate with line breaks": written(Writing.LINE_BROKEN),
    "signing key on a curve": signing(Key("curve", kind="ec")),
    "signing certificate twice": signing(Key(), Key()),
    "several signing certificates": signing(Key(), SECONDARY, Key("third")),
    "rollover announced": signing(Key(), SECONDARY),
    "rolled over": signing(SECONDARY, Key()),
    "signing key replaced": signing(Key("replacement")),
    "metadata with a BOM": encoding(Encoding.UTF_8_BOM),
    "metadata in UTF-16": encoding(Encoding.UTF_16),
    "metadata with SAML only": saml_only,
    "metadata signed by a stranger": signature(Signature.BY_STRANGER),
    "metadata tampered with": signature(Signature.TAMPERED),
    "metadata unsigned": signature(Signature.NONE),
    "metadata with a DTD": dtd(Dtd.DECLARED),
    "metadata with an entity bomb": dtd(Dtd.ENTITY_BOMB),
    "metadata with an external entity": dtd(Dtd.EXTERNAL_ENTITY),
    "metadata not XML": at(Place.METADATA, Answered(200, NOT_XML, "application/samlmetadata+xml")),
    "metadata of the wrong type": at(Place.METADATA, Plain("text/html")),
    "mex without usernamemixed": without_usernamemixed,
    "mex with windowstransport": windowstransport,
    "addresses in white space": spaced,
    "mex not XML": at(Place.MEX, Answered(200, NOT_XML, "text/xml")),
    "relying party missing": without_relying_party,
    "relying party missing, no details": lambda farm: tacit(without_relying_party(farm)),
    **{
        f"{place.value} {name}": fault
        for place in Place
        for name, fault in {
            "404": at(place, Answered(404)),
            "500": at(place, Answered(500)),
            "503": at(place, Answered(503)),
            "redirected": at(place, Redirected(ELSEWHERE)),
            "of 5 MiB": at(place, Padded()),
            "as a gzip bomb": at(place, GzipBomb()),
            "dripping": dripping(place),
            "silent": silent(place),
            "cut": at(place, Cut()),
        }.items()
    },
}
