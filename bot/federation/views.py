"""One domain as it is shown, put together from Graph and realm discovery."""

from __future__ import annotations

from bot.entra.domains import Sourced, Sources
from bot.federation.health import Moment, certificate_findings, domain_findings, held, realm_findings
from bot.federation.settings import explain
from commands.federation_model import Domain, DomainView, Federated, Finding, Managed, Realm, Unread


def view(domain: Domain, sources: Sources, realm: Realm | Unread, moment: Moment) -> DomainView:
    """Return the domain whole; without the metadata, its certificates are judged by their dates alone."""
    sign_in = _sign_in(sources)
    return DomainView(
        domain=domain,
        sign_in=sign_in,
        realm=realm,
        findings=(
            *domain_findings(domain, sign_in),
            *realm_findings(domain, sign_in, realm),
            *_certificates(sign_in, moment),
        ),
        at=moment.now,
    )


def _sign_in(sources: Sources) -> Managed | Federated | Unread:
    match sources:
        case None:
            return Managed()
        case Unread():
            return sources
        case Sourced(source=source, configuration=configuration):
            return Federated(
                source=source,
                configuration=configuration,
                settings=explain(configuration),
                certificates=held(configuration),
            )


def _certificates(sign_in: Managed | Federated | Unread, moment: Moment) -> tuple[Finding, ...]:
    if not isinstance(sign_in, Federated):
        return ()
    return certificate_findings(sign_in.certificates, None, moment)
