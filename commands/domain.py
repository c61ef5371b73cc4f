"""``/domain``: which domains there are, where sign-in goes, whether it works, and how it is converted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar, assert_never

from approvals.errors import Gone, PortError
from approvals.service import Refusal
from commands.desk import UNREACHABLE, Desk, Errand
from commands.domain_names import DomainName, NotADomain, parents, read_domain, shown_domain
from commands.federation_model import (
    Authentication,
    Configuration,
    Domain,
    DomainCheck,
    Federated,
    StepKind,
    Waiting,
)
from commands.model import (
    DomainChecked,
    DomainRow,
    DomainShown,
    DomainsShown,
    LookingUp,
    NotFound,
    NothingToDo,
    Reply,
    RunbookShown,
)
from commands.ports import ByChat, ById, Domains
from commands.runbooks import Sibling, Surroundings, federating, unfederating
from commands.wishes import CheckDomain, DomainWish, Federate, ListDomains, ShowDomain, Unfederate

ON_A_PAGE: Final = 25
"""Names of 253 characters each still fit into one message."""
GLIMPSES: Final = 2
"""How often a check is shown before it is finished: an answer may be replaced four times in all."""

# What is recorded holds nothing that was typed.
NO_SUCH_DOMAIN: Final = Refusal("domain", "The tenant has no such domain.", "See the list of domains.")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Counter:
    """Where questions about domains are answered."""

    desk: Desk
    domains: Domains


def answer(at: Counter, errand: Errand, wish: DomainWish) -> AsyncIterator[Reply]:
    """Return the replies to *wish*."""
    match wish:
        case ListDomains():
            return list_domains(at, errand, wish)
        case ShowDomain():
            return show(at, errand, wish)
        case CheckDomain():
            return check(at, errand, wish)
        case Federate():
            return federate(at, errand, wish)
        case Unfederate():
            return unfederate(at, errand, wish)
        case never:
            assert_never(never)


async def list_domains(at: Counter, errand: Errand, wish: ListDomains) -> AsyncIterator[Reply]:
    """Show a page of the domains; a page behind the last is the last."""
    yield LookingUp("the domains")
    found = await _asked(at, errand, "", at.domains.list())
    yield found if isinstance(found, NotFound) else listed(found, wish.containing, wish.page)


async def show(at: Counter, errand: Errand, wish: ShowDomain) -> AsyncIterator[Reply]:
    """Show one domain whole."""
    name = await _name(at, errand, wish.of)
    if isinstance(name, NotFound):
        yield name
        return
    yield LookingUp(shown_domain(name))
    found = await _asked(at, errand, name, at.domains.show(name))
    yield found if isinstance(found, NotFound) else DomainShown(found)


async def check(at: Counter, errand: Errand, wish: CheckDomain) -> AsyncIterator[Reply]:
    """Check a domain; it is shown at its beginning, after a third and two thirds, and at its end."""
    name = await _name(at, errand, wish.of)
    if isinstance(name, NotFound):
        yield name
        return
    yield LookingUp(shown_domain(name))
    glimpses = 0
    try:
        async for so_far in at.domains.check(name):
            if so_far.finished or glimpses < min(_thirds(so_far), GLIMPSES):
                glimpses += 1
                yield DomainChecked(so_far)
    except Gone:
        yield await _no_such_domain(at, errand, name)


def _thirds(so_far: DomainCheck) -> int:
    """Return how many thirds of the check are over; the steps outside are only known after the first ones."""
    over = [
        step
        for step in so_far.steps
        if step.kind is not StepKind.PASSWORD and not isinstance(step.outcome, Waiting)
    ]
    return 3 * len(over) // max(len(so_far.steps) - 1, len(StepKind) - 1)


async def federate(at: Counter, errand: Errand, wish: Federate) -> AsyncIterator[Reply]:
    """Write out how the domain is federated, as another one of the tenant is."""
    yield LookingUp(shown_domain(wish.name))
    estate = await _estate_with(at, errand, wish.name)
    if isinstance(estate, NotFound):
        yield estate
        return
    root = estate.root(wish.name)
    if root.authentication is Authentication.FEDERATED:
        way_back = f"`/domain unfederate {root.name}` is the way back."
        hint = f"`/domain check {root.name}` tells whether sign-in works; {way_back}"
        yield NothingToDo(f"{_called(wish.name, root)} is federated already.", hint)
    elif root.initial:
        yield NothingToDo(
            f"{root.shown} cannot be federated.", "It is the tenant's own onmicrosoft.com domain."
        )
    else:
        sibling = await _sibling(at, errand, estate)
        yield (
            sibling
            if isinstance(sibling, NotFound)
            else RunbookShown(federating(root, sibling), _printed(errand, root))
        )


async def unfederate(at: Counter, errand: Errand, wish: Unfederate) -> AsyncIterator[Reply]:
    """Write out how the domain is made managed, and how it is federated again."""
    yield LookingUp(shown_domain(wish.name))
    estate = await _estate_with(at, errand, wish.name)
    if isinstance(estate, NotFound):
        yield estate
        return
    root = estate.root(wish.name)
    if root.authentication is not Authentication.FEDERATED:
        hint = f"`/domain show {root.name}` tells where its people sign in."
        yield NothingToDo(f"{_called(wish.name, root)} is not federated.", hint)
        return
    held = await _held(at, errand, root.name)
    if isinstance(held, NotFound):
        yield held
        return
    others = tuple(one.name for one in estate.federated_roots if one != root)
    around = Surroundings(below=estate.below(root), others=others)
    yield RunbookShown(unfederating(root, held, around), _printed(errand, root))


def _printed(errand: Errand, root: Domain) -> str:
    """Return what prints in a terminal what was asked for here."""
    return f"relatch {errand.to.removeprefix('/')} {root.name}"


# --- which domain --------------------------------------------------------------------------


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


def listed(every: tuple[Domain, ...], containing: str, page: int) -> DomainsShown:
    """Return a page of *every* domain whose name contains *containing*, or whose kind it is."""
    word, estate = containing.lower(), Estate.of(every)
    found = [
        one for one in every if word in one.name or word in one.shown or word == one.authentication.lower()
    ]
    pages = max(-(-len(found) // ON_A_PAGE), 1)
    here = min(page, pages)
    shown = found[(here - 1) * ON_A_PAGE : here * ON_A_PAGE]
    rows = tuple(DomainRow(one, estate.inherited(one)) for one in shown)
    return DomainsShown(
        rows=rows, containing=containing, page=here, pages=pages, matching=len(found), total=len(every)
    )


def _called(name: DomainName, root: Domain) -> str:
    if root.name == name:
        return root.shown
    return f"{shown_domain(name)} has its sign-in from {root.shown}, which"


async def _estate_with(at: Counter, errand: Errand, name: DomainName) -> Estate | NotFound:
    async def look() -> Estate:
        estate = Estate.of(await at.domains.list())
        estate.root(name)
        return estate

    return await _asked(at, errand, name, look())


async def _sibling(at: Counter, errand: Errand, estate: Estate) -> Sibling | NotFound | None:
    """Return the first federated domain whose configuration can be read."""
    for one in estate.federated_roots:
        held = await _held(at, errand, one.name)
        if held is not None:
            return held if isinstance(held, NotFound) else Sibling(one.name, held)
    return None


async def _held(at: Counter, errand: Errand, name: DomainName) -> Configuration | NotFound | None:
    found = await _asked(at, errand, name, at.domains.show(name))
    if isinstance(found, NotFound):
        return found
    return found.sign_in.configuration if isinstance(found.sign_in, Federated) else None


async def _name(at: Counter, errand: Errand, of: DomainName | ByChat | ById) -> DomainName | NotFound:
    """Return the domain that is meant: a person's is that of their UPN, by which they sign in."""
    if isinstance(of, str):
        return of
    person = await at.desk.find(errand, of)
    if isinstance(person, NotFound):
        return person
    try:
        return read_domain(person.upn)
    except NotADomain:
        return NotFound(f"a domain in {person.upn}", "See `/domain list`.")


async def _asked(at: Counter, errand: Errand, name: str, answer: Awaitable[Answer]) -> Answer | NotFound:
    """Wait for *answer* about a domain; without one the attempt is recorded."""
    try:
        return await answer
    except Gone:
        return await _no_such_domain(at, errand, name)
    except PortError:
        await at.desk.approvals.refuse(errand.caller, errand.to, UNREACHABLE)
        raise


async def _no_such_domain(at: Counter, errand: Errand, name: str) -> NotFound:
    await at.desk.approvals.refuse(errand.caller, errand.to, NO_SUCH_DOMAIN)
    return NotFound(f"{shown_domain(name)} in this tenant", "See `/domain list` for those it has.")
