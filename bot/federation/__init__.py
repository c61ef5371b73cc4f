"""Domains and federation: what Entra believes, what the federation service says, and whether sign-in works.

Federation hosts come from the tenant and from DNS and are treated as hostile: https only, public addresses
only unless the policy allows others, one address checked and then connected to, bounded time and size, no
DTD, no cookie, no token. What fails is a finding, not an exception.
"""

from bot.federation.check import Means
from bot.federation.domains import FederationDomains
from bot.federation.guard import private_too, public_only
from bot.federation.network import Network
from bot.federation.realm import Realms

__all__ = ["FederationDomains", "Means", "Network", "Realms", "private_too", "public_only"]
