"""Domains as commands and texts see them: Contoso, federated and well, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from approvals.errors import Gone, PortError
from commands.domain_names import DomainName
from commands.federation_model import (
    Authentication,
    Certificate,
    Compared,
    Configuration,
    Domain,
    DomainCheck,
    DomainView,
    Federated,
    Field,
    Finding,
    Grade,
    Held,
    Managed,
    NameSpace,
    NotTested,
    Outcome,
    Property,
    Realm,
    Relation,
    Setting,
    Step,
    StepKind,
    Tested,
    Waiting,
)

NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)
CONTOSO, FABRIKAM, INITIAL = (
    DomainName(name) for name in ("contoso.com", "fabrikam.com", "contoso.onmicrosoft.com")
)
STS = "sts.contoso.com"
CONFIGURATION = Configuration(
    id="6601d14b-d113-8f64-fda2-9b5ddda18ecc",
    display_name="Contoso",
    issuer_uri="http://contoso.com/adfs/services/trust",
    passive_sign_in_uri=f"https://{STS}/adfs/ls",
    active_sign_in_uri=f"https://{STS}/adfs/services/trust/2005/usernamemixed",
    sign_out_uri=f"https://{STS}/adfs/ls",
    metadata_exchange_uri=f"https://{STS}/adfs/services/trust/mex",
    signing_certificate="MIIC8jCCAdqgAwIBAgIQ" + "A" * 980,
    preferred_authentication_protocol="wsFed",
    federated_idp_mfa_behavior="rejectMfaByFederatedIdp",
    prompt_login_behavior="nativeSupport",
    signed_request_required=True,
    update_result="Success",
)
CERTIFICATE = Certificate(
    subject="CN=ADFS Signing - sts.contoso.com",
    issuer="CN=ADFS Signing - sts.contoso.com",
    sha1="A1" * 20,
    sha256="B2" * 32,
    not_before=NOW - timedelta(days=100),
    not_after=NOW + timedelta(days=265),
    key="RSA 2048",
)
SETTINGS = (
    Setting(
        field=Field.MFA_BEHAVIOR,
        msonline="SupportsMfa",
        value="rejectMfaByFederatedIdp",
        meaning="Entra asks for the second factor itself, whatever the federation service says.",
    ),
    Setting(
        field=Field.PASSIVE,
        msonline="PassiveLogOnUri",
        value=f"https://{STS}/adfs/ls",
        meaning="Browsers are sent here.",
    ),
    Setting(field=Field.PASSWORD_RESET, msonline="", value="", meaning="Where passwords are changed."),
)
REALM = Realm(
    name_space=NameSpace.FEDERATED,
    brand="Contoso",
    sign_in_url=f"https://{STS}/adfs/ls",
    protocol="WSTrust",
)


def domain(
    name: str = CONTOSO,
    authentication: Authentication = Authentication.FEDERATED,
    *,
    root: bool = True,
    initial: bool = False,
    default: bool = False,
    verified: bool = True,
) -> Domain:
    return Domain(
        name=DomainName(name),
        authentication=authentication,
        verified=verified,
        default=default,
        initial=initial,
        root=root,
    )


def managed(name: str) -> Domain:
    return domain(name, Authentication.MANAGED)


def federated_view(of: Domain | None = None, findings: tuple[Finding, ...] = ()) -> DomainView:
    """Return a federated domain; a subdomain has it from contoso.com."""
    return DomainView(
        domain=of or domain(),
        sign_in=Federated(
            source=CONTOSO,
            configuration=CONFIGURATION,
            settings=SETTINGS,
            certificates=(Held("signingCertificate", CERTIFICATE),),
        ),
        realm=REALM,
        findings=findings,
        at=NOW,
    )


def managed_view(of: Domain) -> DomainView:
    return DomainView(
        domain=of, sign_in=Managed(), realm=Realm(name_space=NameSpace.MANAGED), findings=(), at=NOW
    )


def ended(*findings: Finding, tried: str = "asked", took: float = 0.012) -> Tested:
    return Tested(tried=tried, findings=findings, took=timedelta(seconds=took))


WELL = {
    StepKind.SETTINGS: ended(Finding(Grade.GOOD, "federated")),
    StepKind.REALM: ended(Finding(Grade.GOOD, "says Federated, as Graph does")),
    StepKind.DNS: ended(Finding(Grade.GOOD, "203.0.113.10, 2001:db8::10"), tried=f"A and AAAA of {STS}"),
    StepKind.TCP: ended(Finding(Grade.GOOD, "listens")),
    StepKind.TLS: ended(Finding(Grade.GOOD, "TLS 1.3, valid for 200 days")),
    StepKind.METADATA: ended(Finding(Grade.GOOD, "signed by one of its certificates")),
    StepKind.MEX: ended(Finding(Grade.GOOD, "all that clients need")),
    StepKind.PASSIVE: ended(Finding(Grade.GOOD, "a sign-in form: the trust is there")),
    StepKind.PASSWORD: NotTested("never give a bot a password."),
}
SILENT = ended(
    Finding(Grade.WRONG, f"{STS} does not answer", "Open port 443 to the proxy servers."), took=5.0
)


def steps(changed: dict[StepKind, Outcome] | None = None) -> tuple[Step, ...]:
    """Return the steps of a check of contoso.com, well but for those that are *changed*."""
    about = {StepKind.SETTINGS: "", StepKind.REALM: "", StepKind.PASSWORD: ""}
    outcomes: dict[StepKind, Outcome] = {**WELL, **(changed or {})}
    return tuple(Step(kind, about.get(kind, STS), outcome) for kind, outcome in outcomes.items())


def compared(
    changed: dict[Property, tuple[str, str, Relation, str]] | None = None,
) -> tuple[Compared, ...]:
    """Return both sides of contoso.com, equal but for those that are *changed*."""
    rows = []
    for one in Property:
        entra, service, relation, consequence = (changed or {}).get(
            one, (f"https://{STS}/{one}", f"https://{STS}/{one}", Relation.EQUAL, "")
        )
        rows.append(
            Compared(property=one, entra=entra, service=service, relation=relation, consequence=consequence)
        )
    return tuple(rows)


def checked(
    changed: dict[StepKind, Outcome] | None = None,
    *,
    view: DomainView | None = None,
    sides: tuple[Compared, ...] | None = None,
    health: tuple[Finding, ...] = (),
    finished: bool = True,
) -> DomainCheck:
    """Return a check of contoso.com, well but for what is *changed*."""
    return DomainCheck(
        name=CONTOSO,
        view=view or federated_view(),
        steps=steps(changed),
        compared=compared() if sides is None else sides,
        health=health,
        service_certificates=(Held("metadata", CERTIFICATE),),
        began=NOW,
        took=timedelta(seconds=1.2),
        finished=finished,
    )


@dataclass
class KnownDomains:
    """A tenant's domains: contoso.com is federated; ``down`` is raised for everything."""

    every: tuple[Domain, ...] = (
        domain(INITIAL, Authentication.MANAGED, initial=True, default=True),
        domain(),
        managed(FABRIKAM),
        domain("eu.contoso.com", root=False),
    )
    checks: tuple[DomainCheck, ...] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)
    down: PortError | None = None

    async def list(self) -> tuple[Domain, ...]:
        self._note("list", "")
        return self.every

    async def show(self, name: DomainName) -> DomainView:
        self._note("show", name)
        found = self._known(name)
        if found.authentication is Authentication.FEDERATED:
            return federated_view(found)
        return managed_view(found)

    async def check(self, name: DomainName) -> AsyncIterator[DomainCheck]:
        self._note("check", name)
        self._known(name)
        for one in self.checks or self._usual():
            yield one

    def _usual(self) -> tuple[DomainCheck, ...]:
        """Return a check whose steps end one by one."""
        waiting: dict[StepKind, Outcome] = dict.fromkeys(WELL, Waiting())
        return (
            *(
                checked({**waiting, **dict(list(WELL.items())[:over])}, sides=(), finished=False)
                for over in range(len(WELL))
            ),
            checked(),
        )

    def _note(self, what: str, name: str) -> None:
        self.asked.append((what, name))
        if self.down:
            raise self.down

    def _known(self, name: DomainName) -> Domain:
        for one in self.every:
            if one.name == name:
                return one
        raise Gone("the tenant has no such domain")
