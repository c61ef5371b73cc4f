"""The ``Domains`` port of the commands over Graph, realm discovery and the federation hosts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bot.entra.domains import list_domains, read_domain_of
from bot.federation.check import Means, check
from bot.federation.health import Moment
from bot.federation.views import view
from commands.domain_names import DomainName
from commands.federation_model import Domain, DomainCheck, DomainView


class FederationDomains:
    """Reads domains; see ``commands.ports.Domains`` for what each method promises."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def list(self) -> tuple[Domain, ...]:
        """Return every domain of the tenant."""
        return await list_domains(self._means.graph)

    async def show(self, name: DomainName) -> DomainView:
        """Return one domain whole; Graph and realm discovery are asked at the same time."""
        realm = asyncio.create_task(self._means.realms.discover(name))
        try:
            known = await read_domain_of(self._means.graph, name)
            moment = Moment(self._means.clock.now(), self._means.thresholds)
            return view(*known, await realm, moment)
        finally:
            realm.cancel()
            await asyncio.wait([realm])

    def check(self, name: DomainName) -> AsyncIterator[DomainCheck]:
        """Yield the check as far as it has come."""
        return check(self._means, name)
