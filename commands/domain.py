"""``/domain``: which domains there are, where sign-in goes, whether it works, and how it is converted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Final, TypeVar, assert_never

from approvals.errors import Gone, PortError
from approvals.service import Refusal
from commands.desk import UNREACHABLE, Desk, Errand
from commands.domain_names import DomainName, NotADomain, read_domain, shown_domain
from commands.estate import Estate
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
from commands.runbooks import Runbook, Sibling, Surroundings, federating, unfederating
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
    found = await _asked(at, errand, wish.name, to_federate(at.domains, wish.name))
    yield RunbookShown(found, _printed(errand, found)) if isinstance(found, Runbook) else found


async def unfederate(at: Counter, errand: Errand, wish: Unfederate) -> AsyncIterator[Reply]:
    """Write out how the domain is made managed, and how it is federated again."""
    yield LookingUp(shown_domain(wish.name))
    found = await _asked(at, errand, wish.name, to_unfederate(at.domains, wish.name))
    yield RunbookShown(found, _printed(errand, found)) if isinstance(found, Runbook) else found


def _printed(errand: Errand, runbook: Runbook) -> str:
    """Return what prints in a terminal what was asked for here."""
    return f"relatch {errand.to.removeprefix('/')} {runbook.domain}"


# --- runbooks ------------------------------------------------------------------------------


async def to_federate(domains: Domains, name: DomainName) -> Runbook | NothingToDo:
    """Return how *name*, or the root it follows, is federated; ``Gone`` for another tenant's."""
    estate = Estate.of(await domains.list())
    root = estate.root(name)
    if root.authentication is Authentication.FEDERATED:
        way_back = f"`/domain unfederate {root.name}` is the way back."
        hint = f"`/domain check {root.name}` tells whether sign-in works; {way_back}"
        return NothingToDo(f"{_called(name, root)} is federated already.", hint)
    if root.initial:
        return NothingToDo(
            f"{root.shown} cannot be federated.", "It is the tenant's own onmicrosoft.com domain."
        )
    return federating(root, await _sibling(domains, estate))


async def to_unfederate(domains: Domains, name: DomainName) -> Runbook | NothingToDo:
    """Return how *name*, or the root it follows, is made managed; ``Gone`` for another tenant's."""
    estate = Estate.of(await domains.list())
    root = estate.root(name)
    if root.authentication is not Authentication.FEDERATED:
        hint = f"`/domain show {root.name}` tells where its people sign in."
        return NothingToDo(f"{_called(name, root)} is not federated.", hint)
    others = tuple(one.name for one in estate.federated_roots if one != root)
    around = Surroundings(below=estate.below(root), others=others)
    return unfederating(root, await _held(domains, root.name), around)


async def _sibling(domains: Domains, estate: Estate) -> Sibling | None:
    """Return the first federated domain whose configuration can be read."""
    for one in estate.federated_roots:
        held = await _held(domains, one.name)
        if held is not None:
            return Sibling(one.name, held)
    return None


async def _held(domains: Domains, name: DomainName) -> Configuration | None:
    sign_in = (await domains.show(name)).sign_in
    return sign_in.configuration if isinstance(sign_in, Federated) else None


def _called(name: DomainName, root: Domain) -> str:
    if root.name == name:
        return root.shown
    return f"{shown_domain(name)} has its sign-in from {root.shown}, which"


# --- which domains -------------------------------------------------------------------------


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
