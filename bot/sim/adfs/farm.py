"""A federation farm as values: what it is set up as, and what is wrong with it.

Nothing here listens; ``server`` serves a farm, ``faults`` are functions from a farm to a broken one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from urllib.parse import urlsplit

from bot.sim.adfs.delivery import Delivery, Plain
from bot.sim.adfs.vendors import ADFS, TRUST, Vendor
from bot.sim.signing import SERVICE, Key, Signer
from bot.sim.tenant.model import CertificateUpdate, Federation
from bot.sim.tenant.state import utc_now

PLAIN = Plain()
MICROSOFT = "urn:federation:MicrosoftOnline"


class Tls(Enum):
    """Which certificate the farm shows, judged by the machine's own clock, or that it speaks old TLS."""

    TRUSTED = "trusted"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WRONG_NAME = "wrong name"
    UNTRUSTED = "untrusted"
    OLD_VERSION = "old version"


class Signature(Enum):
    """How the metadata document is signed."""

    BY_PRIMARY = "by the primary key"
    BY_STRANGER = "by a key that the document does not name"
    TAMPERED = "changed after it was signed"
    NONE = "none"


class Encoding(Enum):
    """Which bytes stand for the document's text."""

    UTF_8 = "utf-8"
    UTF_8_BOM = "utf-8-sig"
    UTF_16 = "utf-16"


class Roles(Enum):
    """Which roles the metadata has."""

    ALL = "all"
    SAML_ONLY = "saml"


class Dtd(Enum):
    """A document type that should never be there."""

    NONE = "none"
    DECLARED = "declared"
    ENTITY_BOMB = "entity bomb"
    EXTERNAL_ENTITY = "external entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The federation metadata document; ``around`` is put before and behind each address in its text."""

    signature: Signature = Signature.BY_PRIMARY
    encoding: Encoding = Encoding.UTF_8
    roles: Roles = Roles.ALL
    dtd: Dtd = Dtd.NONE
    around: str = ""
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A WS-Trust endpoint: ``binding`` is its port's name in the WSDL, ``path`` stands behind ``TRUST``."""

    path: str
    binding: str

    @property
    def version(self) -> str:
        """``2005`` or ``13``."""
        return self.path.partition("/")[0]


def _both(path: str, binding: str) -> tuple[Endpoint, Endpoint]:
    kind, _, number = binding.partition("#")
    return (
        Endpoint(path=f"2005/{path}", binding=f"{kind}_IWSTrustFeb2005Async{number}"),
        Endpoint(path=f"13/{path}", binding=f"{kind}_IWSTrust13Async{number}"),
    )


USERNAME = _both("usernamemixed", "UserNameWSTrustBinding")
WINDOWS = _both("windowstransport", "CustomBinding")
PUBLIC = (
    *_both("certificatemixed", "CertificateWSTrustBinding"),
    Endpoint(path="2005/certificatetransport", binding="CertificateWSTrustBinding_IWSTrustFeb2005Async1"),
    *USERNAME,
    *_both("issuedtokenmixedasymmetricbasic256", "IssuedTokenWSTrustBinding"),
    *_both("issuedtokenmixedsymmetricbasic256", "IssuedTokenWSTrustBinding#1"),
)
"""What AD FS publishes through its proxy when nobody has touched it (Microsoft 365
troubleshooting docs, "Sign-in fails if a federation endpoint changes")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mex:
    """The WSDL at the metadata exchange address; ``around`` is put before and behind each address in it."""

    endpoints: tuple[Endpoint, ...] = PUBLIC
    around: str = ""
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The passive sign-in page. An error page tells its details since AD FS 2016 and not before."""

    details: bool = True
    error_status: int = 200
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """An identity provider.

    ``host`` is the name in its identifiers and certificates. ``base`` is the origin in the addresses it
    publishes, ``https://HOST[:PORT]``; None means where it is served. The first of ``keys`` is primary;
    their certificates' lives are counted from ``now``.
    """

    host: str = SERVICE
    base: str | None = None
    display_name: str = "Contoso"
    now: datetime = field(default_factory=utc_now)
    keys: tuple[Key, ...] = (Key(),)
    relying_parties: frozenset[str] = frozenset({MICROSOFT})
    vendor: Vendor = ADFS
    tls: Tls = Tls.TRUSTED
    metadata: Metadata = field(default_factory=Metadata)
    mex: Mex = field(default_factory=Mex)
    sign_in: SignIn = field(default_factory=SignIn)

    @property
    def issuer(self) -> str:
        """The identifier in tokens and in the metadata."""
        return self.vendor.issuer.format(host=self.host)

    @property
    def signing_certificates(self) -> tuple[str, ...]:
        """What the metadata has for signing, primary first; base64 of the DER if all is well."""
        return tuple(key.written(self.now, self.host) for key in self.keys)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in its TLS certificate: its own, that of the addresses it publishes, and loopback's."""
        published = urlsplit(self.base or "").hostname
        return tuple(dict.fromkeys([self.host, *filter(None, [published]), "localhost", "127.0.0.1", "::1"]))

    def signer(self) -> Signer:
        """Return the primary key."""
        return self.keys[0].issued(self.now, self.host)

    def address(self, endpoint: Endpoint, base: str) -> str:
        """Return where a WS-Trust endpoint answers; other vendors have one for user names."""
        path = f"{TRUST}/{endpoint.path}" if self.vendor == ADFS else self.vendor.active
        return f"{base}{path}"

    def federation(self, base: str) -> Federation:
        """Return what Entra is told when a domain is federated with this farm as it is now."""
        current, following = (*self.signing_certificates, None)[:2]
        return Federation(
            display_name=self.display_name,
            issuer_uri=self.issuer,
            metadata_exchange_uri=f"{base}{self.vendor.mex}",
            passive_sign_in_uri=f"{base}{self.vendor.passive}",
            active_sign_in_uri=f"{base}{self.vendor.active}",
            sign_out_uri=f"{base}{self.vendor.sign_out}",
            signing_certificate=current,
            next_signing_certificate=following,
            certificate_update=CertificateUpdate(at=self.now),
        )
