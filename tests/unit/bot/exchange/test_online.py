"""What the Exchange sources add, what they correct, and what they say when they may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from approvals.model import PersonId
from bot.entra.client import GraphClient
from bot.exchange import TenantMailboxes
from bot.exchange.check import connections
from bot.exchange.client import ExchangeClient
from bot.exchange.graph import GraphSource
from bot.exchange.online import AdminApiSource, InvokeCommandSource
from bot.exchange.rows import mailbox, size
from bot.sim.exchange import Broken, SimulatedExchange
from bot.sim.tenant import Group, SimulatedTenant
from bot.sim.tenant.story import LEE, SG_SECURITY
from commands.mailbox_model import Allowed, Kind, MailboxView, Place, Protocol, Source
from commands.ports import ByAddress, ById
from tests.unit.bot.exchange.conftest import NOW


@pytest.fixture
def everything(graph: GraphClient, client: ExchangeClient) -> TenantMailboxes:
    """Every source that there is."""
    sources = (GraphSource(graph), AdminApiSource(client), InvokeCommandSource(client))
    return TenantMailboxes(graph=graph, sources=sources, now=lambda: NOW)


@pytest.fixture
def preview(graph: GraphClient, client: ExchangeClient) -> TenantMailboxes:
    """Graph and the preview."""
    return TenantMailboxes(graph=graph, sources=(GraphSource(graph), AdminApiSource(client)), now=lambda: NOW)


async def show(mailboxes: TenantMailboxes, address: str = "lee@contoso.com") -> MailboxView:
    return await mailboxes.show(ByAddress(address))


def changed(tenant: SimulatedTenant, **changes: object) -> None:
    mailbox = tenant.state.mailboxes[LEE]
    tenant.state.add(replace(mailbox, **changes))  # type: ignore[arg-type]  # fields by name


async def test_all_sources_together_leave_nothing_open(everything: TenantMailboxes) -> None:
    view = await show(everything)
    facts = view.facts
    assert (view.kind, view.place, view.missing, view.notes) == (Kind.USER, Place.ONLINE, (), ())
    assert facts.place_because == "Exchange Online calls it UserMailbox"
    assert facts.forwarding == ()
    assert facts.size is not None
    assert (facts.size.used, facts.size.items) == (2_345_678_901, 4_211)
    assert (facts.size.warns_at, facts.size.stops_at) == (98 << 30, 100 << 30)
    assert facts.protocols == {
        **dict.fromkeys(Protocol, Allowed.ON),
        Protocol.SMTP_AUTH: Allowed.ORGANISATION,
    }
    assert view.sources == (Source.GRAPH, Source.ADMIN_API, Source.INVOKE_COMMAND)


async def test_the_live_size_wins_over_the_report(
    everything: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    changed(tenant, used=5 << 30, last_activity=date(2026, 11, 23))
    view = await show(everything)
    assert view.facts.size is not None
    assert (view.facts.size.used, view.facts.size.as_of) == (5 << 30, None)
    assert view.facts.last_activity == date(2026, 11, 23)


async def test_forwarding_on_the_mailbox_and_protocols_that_are_off(
    everything: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    changed(
        tenant,
        forwarding_smtp="smtp:away@fabrikam.com",
        forwarding_to="Dana Reyes",
        keeps_copy=True,
        pop=False,
        ews=None,
        smtp_auth_disabled=True,
    )
    facts = (await show(everything)).facts
    assert facts.forwarding is not None
    assert [(one.to, one.keeps) for one in facts.forwarding] == [
        ("away@fabrikam.com", True),
        ("Dana Reyes", True),
    ]
    assert facts.protocols is not None
    assert facts.protocols[Protocol.POP] is Allowed.OFF
    assert facts.protocols[Protocol.EWS] is Allowed.ORGANISATION
    assert facts.protocols[Protocol.SMTP_AUTH] is Allowed.OFF


async def test_a_mail_user_is_on_premises_and_that_is_proved(
    everything: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    changed(tenant, kind="MailUser", external_address="SMTP:lee@onprem.contoso.com")
    view = await show(everything)
    assert (view.kind, view.place) == (Kind.MAIL_USER, Place.ON_PREMISES)
    assert view.facts.place_because == "Exchange Online calls it a mail user, and the account comes from AD"
    tenant.state.add(replace(tenant.state.user(LEE), synchronised=None))
    assert (await show(everything)).place is Place.ELSEWHERE


async def test_a_conversion_under_way_is_told(everything: TenantMailboxes, tenant: SimulatedTenant) -> None:
    changed(tenant, kind="SharedMailbox", purpose="user")
    view = await show(everything)
    assert view.kind is Kind.SHARED
    assert "Microsoft Graph says user mailbox; the Exchange admin API says shared mailbox" in view.notes[0]


async def test_a_soft_deleted_mailbox_is_found_where_graph_sees_nothing(
    everything: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    tenant.state.delete_user(LEE)
    tenant.state.deleted[LEE] = replace(tenant.state.deleted[LEE], mail=None)
    changed(tenant, inactive=True)
    view = await show(everything)
    assert (view.kind, view.place) == (Kind.DELETED, Place.NOWHERE)
    assert "soft-deleted" in (view.facts.place_because or "")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("RoomMailbox", Kind.ROOM),
        ("EquipmentMailbox", Kind.EQUIPMENT),
        ("SchedulingMailbox", Kind.OTHER_MAILBOX),
    ],
)
async def test_exchange_s_own_words_are_read(
    everything: TenantMailboxes, tenant: SimulatedTenant, written: str, kind: Kind
) -> None:
    changed(tenant, kind=written)
    assert (await show(everything)).kind is kind


async def test_a_group_has_a_mailbox_that_is_no_person_s(
    everything: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    tenant.state.add(
        Group(id=SG_SECURITY, name="Team", mail="team@contoso.com", types=("Unified",), security=False)
    )
    view = await show(everything, "team@contoso.com")
    assert (view.kind, view.missing) == (Kind.GROUP_MAILBOX, ())
    assert view.facts.size is not None
    assert view.facts.size.used == 1 << 20
    assert view.cmdlets[-1] == "Get-UnifiedGroup -Identity 'team@contoso.com'"


async def test_contacts_and_nothing_are_the_same_for_all(everything: TenantMailboxes) -> None:
    view = await show(everything, "orders@tailspin.example")
    assert (view.kind, view.notes, view.missing) == (Kind.CONTACT, (), ())
    assert (await show(everything, "nobody@contoso.com")).kind is Kind.NOTHING
    assert (await everything.show(ById(PersonId(LEE)))).kind is Kind.USER


async def test_the_preview_promises_neither_quota_nor_forwarding(preview: TenantMailboxes) -> None:
    view = await show(preview)
    assert (view.facts.forwarding, view.facts.protocols) == (None, None)
    assert view.sources == (Source.GRAPH, Source.ADMIN_API)
    assert [one.source for one in view.missing] == [Source.INVOKE_COMMAND]


# --- refused -------------------------------------------------------------------------------


async def test_a_tenant_outside_the_preview_is_told_and_graph_still_answers(
    preview: TenantMailboxes, exchange: SimulatedExchange
) -> None:
    exchange.preview = False
    view = await show(preview)
    assert view.kind is Kind.USER
    assert view.missing[0].what == "the mailbox as Exchange has it"
    assert "not in the preview" in view.missing[0].what_to_do


async def test_a_missing_role_is_named_by_each_source(
    everything: TenantMailboxes, exchange: SimulatedExchange
) -> None:
    exchange.roles.clear()
    repairs = {one.source: one.what_to_do for one in (await show(everything)).missing}
    assert "Exchange.ManageAsAppV2" in repairs[Source.ADMIN_API]
    assert "View-Only Recipients" in repairs[Source.ADMIN_API]
    assert "Exchange.ManageAsApp`" in repairs[Source.INVOKE_COMMAND]
    assert "Global Reader" in repairs[Source.INVOKE_COMMAND]


async def test_one_cmdlet_that_fails_costs_only_what_it_tells(
    everything: TenantMailboxes, exchange: SimulatedExchange
) -> None:
    exchange.cmdlets.discard("Get-CASMailbox")
    exchange.broken.append(Broken(503, cmdlet="Get-MailboxStatistics", times=99))
    view = await show(everything)
    assert view.facts.size is not None
    assert view.facts.size.as_of == date(2026, 11, 21)
    assert {one.what: one.what_to_do for one in view.missing} == {
        "protocols": "give the app's role group a role that contains the cmdlet (`View-Only Recipients`)",
        "size": "try again",
    }
    assert view.facts.forwarding == ()


async def test_a_silent_exchange_leaves_graph_s_answer(
    everything: TenantMailboxes, exchange: SimulatedExchange
) -> None:
    exchange.broken.append(Broken(500, times=99))
    view = await show(everything)
    assert (view.kind, view.place, view.sources) == (Kind.USER, Place.ONLINE, (Source.GRAPH,))
    assert {one.what for one in view.missing} >= {"everything that Exchange knows"}


async def test_a_search_among_soft_deleted_ones_that_fails_is_missing(
    everything: TenantMailboxes, exchange: SimulatedExchange
) -> None:
    exchange.cmdlets.discard("Get-Mailbox")
    view = await show(everything, "nobody@contoso.com")
    assert "soft-deleted mailboxes" in {one.what for one in view.missing}


# --- the connection ------------------------------------------------------------------------


async def test_a_connection_that_works_says_by_what_it_was_tried(
    client: ExchangeClient, graph: GraphClient, exchange: SimulatedExchange
) -> None:
    sources = (GraphSource(graph), AdminApiSource(client), InvokeCommandSource(client))
    found = await connections(sources)
    assert [(one.source, one.works, one.what) for one in found] == [
        (Source.ADMIN_API, True, "Get-Mailbox is answered"),
        (Source.INVOKE_COMMAND, True, "Get-CASMailbox is answered"),
    ]
    assert {one.parameters.get("ResultSize") for one in exchange.asked} == {1}


async def test_a_connection_that_does_not_work_names_the_repair(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    sources = (AdminApiSource(client), InvokeCommandSource(client))
    exchange.roles.clear()
    by_role = await connections(sources)
    assert {one.works for one in by_role} == {False}
    assert "View-Only Recipients" in by_role[0].what_to_do
    assert "Global Reader" in by_role[1].what_to_do
    exchange.roles.add("Recipient Management")
    exchange.preview = False
    exchange.cmdlets.discard("Get-CASMailbox")
    not_there, narrow = await connections(sources)
    assert "not in the preview" in not_there.what_to_do
    assert "contains the cmdlet" in narrow.what_to_do
    exchange.broken.append(Broken(404, cmdlet="Get-CASMailbox"))
    assert "invoke_command = false" in (await connections(sources))[1].what_to_do


async def test_a_tenant_that_does_not_know_exchange_gives_no_token(
    client: ExchangeClient, tenant: SimulatedTenant
) -> None:
    tenant.state.services.clear()
    (found,) = await connections((AdminApiSource(client),))
    assert not found.works
    assert found.what.startswith("no token for Exchange: the tenant does not know this service")
    assert "RELATCH_EXCHANGE_URL" in found.what_to_do


async def test_without_an_exchange_source_there_is_nothing_to_try(graph: GraphClient) -> None:
    assert await connections((GraphSource(graph),)) == ()


# --- rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("2.185 GB (2,345,678,901 bytes)", 2_345_678_901),
        ("0 B (0 bytes)", 0),
        ("Unlimited", None),
        ("12 GB", None),
        (17, 17),
        (True, None),
        ({"Value": "1 KB (1,024 bytes)", "IsUnlimited": False}, 1024),
        (None, None),
    ],
)
def test_sizes_are_read_as_exchange_writes_them(written: object, count: int | None) -> None:
    assert size(written) == count


def test_a_row_of_anything_is_read_without_a_fault() -> None:
    row: dict[str, object] = {
        "RecipientTypeDetails": 7,
        "EmailAddresses": "SMTP:x",
        "ForwardingAddress": ["x"],
        "DeliverToMailboxAndForward": "yes",
        "IssueWarningQuota": [],
    }
    facts = mailbox(row)
    assert (facts.kind, facts.place, facts.forwarding, facts.size) == (None, None, (), None)
