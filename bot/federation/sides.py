"""One property on both sides, judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.federation.addresses import same_address
from commands.federation_model import Certificate, CertificateRead, Compared, Property, Relation

UNKNOWN: Final = "The service's side could not be read."
_UPDATE: Final = "Update-MgDomainFederationConfiguration -{} ..., once it is known which side is right."


@dataclass(frozen=True, slots=True)
class Side:
    """One property before it is judged; *service* holds every value that the service offers."""

    property: Property
    entra: str
    service: tuple[str, ...]

    def equal(self) -> Compared:
        """Say that both sides are the same."""
        return self._judged(Relation.EQUAL)

    def right(self, why: str) -> Compared:
        """Say that they differ, and why that is right."""
        return self._judged(Relation.RIGHT, why)

    def unknown(self, why: str) -> Compared:
        """Say that they cannot be compared, and why."""
        return self._judged(Relation.UNKNOWN, why)

    def wrong(self, consequence: str, parameter: str) -> Compared:
        """Say what people notice, and which *parameter* of Entra holds it."""
        return self._judged(Relation.WRONG, consequence, _UPDATE.format(parameter))

    def by_address(self, consequence: str, parameter: str) -> Compared:
        """Judge an address against every one that the service offers."""
        if not self.service:
            return self.unknown(UNKNOWN)
        if self.entra in self.service:
            return self.equal()
        if any(same_address(self.entra, one) for one in self.service):
            return self.right("The same address, written differently.")
        return self.wrong(consequence, parameter)

    def _judged(self, relation: Relation, consequence: str = "", what_to_do: str = "") -> Compared:
        return Compared(
            property=self.property,
            entra=self.entra,
            service=", ".join(self.service),
            relation=relation,
            consequence=consequence,
            what_to_do=what_to_do,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Entra's two certificates (``None``: not set) and the service's, whose order means nothing."""

    first: CertificateRead | None
    following: CertificateRead | None
    service: tuple[Certificate, ...]

    def signing(self) -> Compared:
        """Judge what the service signs with now: metadata does not say which one it is."""
        side = Side(Property.SIGNING, _thumbprint(self.first), tuple(one.sha1 for one in self.service))
        if not self.service:
            return side.unknown(UNKNOWN)
        if self.first in self.service:
            return side.equal()
        if self.following in self.service:
            return side.right("The service was rolled over and signs with Entra's next certificate.")
        return side.wrong(
            "Entra knows none of the certificates that the service signs with: nobody can sign in.",
            "SigningCertificate",
        )

    def next_signing(self) -> Compared:
        """Judge what the service will sign with next."""
        others = tuple(one for one in self.service if one != self.first)
        side = Side(Property.NEXT_SIGNING, _thumbprint(self.following), tuple(one.sha1 for one in others))
        if not self.service:
            return side.unknown(UNKNOWN)
        strangers = [one for one in others if one != self.following]
        if strangers:
            return side.wrong(
                "The service has a certificate that Entra does not know: sign-in ends when it signs with it.",
                "NextSigningCertificate",
            )
        if self.following is None or self.following in others:
            return side.equal()
        return side.right("Entra accepts one certificate more than the service signs with.")


def _thumbprint(read: CertificateRead | None) -> str:
    if read is None:
        return ""
    return read.sha1 if isinstance(read, Certificate) else f"unreadable: {read.why}"
