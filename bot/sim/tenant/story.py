"""The people of the demo: Contoso, its helpdesk, its security team, and Lee with a broken phone."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.sim.signing import SERVICE, Key
from bot.sim.tenant.access import policy
from bot.sim.tenant.mail_model import Contact, Licence, Mailbox
from bot.sim.tenant.model import (
    BUILT_IN_ROLES,
    App,
    CertificateUpdate,
    Domain,
    Federation,
    Group,
    RawMethod,
    User,
)
from bot.sim.tenant.passes import METHOD as TEMPORARY_ACCESS_PASS
from bot.sim.tenant.reports import sign_in
from bot.sim.tenant.state import Tenant, utc_now

TENANT_ID = "3f2a9c1e-7d54-4b6a-9a60-1c2e5b7d8f01"
CLIENT_ID = "b7c1d9e4-5a3f-4f0e-8c21-6d7e8f9a0b12"
CLIENT_SECRET = "simulated-secret"  # noqa: S105 - opens nothing but this simulation

HANNA = "a1000000-0000-4000-8000-000000000001"
OMAR = "a1000000-0000-4000-8000-000000000002"
NOOR = "a1000000-0000-4000-8000-000000000003"
LEE = "a1000000-0000-4000-8000-000000000004"
GUEST = "a1000000-0000-4000-8000-000000000005"
EXCHANGE_ADMIN = "a1000000-0000-4000-8000-000000000006"
BREAK_GLASS = "a1000000-0000-4000-8000-000000000007"
OUTSIDER = "a1000000-0000-4000-8000-000000000008"
SUPPLIER = "a3000000-0000-4000-8000-000000000001"
SG_SECURITY = "a2000000-0000-4000-8000-000000000001"

PERMISSIONS = frozenset(
    {
        "User.Read.All",
        "User.RevokeSessions.All",
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
        "RoleManagement.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "Policy.Read.All",
        "Policy.ReadWrite.AuthenticationMethod",
        "UserAuthenticationMethod.Read.All",
        "AuditLog.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthMethod-TAP.ReadWrite.All",
        "Domain.Read.All",
        "Domain-InternalFederation.Read.All",
        "Organization.Read.All",
        "MailboxSettings.Read",
        "OrgContact.Read.All",
        "Reports.Read.All",
    }
)
"""What the product asks an administrator for, no more."""

PASSWORD: RawMethod = {
    "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
    "id": "28c10230-6103-485e-b985-444c60001490",
    "password": None,
    "createdDateTime": "2024-01-08T09:00:00Z",
}
AUTHENTICATOR: RawMethod = {
    "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
    "id": "6803c096-8a2d-4b1f-9d6e-2f1b6f0d7c55",
    "displayName": "Pixel 8",
    "deviceTag": "SoftwareTokenActivated",
    "phoneAppVersion": "6.2403.1501",
    "createdDateTime": "2024-03-04T10:12:31Z",
}
PHONE: RawMethod = {
    "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
    "id": "3179e48a-750b-4051-897c-87b9720928f7",
    "phoneNumber": "+1 2065550189",
    "phoneType": "mobile",
    "smsSignInState": "notAllowedByPolicy",
    "createdDateTime": "2024-03-04T10:10:02Z",
}
EMAIL: RawMethod = {
    "@odata.type": "#microsoft.graph.emailAuthenticationMethod",
    "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
    "emailAddress": "lee.private@example.com",
    "createdDateTime": "2024-03-04T10:15:44Z",
}


def story(now: Callable[[], datetime] = utc_now) -> Tenant:
    """Return a fresh Contoso; every call makes its own, so tests do not meet in one."""
    app = App(client_id=CLIENT_ID, secrets=frozenset({CLIENT_SECRET}))
    tenant = Tenant(id=TENANT_ID, name="Contoso", app=app, now=now, granted=set(PERMISSIONS))
    tenant.add(
        Domain(id="contoso.com", authentication="Federated", federation=_federation(now()), default=True),
        Domain(id="contoso.onmicrosoft.com", initial=True),
    )
    tenant.add(*_staff(), _lee(), *_others())
    tenant.add(Group(id=SG_SECURITY, name="sg-security", members=frozenset({OMAR, NOOR})))
    tenant.add(*_mail())
    tenant.make_eligible(EXCHANGE_ADMIN, "Exchange Administrator")
    tenant.assign_role(BREAK_GLASS, "Global Administrator")
    tenant.methods_allowed |= {TEMPORARY_ACCESS_PASS}
    administrators = [role.id for role in BUILT_IN_ROLES if role.privileged]
    tenant.policies.append(policy("Administrators, all apps", users={"includeRoles": administrators}))
    tenant.sign_ins += [sign_in(tenant.user(LEE), now() - timedelta(hours=hours)) for hours in (3, 27)]
    return tenant


def _federation(now: datetime) -> Federation:
    """Return what Entra was told when the farm was set up; ``bot.sim.adfs`` plays that farm."""
    base = f"https://{SERVICE}/adfs"
    return Federation(
        issuer_uri=f"http://{SERVICE}/adfs/services/trust",
        metadata_exchange_uri=f"{base}/services/trust/mex",
        passive_sign_in_uri=f"{base}/ls/",
        active_sign_in_uri=f"{base}/services/trust/2005/usernamemixed",
        sign_out_uri=f"{base}/ls/",
        signing_certificate=Key().written(now),
        certificate_update=CertificateUpdate(at=now),
    )


def _staff() -> tuple[User, ...]:
    return (
        _person(HANNA, "Hanna de Boer", "hanna@contoso.com", "Helpdesk"),
        _person(OMAR, "Omar Haddad", "omar@contoso.com", "Security"),
        _person(NOOR, "Noor Bakker", "noor@contoso.com", "Security"),
        _person(OUTSIDER, "Dana Reyes", "dana@contoso.com", "Sales"),
        _person(EXCHANGE_ADMIN, "Eva Lind", "eva@contoso.com", "Messaging"),
    )


def _lee() -> User:
    return User(
        id=LEE,
        upn="lee@contoso.com",
        display_name="Lee Jansen",
        mail="lee@contoso.com",
        proxies=("SMTP:lee@contoso.com", "smtp:lee.jansen@contoso.com"),
        synchronised=True,
        job_title="Account manager",
        mfa="enforced",
        methods=(PASSWORD, AUTHENTICATOR, PHONE, EMAIL),
        preferred="push",
        licences=(Licence(),),
    )


def _mail() -> tuple[Mailbox | Contact, ...]:
    """Return the mailboxes of Lee and the staff, and a supplier outside."""
    supplier = Contact(
        id=SUPPLIER,
        name="Tailspin Toys",
        mail="orders@tailspin.example",
        proxies=("SMTP:orders@tailspin.example",),
    )
    owners = (HANNA, OMAR, NOOR, OUTSIDER, EXCHANGE_ADMIN, LEE)
    return (*(Mailbox(owner=owner) for owner in owners), supplier)


def _others() -> tuple[User, ...]:
    guest = User(
        id=GUEST,
        upn="pat_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        display_name="Pat Doyle",
        mail="pat@fabrikam.com",
        kind="Guest",
        proxies=("SMTP:pat@fabrikam.com",),
    )
    emergency = User(
        id=BREAK_GLASS,
        upn="breakglass1@contoso.onmicrosoft.com",
        display_name="Emergency Access 1",
        methods=(PASSWORD,),
    )
    return guest, emergency


def _person(user_id: str, name: str, upn: str, title: str) -> User:
    return User(
        id=user_id,
        upn=upn,
        display_name=name,
        mail=upn,
        proxies=(f"SMTP:{upn}",),
        synchronised=True,
        job_title=title,
        mfa="enforced",
        methods=(PASSWORD, {**AUTHENTICATOR, "id": f"{user_id[:-12]}6d6574686f64", "displayName": "Phone"}),
        licences=(Licence(),),
    )
