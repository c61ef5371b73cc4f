"""Nobody waits for Slack or Microsoft while a database transaction is open."""

from __future__ import annotations

import ast
import inspect
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import approvals
from approvals.agenda import Do, Kind, Over, Work
from approvals.errors import Never
from approvals.model import LOWERED, ActionKind, Operator, PhoneNumber, RequestId
from approvals.policy import Limit, Refusal
from approvals.ports import Directory, Passes, Query, Registrar, Screen, Target, Tell, Whereabouts
from approvals.runner import Perform, Runner, performing, putting_back
from approvals.service import Click, Role, Service
from tests.world.faults import LoseAnswer, Refuse
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, caller
from tests.world.requests import PASS, SET_UP
from tests.world.world import Helpdesk, World, quick

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OUTSIDE = {"directory", "passes", "registrar", "screen", "target", "tell"}
OF_DOMAINS = {Kind.FEDERATION, Kind.DOMAIN_NEWS}
"""Work that is not the core's."""


@pytest.fixture
async def world(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[World]:
    file = tmp_path / "relatch.db"
    shutil.copy(migrated_sqlite, file)
    made = World(quick(file))
    yield made
    await made.database.close()


class Everything:
    """A helpdesk under a policy of two approvals, that notes what was used and performed."""

    def __init__(self, world: World) -> None:
        policy = replace(POLICY, approvals=2, per_person=Limit(100, HOUR))
        process = world.process(policy=policy)
        self.world = world
        self.used: set[str] = set()
        self.performed: set[Kind] = set()
        desk = process.desk
        performers = {**putting_back(desk), **performing(desk)}
        noted = {kind: self._noted(kind, perform) for kind, perform in performers.items()}
        self.process = replace(process, runner=Runner(desk, noted))
        self.helpdesk = Helpdesk(world, self.process)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        self.used.add(name)
        use: Callable[..., Awaitable[object]] = getattr(self.process.service, name)
        return use

    def _noted(self, kind: Kind, perform: Perform) -> Perform:
        async def noted(work: Work) -> Over | None:
            self.performed.add(kind)
            return await perform(work)

        return noted

    async def active(self) -> RequestId:
        self.used |= {"submit", "approve"}
        request = await self.helpdesk.ask()
        for who in (OMAR, DUTY):
            await self.approve(Click(caller(who), request.id, 1))
        await self.world.live(self.process, MINUTE)
        return request.id


async def test_no_use_case_and_no_work_calls_outside_while_a_transaction_is_open(world: World) -> None:
    it = Everything(world)
    async with world.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now + MINUTE))
    await _refusals(it)
    await _undecided(it)
    await _a_whole_life(it)
    await _changes(it)
    await _a_pass(it)
    await _what_goes_wrong(it)
    assert world.trespasses == []
    assert it.performed | OF_DOMAINS == set(Kind)
    assert it.used >= {name for name, _ in inspect.getmembers(Service, inspect.isfunction) if name[0] != "_"}
    for port in (Directory, Passes, Registrar, Screen, Target, Tell):
        called = set(world.script.names(port.__name__.lower()))
        assert called >= {name for name in vars(port) if name[0] != "_"} - {"alarm"}


async def _refusals(it: Everything) -> None:
    for _ in range(2):
        await it.admit(caller(LEE), Role.REQUESTER, to="status")
        await it.refuse(caller(LEE), "suspend", Refusal("grammar", "No.", "Try help."))
    await it.world.live(it.process, MINUTE)


async def _undecided(it: Everything) -> None:
    denied = await it.helpdesk.ask()
    await it.deny(Click(caller(OMAR), denied.id, 1), "no")
    withdrawn = await it.helpdesk.ask()
    await it.withdraw(caller(HANNA), withdrawn.id)
    lapsed = await it.helpdesk.ask()
    await it.world.live(it.process, 9 * HOUR)
    assert (await it.world.get(lapsed.id)).outcome == "lapsed"


async def _a_whole_life(it: Everything) -> None:
    active = await it.active()
    it.used.add("extend")
    more = await it.helpdesk.ask_for_more(await it.world.get(active), HOUR)
    for who in (OMAR, DUTY):
        await it.approve(Click(caller(who), more.id, 1))
    await it.world.live(it.process, 90 * MINUTE)
    await it.restore(caller(DESK), active, "done")
    await it.world.live(it.process, HOUR)
    assert (await it.world.get(active)).outcome == "restored"
    await it.get(active)
    await it.find(Query(kind=ActionKind.SUSPEND))


async def _changes(it: Everything) -> None:
    await it.consider(caller(HANNA), LEE.id, ActionKind.SET_UP)
    it.used.add("ask_change")
    await it.guide(caller(HANNA), LEE.id)
    request = await it.helpdesk.ask_change(SET_UP, PhoneNumber("+31 612345678"))
    await it.show_number(Click(caller(OMAR), request.id, 1))
    await it.approve(Click(caller(OMAR), request.id, 1))
    await it.world.live(it.process, MINUTE)
    assert (await it.world.get(request.id)).outcome == "done"


async def _a_pass(it: Everything) -> None:
    request, screen = await it.helpdesk.ask_change(PASS), it.process.screen
    await it.approve(Click(caller(OMAR), request.id, 1))
    await screen.open(request.id)
    await it.show_pass(caller(HANNA), request.id, screen)
    await it.world.live(it.process, 2 * HOUR)
    assert (await it.world.get(request.id)).outcome == "done"


async def _what_goes_wrong(it: Everything) -> None:
    script, tenant = it.world.script, it.world.tenant
    script.next("lower", LoseAnswer())
    slipped = await it.active()
    tenant.write(LEE.id, LOWERED)
    await it.world.live(it.process, HOUR)
    assert (await it.world.get(slipped)).outcome == "restored"

    overdue = await it.active()
    script.always("put_back", Refuse(Never("403")))
    await it.order_restore(Operator("root@host"), overdue, "incident")
    await it.world.live(it.process, 10 * MINUTE)
    script.always("put_back", None)
    script.next("revoke_sessions", Refuse(Never("403")))
    await it.world.live(it.process, HOUR)
    assert (await it.world.get(overdue)).outcome == "restored"

    deleted = await it.active()
    tenant.elsewhere[LEE.id] = Whereabouts.DELETED
    it.world.chat.gone.update(post.ref for post in it.world.chat.of("card"))
    await it.world.live(it.process, 25 * HOUR)
    tenant.elsewhere.clear()
    await it.close_as_is(Operator("root@host"), deleted, "merged")
    await it.world.live(it.process, HOUR)


async def test_a_call_inside_a_transaction_would_be_noticed(world: World) -> None:
    desk = world.process().desk
    async with desk.store.transaction():
        await desk.directory.approvers()
    await desk.directory.approvers()
    assert world.trespasses == ["directory.approvers"]


# --- in the text of the core ---------------------------------------------------------------


def _trespasses(tree: ast.AST) -> Iterator[int]:
    """Return the lines that name a port to the outside within ``async with ….transaction(…)``."""
    for block in ast.walk(tree):
        if isinstance(block, ast.AsyncWith) and any(
            isinstance(call.context_expr, ast.Call)
            and ast.unparse(call.context_expr.func).endswith(".transaction")
            for call in block.items
        ):
            inside = (node for statement in block.body for node in ast.walk(statement))
            yield from (
                node.lineno for node in inside if isinstance(node, ast.Attribute) and node.attr in OUTSIDE
            )


@pytest.mark.parametrize(
    "file",
    sorted(Path(approvals.__path__[0]).rglob("*.py")),
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_no_transaction_of_the_core_names_a_port_to_the_outside(file: Path) -> None:
    assert list(_trespasses(ast.parse(file.read_text(encoding="utf-8")))) == []


def test_a_port_named_inside_a_transaction_would_be_noticed() -> None:
    text = "async def f(desk):\n async with desk.store.transaction() as tx:\n  await desk.tell.head(1, '')\n"
    assert list(_trespasses(ast.parse(text))) == [3]
