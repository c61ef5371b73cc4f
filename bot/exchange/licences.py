"""Licences in words. Source: Microsoft's table of product names and service plan identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.entra.answers import Json
from bot.entra.words import line
from commands.mailbox_model import Licence

PRODUCTS: Final[Mapping[str, str]] = {
    "ENTERPRISEPACK": "Office 365 E3",
    "ENTERPRISEPREMIUM": "Office 365 E5",
    "STANDARDPACK": "Office 365 E1",
    "DESKLESSPACK": "Office 365 F3",
    "SPE_E3": "Microsoft 365 E3",
    "SPE_E5": "Microsoft 365 E5",
    "SPE_F1": "Microsoft 365 F3",
    "M365_F1_COMM": "Microsoft 365 F1",
    "SPB": "Microsoft 365 Business Premium",
    "O365_BUSINESS_PREMIUM": "Microsoft 365 Business Standard",
    "O365_BUSINESS_ESSENTIALS": "Microsoft 365 Business Basic",
    "EXCHANGESTANDARD": "Exchange Online (Plan 1)",
    "EXCHANGEENTERPRISE": "Exchange Online (Plan 2)",
    "EXCHANGEDESKLESS": "Exchange Online Kiosk",
}
PLANS: Final[Mapping[str, str]] = {
    "EXCHANGE_S_ENTERPRISE": "Exchange Online (Plan 2)",
    "EXCHANGE_S_STANDARD": "Exchange Online (Plan 1)",
    "EXCHANGE_S_DESKLESS": "Exchange Online Kiosk",
    "EXCHANGE_S_ESSENTIALS": "Exchange Online Essentials",
    "EXCHANGE_L_STANDARD": "Exchange Online (Plan 1)",
}
"""Plans that come with a mailbox; ``EXCHANGE_S_FOUNDATION`` and the archives do not."""

_READY: Final = "Success"
_STATES: Final[Mapping[str, str]] = {
    "Disabled": "turned off in the licence",
    "PendingInput": "waits for input",
    "PendingActivation": "being activated",
    "PendingProvisioning": "the mailbox is being made",
    "Error": "failed; look in the admin centre",
}


def licences(items: Iterable[Json]) -> tuple[Licence, ...]:
    """Return the licences that come with a mailbox."""
    return tuple(licence for item in items for licence in _with_mailbox(item))


def _with_mailbox(item: Json) -> Iterable[Licence]:
    written = line(item.get("skuPartNumber"), 80)
    product = PRODUCTS.get(written, written)
    plans = item.get("servicePlans")
    for plan in plans if isinstance(plans, list) else []:
        name = PLANS.get(line(plan.get("servicePlanName"), 80)) if isinstance(plan, dict) else None
        if name is not None:
            state = line(plan.get("provisioningStatus"), 40)
            whole = name if name == product else f"{name} in {product}"
            yield Licence(whole, state == _READY, "" if state == _READY else _STATES.get(state, state))
