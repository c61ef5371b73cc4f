"""What a person sees, as HTML: the whole page, and each of its regions by itself."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.demo.clock import MovableClock
from bot.demo.page import markup
from bot.demo.page.ledger import Coming, Ledger
from bot.demo.page.seat import Seat, Unseen, places, seated, seen
from bot.demo.world import World
from bot.sim.tenant.journal import MfaChange, Received
from bot.sim.workspace.model import Message, Person
from commands.table import COMMANDS, HELP, Feature, available

REGIONS: Final = (
    *("people", "places", "messages", "thread", "modals"),
    *("clock", "tenant", "changes", "record", "chain"),
)
"""The parts of the page that change while one looks at them; each is an element and a template's block."""
CHANGES: Final = 30


@dataclass(frozen=True, slots=True)
class Typable:
    """A line of the completion: what is put in, how it is written in full, and what it does."""

    insert: str
    usage: str
    summary: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of somebody's MFA, and who made it."""

    at: float
    who: str
    change: MfaChange
    by: str


class Eyes:
    """Renders the simulated world for whoever sits in front of it."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._unseen = Unseen(world.workspace)
        self._templates = templates()
        self._typable = typable(world.configuration.policy.path)

    def page(self, at: Seat, coming: Coming | None) -> str:
        """Return the whole page."""
        return self._templates.get_template("page.html").render(self._context(at, coming), regions=REGIONS)

    def regions(self, at: Seat, coming: Coming | None) -> dict[str, str]:
        """Return what is in each region."""
        context = self._context(at, coming)
        return {name: self._templates.get_template(f"{name}.html").render(context) for name in REGIONS}

    def _context(self, at: Seat, coming: Coming | None) -> dict[str, object]:
        workspace, tenant = self._world.workspace, self._world.tenant.state
        self._unseen.look(at)
        names = workspace.names
        me = at.person.id

        def mrkdwn(text: str) -> Markup:
            return markup.html(text, names, me)

        return {
            "seat": at,
            "workspace": workspace,
            "people": seated(workspace),
            "role": self._role,
            "places": places(workspace, at.person),
            "unseen": self._unseen,
            "shown": seen(workspace, at.person, at.place),
            "parent": at.place.find(at.thread),
            "views": workspace.views_of(me)[-1:],
            "mrkdwn": mrkdwn,
            "plain": markup.plain,
            "moment": markup.moment,
            "author": self._author,
            "clock": self._world.clock,
            "ahead": ahead(self._world.clock),
            "coming": coming,
            "users": list(tenant.users.values()),
            "touched": {one.user_id for one in tenant.changes()},
            "changes": self._changes(),
            "ledger": self._ledger,
            "typable": self._typable,
        }

    def _author(self, message: Message) -> Person | None:
        return self._world.workspace.people.get(message.author)

    def _role(self, person: Person) -> str:
        """Return what *person* is to the others: user groups, or what the directory says."""
        groups = [one.name for one in self._world.workspace.groups.values() if person.id in one.users]
        if groups:
            return ", ".join(groups)
        user = self._world.tenant.state.find_user(person.email)
        title = user.job_title if user is not None else None
        return title or ("guest" if person.is_restricted else "")

    def _changes(self) -> list[Changed]:
        state = self._world.tenant.state
        return [
            Changed(one.at.timestamp(), state.user(one.user_id).display_name, one, _cause(one))
            for one in reversed(state.changes()[-CHANGES:])
            if one.user_id in state.users
        ]


def typable(policy: Path) -> list[Typable]:
    """Return everything that can be typed under *policy*, straight from the registry's table."""
    tables = tomllib.loads(policy.read_text(encoding="utf-8"))
    features = frozenset(one for one in Feature if one.value in tables)
    lines = []
    for command in COMMANDS:
        rows = available(command, features)
        lines += [Typable(f"{row.name} ", row.usage, row.summary) for row in rows]
        if rows:
            lines.append(Typable(f"{command} {HELP}", f"{command} {HELP}", "Show what can be typed."))
    return lines


def ahead(clock: MovableClock) -> str:
    """Return how far the simulated time is ahead, in words; empty when it is not."""
    minutes = round(clock.ahead / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} h"] if hours else []
    return " ".join([*said, *([f"{rest} min"] if rest else [])])


def _cause(change: MfaChange) -> str:
    return "Relatch" if isinstance(change.cause, Received) else change.cause.name


def templates() -> Environment:
    """Return the page's templates, which know every block type and refuse to draw another."""
    return Environment(
        loader=PackageLoader("bot.demo.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
