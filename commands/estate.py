"""A tenant's domains together: which of them have their sign-in from which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from approvals.errors import Gone
from commands.domain_names import DomainName, parents
from commands.federation_model import Authentication, Domain


@dataclass(frozen=True, slots=True)
class Estate:
    """Every domain of the tenant, and by name the one whose sign-in each of them has."""

    every: tuple[Domain, ...]
    roots: Mapping[DomainName, Domain]

    @classmethod
    def of(cls, every: tuple[Domain, ...]) -> Estate:
        """Find the roots: of a subdomain the nearest one above it."""
        known = {one.name: one for one in every}
        return cls(every, {one.name: _root(one, known) for one in every})

    def root(self, name: DomainName) -> Domain:
        """Return the domain whose sign-in *name* has; ``Gone`` for another tenant's."""
        if name not in self.roots:
            raise Gone("the tenant has no such domain")
        return self.roots[name]

    def inherited(self, domain: Domain) -> DomainName | None:
        """Return from where *domain* has its sign-in, if that is not itself."""
        root = self.roots[domain.name]
        return None if root == domain else root.name

    def below(self, root: Domain) -> tuple[DomainName, ...]:
        """Return the domains that have their sign-in from *root*."""
        return tuple(one.name for one in self.every if one != root and self.roots[one.name] == root)

    @property
    def federated_roots(self) -> tuple[Domain, ...]:
        """Return the domains that have a federation of their own."""
        federated = (one for one in self.every if one.authentication is Authentication.FEDERATED)
        return tuple(one for one in federated if self.roots[one.name] == one)


def _root(domain: Domain, known: Mapping[DomainName, Domain]) -> Domain:
    if domain.root:
        return domain
    above = (known[name] for name in parents(domain.name) if name in known)
    return next((one for one in above if one.root), domain)
