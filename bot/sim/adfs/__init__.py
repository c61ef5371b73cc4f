"""A simulated AD FS: its three public documents over TLS on loopback, and a switch for what can go wrong.

::

    async with SimulatedAdfs(Farm(now=clock()), spaced, at(Place.MEX, Answered(503))) as adfs:
        tenant.state.add(replace(contoso, federation=adfs.federation()))   # what Entra was told before
        adfs.url, adfs.ca_file                        # where it listens, and whom to trust
        adfs.breaks(signing(Key("replacement")))      # while it runs
        adfs.heals()
        adfs.requests                                 # all that was ever sent to it

A ``Farm`` says in values what is served; a ``Fault`` is a function from a farm to a broken one, and
``NAMED`` has them all. Addresses in the documents lie behind ``Farm.base``, wherever it listens.
"""

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
from bot.sim.adfs.farm import (
    MICROSOFT,
    PUBLIC,
    USERNAME,
    WINDOWS,
    Dtd,
    Encoding,
    Endpoint,
    Farm,
    Metadata,
    Mex,
    Roles,
    Signature,
    SignIn,
    Tls,
)
from bot.sim.adfs.faults import (
    EXPIRED,
    NAMED,
    NOT_YET_VALID,
    SECONDARY,
    Fault,
    Place,
    at,
    dripping,
    dtd,
    encoding,
    saml_only,
    signature,
    signing,
    silent,
    spaced,
    tacit,
    tls,
    windowstransport,
    without_relying_party,
    without_usernamemixed,
    written,
)
from bot.sim.adfs.server import Asked, SimulatedAdfs
from bot.sim.adfs.vendors import ADFS, OKTA, PING, Vendor
from bot.sim.signing import Key, Writing, write

__all__ = [
    "ADFS",
    "EXPIRED",
    "MICROSOFT",
    "NAMED",
    "NOT_YET_VALID",
    "OKTA",
    "PING",
    "PUBLIC",
    "SECONDARY",
    "USERNAME",
    "WINDOWS",
    "Answered",
    "Asked",
    "Cut",
    "Delivery",
    "Dripped",
    "Dtd",
    "Encoding",
    "Endpoint",
    "Farm",
    "Fault",
    "GzipBomb",
    "Held",
    "Key",
    "Metadata",
    "Mex",
    "Padded",
    "Place",
    "Plain",
    "Redirected",
    "Roles",
    "SignIn",
    "Signature",
    "SimulatedAdfs",
    "Tls",
    "Vendor",
    "Writing",
    "at",
    "dripping",
    "dtd",
    "encoding",
    "saml_only",
    "signature",
    "signing",
    "silent",
    "spaced",
    "tacit",
    "tls",
    "windowstransport",
    "without_relying_party",
    "without_usernamemixed",
    "write",
    "written",
]
