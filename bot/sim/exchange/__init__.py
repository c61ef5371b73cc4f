"""A simulated Exchange Online, over HTTPS on loopback, beside a simulated tenant.

``async with SimulatedExchange(tenant) as exchange`` serves the admin API v2.0 (preview) and the older
``InvokeCommand`` for the tenant's mailboxes, with tokens of the tenant's login host for this host alone.
Shapes and refusals are those of Microsoft's docs on the admin API, and of what the Exchange PowerShell
module receives.
"""

from bot.sim.exchange.server import Asked, Broken, SimulatedExchange

__all__ = ["Asked", "Broken", "SimulatedExchange"]
