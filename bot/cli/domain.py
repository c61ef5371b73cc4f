"""``relatch domain``: the same reads as ``/domain``, for terminals and for monitoring."""

from __future__ import annotations

import sys
from collections.abc import Callable

from approvals.errors import Gone
from bot.cli import domain_json, domain_text, opening
from bot.cli.output import print_json, say
from bot.cli.reading import Domain
from bot.exit_codes import DONE, NO, OUTSIDE, USAGE
from commands.domain import listed, to_federate, to_unfederate
from commands.domain_names import DomainName, shown_domain
from commands.estate import Estate
from commands.federation_model import DomainCheck, Grade, StepKind, Waiting, worst
from commands.model import NothingToDo
from commands.ports import Domains
from commands.runbooks import Runbook


async def list_(containing: str = "", /, *, json: bool = False) -> int:
    """Show every domain of the tenant.

    Parameters
    ----------
    containing
        Only those whose name contains it; or a kind: federated or managed.
    json
        For machines: a list of objects.
    """
    async with opening.domains() as domains:
        every = await domains.list()
    estate = Estate.of(every)
    pages = [listed(every, containing, 1)]
    pages += [listed(every, containing, page) for page in range(2, pages[0].pages + 1)]
    rows = [row for page in pages for row in page.rows]
    if json:
        print_json([domain_json.listed(row.domain, estate.inherited(row.domain)) for row in rows])
    else:
        say(domain_text.listed(rows))
    return DONE


async def show(domain: Domain, /, *, json: bool = False) -> int:
    """Show one domain whole: settings, certificates, and what the world is told.

    Parameters
    ----------
    domain
        A domain, or an address of somebody in it.
    json
        For machines: one object, times in ISO 8601 UTC.
    """
    async with opening.domains() as domains:
        try:
            view = await domains.show(domain)
        except Gone:
            return _no_such(domain)
    if json:
        print_json(domain_json.view(view))
    else:
        say(domain_text.view(view))
    return NO if worst(view.findings) is Grade.WRONG else DONE


async def check(domain: Domain, /, *, json: bool = False) -> int:
    """Test single sign-on without a password.

    Parameters
    ----------
    domain
        A domain, or an address of somebody in it.
    json
        For machines: one object, times in ISO 8601 UTC, durations in seconds.
    """
    async with opening.domains() as domains:
        try:
            found = await _checked(domains, domain, (lambda _: None) if json else _Progress())
        except Gone:
            return _no_such(domain)
    if json:
        print_json(domain_json.check(found))
    else:
        say(domain_text.conclusion(found))
    if found.view is None:
        return OUTSIDE
    return NO if found.grade is Grade.WRONG else DONE


async def federate(domain: Domain, /, *, json: bool = False) -> int:
    """Write the runbook for making a domain federated; nothing is changed.

    Parameters
    ----------
    domain
        A domain of the tenant.
    json
        For machines: one object.
    """
    async with opening.domains() as domains:
        try:
            return _print_runbook(await to_federate(domains, domain), json=json)
        except Gone:
            return _no_such(domain)


async def unfederate(domain: Domain, /, *, json: bool = False) -> int:
    """Write the runbook for making a domain managed; nothing is changed.

    Parameters
    ----------
    domain
        A domain of the tenant.
    json
        For machines: one object.
    """
    async with opening.domains() as domains:
        try:
            return _print_runbook(await to_unfederate(domains, domain), json=json)
        except Gone:
            return _no_such(domain)


class _Progress:
    """Prints each step when it is over."""

    def __init__(self) -> None:
        self._printed: set[tuple[str, str]] = set()

    def __call__(self, so_far: DomainCheck) -> None:
        for step in so_far.steps:
            key = (step.kind, step.about)
            # The password is never tested, which is known first and said last.
            over = (
                so_far.finished if step.kind is StepKind.PASSWORD else not isinstance(step.outcome, Waiting)
            )
            if over and key not in self._printed:
                self._printed.add(key)
                say(domain_text.step(step))


async def _checked(domains: Domains, name: DomainName, shown: Callable[[DomainCheck], None]) -> DomainCheck:
    last = None
    async for last in domains.check(name):
        shown(last)
    if last is None:
        raise RuntimeError("a check without an end")
    return last


def _print_runbook(found: Runbook | NothingToDo, *, json: bool) -> int:
    if isinstance(found, NothingToDo):
        sys.stderr.write(f"relatch: {domain_text.plain(found.why)}\n")
        return NO
    if json:
        print_json(domain_json.runbook(found))
    else:
        say(domain_text.runbook(found))
    return DONE


def _no_such(domain: DomainName) -> int:
    sys.stderr.write(f"relatch: this tenant has no domain {domain_text.plain(shown_domain(domain))}\n")
    return USAGE
