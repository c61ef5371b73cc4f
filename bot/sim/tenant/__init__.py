"""A simulated Microsoft tenant: its login host and its Graph, over HTTPS on loopback.

One origin answers both, so that MSAL (``instance_discovery=False``) and the Graph client run unchanged::

    async with SimulatedTenant(story(now)) as tenant:
        tenant.url, tenant.ca_file                                # where it is, and whom to trust
        tenant.faults.add(Fault(Cut(AFTER), method="PATCH"))      # the change is made, the answer is lost
        tenant.state.mfa("lee@contoso.com")                       # the truth, past every lagging replica
        tenant.state.journal.requests, tenant.state.changes()     # what came in, what it changed

Paths live by area (``users``, ``authentication``, ``memberships``, ``roles``, ``organization``,
``domains``, ``access``, ``reports``, ``mailboxes``, ``phones``, ``passes``, ``methods_policy``), each a
table of ``Route``, and on the login host (``login``, ``realms``); ``front`` is the only way in. Handlers look
and promise a change; ``front`` decides whether and when it lands.
"""

from bot.sim.tenant.faults import (
    AFTER,
    BEFORE,
    FOREVER,
    Armed,
    Cut,
    Delay,
    EmptyPage,
    Fault,
    Faults,
    ForeignLink,
    Hold,
    Late,
    Respond,
    Stale,
    bad_gateway,
)
from bot.sim.tenant.journal import Journal, MfaChange, Received, Revocation, Someone
from bot.sim.tenant.mail_model import Contact, Licence, Mailbox
from bot.sim.tenant.model import (
    App,
    CertificateUpdate,
    Domain,
    Federation,
    Group,
    PassRules,
    RoleAssignment,
    RoleDefinition,
    RoleEligibility,
    User,
)
from bot.sim.tenant.server import SimulatedTenant, serve
from bot.sim.tenant.snapshot import Snapshot
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.story import story

__all__ = [
    "AFTER",
    "BEFORE",
    "FOREVER",
    "App",
    "Armed",
    "CertificateUpdate",
    "Contact",
    "Cut",
    "Delay",
    "Domain",
    "EmptyPage",
    "Fault",
    "Faults",
    "Federation",
    "ForeignLink",
    "Group",
    "Hold",
    "Journal",
    "Late",
    "Licence",
    "Mailbox",
    "MfaChange",
    "PassRules",
    "Received",
    "Respond",
    "Revocation",
    "RoleAssignment",
    "RoleDefinition",
    "RoleEligibility",
    "SimulatedTenant",
    "Snapshot",
    "Someone",
    "Stale",
    "Tenant",
    "User",
    "bad_gateway",
    "serve",
    "story",
]
