"""Microsoft Entra: tokens from MSAL, one Graph client, and (on top of it) what the ports ask for.

::

    credentials ──► tokens ──┐
    address ────► batch ─────┼──► client ──► the adapters of the ports
    answers ────► (all) ─────┘

httpx and msal are imported in this package and in no other part of the product that talks to Microsoft.
"""
