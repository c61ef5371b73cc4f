"""Requests that have come so far, written as the machine writes them, with their work and their record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.machine import OutOfTurn, Step, opened, step
from approvals.model import (
    PER_USER,
    Action,
    Briefing,
    ChatId,
    Confirmed,
    Denied,
    Event,
    Extend,
    Lever,
    Person,
    PersonId,
    Protection,
    QuorumReached,
    Request,
    Suspend,
)
from approvals.policy import Limit, Policy, Timing
from approvals.ports import Transaction
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import HANNA, LEE, OMAR
from bot.sql.store import SqlStore

HOUR = timedelta(hours=1)
POLICY = Policy(
    means=PER_USER,
    default=HOUR,
    shortest=timedelta(seconds=1),
    longest=4 * HOUR,
    approvals=1,
    timing=Timing(8 * HOUR, HOUR, timedelta(minutes=10), timedelta(minutes=2)),
    per_person=Limit(5, 24 * HOUR),
)


def person(who: str, name: str, chat: str) -> Person:
    return Person(PersonId(who), name, f"{name.partition(' ')[0].lower()}@contoso.com", ChatId(chat))


REQUESTER = person(HANNA, "Hanna de Boer", "U0HANNA")
APPROVER = person(OMAR, "Omar Haddad", "U0OMAR")
SUBJECT = person(LEE, "Lee Jansen", "U0LEE")
APPROVED = QuorumReached(APPROVER, (), Protection.ENFORCED)


@dataclass(frozen=True, slots=True)
class Suspensions:
    """Writes requests to one database; what is lowered is lowered in the tenant too."""

    store: SqlStore
    tenant: SimulatedTenant

    async def pending(self, subject: Person = SUBJECT) -> Request:
        return await self._written(Suspend(Lever.PER_USER, HOUR), subject)

    async def denied(self) -> Request:
        return await self._written(Suspend(Lever.PER_USER, HOUR), SUBJECT, Denied(APPROVER, "not today"))

    async def active(self, lasts: timedelta = HOUR, subject: Person = SUBJECT) -> Request:
        self.tenant.state.set_mfa(subject.id, "disabled")
        return await self._written(Suspend(Lever.PER_USER, lasts), subject, APPROVED, Confirmed())

    async def extension(self, of: Request) -> Request:
        return await self._written(Extend(of.id, HOUR), of.subject)

    async def _written(self, action: Action, subject: Person, *events: Event) -> Request:
        async with self.store.transaction() as tx:
            request = Request(
                id=await tx.new_id(),
                action=action,
                subject=subject,
                requester=REQUESTER,
                reason="phone broken",
                ticket="INC-48211",
                briefing=Briefing(Protection.ENFORCED),
                needed=1,
                created_at=tx.now,
                lapses_at=tx.now + POLICY.timing.pending,
            )
            first = opened(request, POLICY, tx.now)
            await tx.add(first.request)
            await _order_and_record(tx, first)
            for event in events:
                taken = step(await tx.lock(request.id), event, tx.now, POLICY)
                assert not isinstance(taken, OutOfTurn)
                await tx.save(taken.request)
                await _order_and_record(tx, taken)
            return await tx.get(request.id)


async def _order_and_record(tx: Transaction, taken: Step) -> None:
    await tx.order(taken.request.id, *taken.orders)
    await tx.record(taken.entry)
