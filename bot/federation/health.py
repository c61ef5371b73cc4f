"""What follows from several facts together: the certificates, and Entra against realm discovery.

Source: Microsoft Entra docs, "Renew federation certificates for Microsoft 365 and Microsoft Entra ID". Its
decision table asks for AutoCertificateRollover, which only AD FS itself knows; what is seen from outside
decides as far as it goes, and the rest is said:

===================  =======  ===============  ============  ==================
automatic rollover   in sync  metadata public  valid for     action
===================  =======  ===============  ============  ==================
yes                  yes      yes              any           none
yes                  no       any              under 15 d    renew immediately
no                   any      any              under 35 d    renew immediately
===================  =======  ===============  ============  ==================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.federation.certificates import read_certificate
from commands.federation_model import (
    Authentication,
    Certificate,
    Configuration,
    Domain,
    Federated,
    Field,
    Finding,
    Grade,
    Held,
    Managed,
    NameSpace,
    Realm,
    Thresholds,
    Unread,
    UnreadableCertificate,
)

_UPDATE: Final = "Update-MgDomainFederationConfiguration with the certificates of the metadata."
_RENEW: Final = (
    "Renew the token-signing certificate (Update-AdfsCertificate) and bring Entra up to date: " + _UPDATE
)


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and how long before an end people want to know."""

    now: datetime
    thresholds: Thresholds


def held(configuration: Configuration) -> tuple[Held, ...]:
    """Return the certificates that Entra holds; an unset field is left out."""
    fields = (
        (Field.SIGNING_CERTIFICATE, configuration.signing_certificate),
        (Field.NEXT_SIGNING_CERTIFICATE, configuration.next_signing_certificate),
    )
    return tuple(Held(field.value, read_certificate(text)) for field, text in fields if text.strip())


def domain_findings(domain: Domain, sign_in: Managed | Federated | Unread) -> tuple[Finding, ...]:
    """Say what strikes about a domain in Entra itself."""
    findings: list[Finding] = []
    if not domain.verified:
        findings.append(
            Finding(
                Grade.WRONG,
                "The domain is not verified: nobody can sign in with it.",
                "Prove it by the DNS record that Entra asks for.",
            )
        )
    match sign_in:
        case Federated(source=source, configuration=configuration):
            if source != domain.name:
                findings.append(Finding(Grade.NOTE, f"Its settings are those of {source}."))
            if configuration.update_result not in {"", "Success"}:
                findings.append(_update_failed(configuration))
        case Unread(why=why, what_to_do=what_to_do):
            findings.append(Finding(Grade.WRONG, why, what_to_do))
        case Managed():
            if domain.authentication is Authentication.UNKNOWN:
                findings.append(Finding(Grade.WARNING, "Graph does not say how people of it sign in."))
    return tuple(findings)


def _update_failed(configuration: Configuration) -> Finding:
    result = configuration.update_result[:80]
    return Finding(
        Grade.WARNING,
        f"Entra's last automatic certificate update ended with {result} ({configuration.update_run[:40]}).",
        "Publish the federation metadata, or update the certificates by hand: " + _UPDATE,
    )


def realm_findings(
    domain: Domain, sign_in: Managed | Federated | Unread, realm: Realm | Unread
) -> tuple[Finding, ...]:
    """Compare what Graph says with what the world is told."""
    if isinstance(realm, Unread) or domain.authentication is Authentication.UNKNOWN:
        return ()
    if realm.name_space.value != domain.authentication.value:
        grade = Grade.WARNING if realm.name_space is not NameSpace.UNKNOWN or domain.verified else Grade.NOTE
        said = f"Graph says {domain.authentication}, realm discovery says {realm.name_space}."
        return (Finding(grade, said, "A change of the domain spreads for up to two hours: look again then."),)
    if not isinstance(sign_in, Federated) or not realm.sign_in_url:
        return ()
    entra = sign_in.configuration.passive_sign_in_uri.strip()
    if _bare(entra) == _bare(realm.sign_in_url):
        return ()
    said = f"Browsers are sent to {realm.sign_in_url}, and passiveSignInUri is {entra or 'not set'}."
    return (Finding(Grade.WARNING, said, "A change spreads for up to two hours: look again then."),)


def _bare(url: str) -> str:
    return url.partition("?")[0].rstrip("/").lower()


def certificate_findings(
    entra: Sequence[Held], service: Sequence[Held] | None, moment: Moment
) -> tuple[Finding, ...]:
    """Say how the certificates of Entra stand; *service* is ``None`` while the metadata is not known."""
    first = [one for one in entra if one.place == Field.SIGNING_CERTIFICATE.value]
    known = [one.read for one in entra if isinstance(one.read, Certificate)]
    findings = [
        _unreadable(one.place, one.read) for one in entra if isinstance(one.read, UnreadableCertificate)
    ]
    if not first:
        findings.append(
            Finding(Grade.WRONG, "Entra holds no signing certificate: no token is accepted.", _RENEW)
        )
    if len(known) > len(set(known)):
        findings.append(
            Finding(Grade.NOTE, "Both certificate fields hold the same certificate: there is no next one.")
        )
    shown = None if service is None else [one.read for one in service if isinstance(one.read, Certificate)]
    findings += _in_sync(known, shown)
    findings += _validity(known, shown, moment)
    return tuple(findings)


def _unreadable(place: str, read: UnreadableCertificate) -> Finding:
    return Finding(Grade.WRONG, f"{place} cannot be read: {read.why}.", _UPDATE)


def _in_sync(entra: Sequence[Certificate], service: Sequence[Certificate] | None) -> list[Finding]:
    if not service or not entra:
        return []
    missing = [one for one in service if one not in entra]
    if not missing:
        return [Finding(Grade.GOOD, "Every signing certificate of the metadata is known to Entra.")]
    names = ", ".join(one.sha1 for one in dict.fromkeys(missing))
    if len(missing) == len(service):
        lost = f"None of the service's signing certificates is known to Entra ({names}): nobody can sign in."
        return [Finding(Grade.WRONG, lost, _UPDATE)]
    late = (
        f"Entra does not know a signing certificate of the service ({names}): sign-in ends when the service "
        "signs with it."
    )
    return [Finding(Grade.WRONG, late, _UPDATE)]


def _validity(
    entra: Sequence[Certificate], service: Sequence[Certificate] | None, moment: Moment
) -> list[Finding]:
    """Judge the certificates that can carry a sign-in; one that is good long enough covers the others."""
    # While the metadata is known, what AD FS no longer signs with carries nothing.
    carrying = [one for one in dict.fromkeys(entra) if not service or one in service] or list(
        dict.fromkeys(entra)
    )
    judged = [_judged(one, service, moment) for one in carrying]
    if not judged:
        return []
    covered = any(finding.grade is Grade.GOOD for finding in judged)
    return [_eased(finding) if covered else finding for finding in judged]


def _eased(finding: Finding) -> Finding:
    """Say it without alarm: another certificate is in place."""
    if finding.grade is Grade.GOOD:
        return finding
    return Finding(Grade.NOTE, f"{finding.what} Another one, known to both sides, is valid longer.")


def _judged(one: Certificate, service: Sequence[Certificate] | None, moment: Moment) -> Finding:
    left, days = one.left(moment.now), one.days_left(moment.now)
    name = f"The certificate {one.sha1}"
    until = f"{one.not_after:%Y-%m-%d}"
    if one.not_before > moment.now:
        return Finding(Grade.WRONG, f"{name} is not valid before {one.not_before:%Y-%m-%d}.", _RENEW)
    if left.total_seconds() <= 0:
        return Finding(Grade.WRONG, f"{name} ended on {until}.", _RENEW)
    if left < moment.thresholds.critical:
        return Finding(
            Grade.WRONG, f"{name} ends in {days} days ({until}).", f"Renew it immediately. {_RENEW}"
        )
    if left < moment.thresholds.warn:
        return Finding(Grade.WARNING, f"{name} ends in {days} days ({until}).", _advice(service))
    return Finding(Grade.GOOD, f"{name} is valid until {until}, {days} days.")


def _advice(service: Sequence[Certificate] | None) -> str:
    if service:
        return (
            "With AutoCertificateRollover on, both sides renew by themselves; if Get-AdfsProperties says "
            f"it is off, do it now. {_RENEW}"
        )
    return f"Entra cannot fetch a new one by itself while the metadata is not public. {_RENEW}"
