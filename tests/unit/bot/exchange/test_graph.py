"""What Graph alone tells of mailboxes, and of what has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from approvals.errors import Later, Never
from approvals.model import PersonId
from bot.exchange import TenantMailboxes
from bot.sim.tenant import Fault, Group, Licence, Mailbox, SimulatedTenant, User
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.tenant.story import GUEST, HANNA, LEE, SG_SECURITY, SUPPLIER
from commands.mailbox_model import Kind, MailboxView, Place, Source
from commands.ports import ById
from tests.tenants import trips
from tests.unit.bot.exchange.conftest import Show

RECEPTION = "a1000000-0000-4000-8000-000000000009"


def changed(tenant: SimulatedTenant, **changes: object) -> None:
    """Change what there is of Lee's mailbox."""
    mailbox = tenant.state.mailboxes[LEE]
    tenant.state.add(replace(mailbox, **changes))  # type: ignore[arg-type]  # fields by name


def account(tenant: SimulatedTenant, **changes: object) -> None:
    """Change Lee's account."""
    tenant.state.add(replace(tenant.state.user(LEE), **changes))  # type: ignore[arg-type]  # fields by name


def unread(view: MailboxView) -> dict[str, str]:
    return {one.what: f"{one.why} {one.what_to_do}" for one in view.missing}


async def test_a_mailbox_is_shown_whole(show: Show, tenant: SimulatedTenant) -> None:
    view = await show("LEE.Jansen@contoso.com")
    facts = view.facts
    assert (view.kind, view.place) == (Kind.USER, Place.ONLINE)
    assert (facts.name, facts.upn, facts.primary) == ("Lee Jansen", "lee@contoso.com", "lee@contoso.com")
    assert facts.aliases == ("lee.jansen@contoso.com",)
    assert facts.account == "member, enabled, synchronised from AD"
    assert facts.licences is not None
    assert [(one.name, one.ready) for one in facts.licences] == [
        ("Exchange Online (Plan 2) in Office 365 E3", True)
    ]
    assert facts.rules == ()
    assert facts.forwarding is None
    assert facts.replies is not None
    assert not facts.replies.on
    assert facts.last_activity == date(2026, 11, 20)
    assert facts.size is not None
    assert (facts.size.used, facts.size.items, facts.size.as_of) == (2_345_678_901, 4_211, date(2026, 11, 21))
    assert list(unread(view)) == ["protocols, and forwarding that is set on the mailbox"]
    assert "invoke_command = true" in unread(view)["protocols, and forwarding that is set on the mailbox"]
    assert view.sources == (Source.GRAPH,)
    assert "Get-EXOCASMailbox -Identity 'lee@contoso.com'" in view.cmdlets
    # Two batches, and the report with the address where it is kept.
    assert len(trips(tenant)) == 3


PURPOSES: list[tuple[object, Kind]] = [
    ("user", Kind.USER),
    ("shared", Kind.SHARED),
    ("room", Kind.ROOM),
    ("equipment", Kind.EQUIPMENT),
    ("linked", Kind.LINKED),
    ("others", Kind.OTHER_MAILBOX),
    ("unknownFutureValue", Kind.OTHER_MAILBOX),
    ({"value": "user"}, Kind.USER),
    ({"value": "shared"}, Kind.SHARED),
    ({"value": "room"}, Kind.ROOM),
    ({}, Kind.OTHER_MAILBOX),
    (7, Kind.OTHER_MAILBOX),
]


@pytest.mark.parametrize(("purpose", "kind"), PURPOSES)
async def test_the_purpose_is_read_as_text_and_as_an_object(
    show: Show, tenant: SimulatedTenant, purpose: object, kind: Kind
) -> None:
    changed(tenant, purpose=purpose)
    view = await show("lee@contoso.com")
    assert (view.kind, view.place) == (kind, Place.ONLINE)


async def test_a_shared_mailbox_whose_account_can_sign_in_is_remarked_on(
    show: Show, tenant: SimulatedTenant
) -> None:
    shared = User(id=RECEPTION, upn="reception@contoso.com", display_name="Reception", enabled=False)
    tenant.state.add(shared, Mailbox(owner=RECEPTION, kind="SharedMailbox"))
    view = await show("reception@contoso.com")
    assert (view.kind, view.notes) == (Kind.SHARED, ())
    assert view.facts.licences == ()
    tenant.state.add(replace(shared, enabled=True))
    assert "Its account is enabled" in (await show("reception@contoso.com")).notes[0]


# --- no mailbox ----------------------------------------------------------------------------

WITHOUT: list[tuple[dict[str, object], tuple[Place, str]]] = [
    ({"licences": ()}, (Place.ON_PREMISES, "likely")),
    ({"licences": (), "synchronised": None}, (Place.NOWHERE, "no licence with a mailbox")),
    ({}, (Place.UNKNOWN, "just moved")),
    ({"synchronised": None}, (Place.UNKNOWN, "it may be new")),
    (
        {
            "synchronised": None,
            "licences": (Licence(plans=(("EXCHANGE_S_STANDARD", "PendingProvisioning"),)),),
        },
        (Place.NOWHERE, "none for it"),
    ),
]


@pytest.mark.parametrize(("lee", "placed"), WITHOUT)
async def test_without_a_mailbox_it_is_said_where_it_may_be(
    show: Show, tenant: SimulatedTenant, lee: dict[str, object], placed: tuple[Place, str]
) -> None:
    place, because = placed
    del tenant.state.mailboxes[LEE]
    account(tenant, **lee)
    view = await show("lee@contoso.com")
    assert (view.kind, view.place) == (Kind.ACCOUNT, place)
    assert because in (view.facts.place_because or "")
    assert unread(view) == {}


async def test_a_mailbox_that_is_being_made_says_so_in_its_licence(
    show: Show, tenant: SimulatedTenant
) -> None:
    plans = (("EXCHANGE_S_STANDARD", "PendingProvisioning"), ("EXCHANGE_S_FOUNDATION", "Success"))
    account(
        tenant, licences=(Licence(part="ACME_X", plans=plans), Licence(part="EXCHANGESTANDARD", plans=()))
    )
    licences = (await show("lee@contoso.com")).facts.licences
    assert licences is not None
    assert [(one.name, one.ready, one.note) for one in licences] == [
        ("Exchange Online (Plan 1) in ACME_X", False, "the mailbox is being made")
    ]


async def test_a_user_mailbox_without_a_licence_will_not_stay(show: Show, tenant: SimulatedTenant) -> None:
    account(tenant, licences=())
    assert (
        "A user mailbox without a licence is removed after 30 days." in (await show("lee@contoso.com")).notes
    )


async def test_a_guest_has_the_mailbox_at_home(show: Show) -> None:
    view = await show("pat@fabrikam.com")
    assert (view.kind, view.place, unread(view)) == (Kind.GUEST, Place.ELSEWHERE, {})
    assert view.facts.account == "guest, enabled, cloud only"


@pytest.mark.parametrize("code", ["ErrorMailboxMoveInProgress", "MailboxInfoStale"])
async def test_a_mailbox_that_moves_is_not_called_absent(
    show: Show, tenant: SimulatedTenant, code: str
) -> None:
    changed(tenant, refusal=(503, code))
    view = await show("lee@contoso.com")
    assert (view.kind, view.place) == (Kind.UNREAD, Place.UNKNOWN)
    assert "it may be moving" in unread(view)["the mailbox"]
    # What else is known is shown.
    assert view.facts.licences


async def test_a_deleted_account_is_found_and_can_come_back(show: Show, tenant: SimulatedTenant) -> None:
    tenant.state.delete_user(LEE)
    view = await show("lee@contoso.com")
    assert (view.kind, view.place) == (Kind.DELETED, Place.NOWHERE)
    assert "come back for 30 days" in (view.facts.place_because or "")
    assert view.cmdlets[-1] == "Get-EXOMailbox -Identity 'lee@contoso.com' -SoftDeletedMailbox"


# --- what else an address is ----------------------------------------------------------------

GROUPS = [
    (Group(id=SG_SECURITY, name="All staff", mail="staff@contoso.com", security=False), Kind.MAIL_GROUP),
    (Group(id=SG_SECURITY, name="Guards", mail="staff@contoso.com"), Kind.SECURITY_GROUP),
    (
        Group(id=SG_SECURITY, name="Team", mail="staff@contoso.com", types=("Unified",), security=False),
        Kind.GROUP_MAILBOX,
    ),
    (
        Group(id=SG_SECURITY, name="Proxied", mail="x@contoso.com", proxies=("smtp:staff@contoso.com",)),
        Kind.SECURITY_GROUP,
    ),
]


@pytest.mark.parametrize(("group", "kind"), GROUPS)
async def test_a_group_is_told_by_its_kind(
    show: Show, tenant: SimulatedTenant, group: Group, kind: Kind
) -> None:
    tenant.state.add(group)
    view = await show("staff@contoso.com")
    assert (view.kind, view.facts.name, view.kind.group) == (kind, group.name, True)
    assert view.facts.size is None


async def test_a_contact_is_nobody_who_signs_in(show: Show) -> None:
    view = await show("orders@tailspin.example")
    assert (view.kind, view.place, view.facts.name) == (Kind.CONTACT, Place.ELSEWHERE, "Tailspin Toys")


async def test_nothing_is_an_answer(show: Show) -> None:
    view = await show("nobody@contoso.com")
    assert (view.kind, view.place, view.facts.name) == (Kind.NOTHING, Place.NOWHERE, None)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (LEE, Kind.USER),
        (GUEST, Kind.GUEST),
        (SG_SECURITY, Kind.SECURITY_GROUP),
        (SUPPLIER, Kind.CONTACT),
        (RECEPTION, Kind.NOTHING),
    ],
)
async def test_an_object_id_is_anything_too(mailboxes: TenantMailboxes, key: str, kind: Kind) -> None:
    assert (await mailboxes.show(ById(PersonId(key)))).kind is kind


async def test_a_deleted_account_is_found_by_its_id(
    mailboxes: TenantMailboxes, tenant: SimulatedTenant
) -> None:
    tenant.state.delete_user(LEE)
    assert (await mailboxes.show(ById(PersonId(LEE)))).kind is Kind.DELETED


async def test_of_two_accounts_the_one_whose_own_address_it_is_counts(
    show: Show, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(HANNA), mail="lee@contoso.com"))
    assert (await show("lee@contoso.com")).facts.name == "Lee Jansen"
    tenant.state.add(replace(tenant.state.user(HANNA), proxies=("smtp:lee@contoso.com",)))
    with pytest.raises(Never, match="2 accounts in Entra go by this address"):
        await show("lee@contoso.com")


async def test_a_quote_in_an_address_is_only_a_letter(show: Show, tenant: SimulatedTenant) -> None:
    account(tenant, proxies=("SMTP:o'lee@contoso.com",))
    view = await show("o'lee@contoso.com")
    assert view.facts.primary == "o'lee@contoso.com"
    assert (await show("x' or mail eq 'lee@contoso.com")).kind is Kind.NOTHING


# --- what is set on it ---------------------------------------------------------------------


async def test_rules_that_forward_are_shown_with_what_stays(show: Show, tenant: SimulatedTenant) -> None:
    def rule(name: str, *, enabled: bool = True, **actions: object) -> Mapping[str, object]:
        return {"displayName": name, "isEnabled": enabled, "actions": actions}

    away = [{"emailAddress": {"name": "Away", "address": "away@fabrikam.com"}}]
    rules = (
        rule("all mail", forwardTo=away),
        rule("invoices", redirectTo=away, delete=True),
        rule("old", enabled=False, forwardTo=away),
        rule("sorting", moveToFolder="x"),
        rule("broken", forwardAsAttachmentTo=[{"emailAddress": None}]),
    )
    changed(tenant, rules=rules)
    found = (await show("lee@contoso.com")).facts.rules
    assert found is not None
    assert [(one.to, one.by, one.keeps) for one in found] == [
        ("away@fabrikam.com", "inbox rule “all mail”", True),
        ("away@fabrikam.com", "inbox rule “invoices”", False),
        ("somebody whose address is not shown", "inbox rule “broken”", True),
    ]


async def test_automatic_replies_are_on_off_or_planned(show: Show, tenant: SimulatedTenant) -> None:
    def moment(text: str) -> dict[str, str]:
        return {"dateTime": text, "timeZone": "UTC"}

    planned = {
        "status": "scheduled",
        "externalAudience": "all",
        "scheduledStartDateTime": moment("2026-12-20T17:00:00.0000000"),
        "scheduledEndDateTime": moment("2027-01-04T08:00:00.0000000"),
    }
    changed(tenant, replies=planned)
    found = (await show("lee@contoso.com")).facts.replies
    assert found is not None
    assert (found.on, found.audience) == (True, "to everybody")
    assert found.starts == datetime(2026, 12, 20, 17, tzinfo=UTC)
    changed(tenant, replies={"status": "alwaysEnabled", "externalAudience": "none"})
    found = (await show("lee@contoso.com")).facts.replies
    assert found is not None
    assert (found.on, found.starts, found.audience) == (True, None, "only inside the organisation")
    changed(tenant, replies={"status": "tomorrow"})
    assert (await show("lee@contoso.com")).facts.replies is None


async def test_a_full_mailbox_says_that_nothing_can_be_sent(show: Show, tenant: SimulatedTenant) -> None:
    changed(tenant, used=99 << 30)
    assert "It is full: nothing can be sent from it." in (await show("lee@contoso.com")).notes


# --- what cannot be read -------------------------------------------------------------------

PERMISSIONS = [
    ("MailboxSettings.Read", "the mailbox"),
    ("Reports.Read.All", "size and last activity"),
]


@pytest.mark.parametrize(("permission", "what"), PERMISSIONS)
async def test_a_missing_permission_is_named_and_the_rest_is_shown(
    show: Show, tenant: SimulatedTenant, permission: str, what: str
) -> None:
    tenant.state.withdraw(permission)
    view = await show("lee@contoso.com")
    assert permission in unread(view)[what]
    assert view.facts.licences


async def test_without_a_permission_for_contacts_nothing_says_what_was_not_looked_through(
    show: Show, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("OrgContact.Read.All")
    view = await show("orders@tailspin.example")
    assert view.kind is Kind.NOTHING
    assert "OrgContact.Read.All" in unread(view)["a part of the directory"]


async def test_concealed_names_are_told_from_an_empty_report(show: Show, tenant: SimulatedTenant) -> None:
    tenant.state.conceals_names = True
    view = await show("lee@contoso.com")
    assert "conceals names" in unread(view)["size and last activity"]
    assert "Reports" in unread(view)["size and last activity"]
    tenant.state.mailboxes.clear()
    assert "size and last activity" not in unread(await show("lee@contoso.com"))


async def test_the_report_is_fetched_without_the_token(show: Show, tenant: SimulatedTenant) -> None:
    """The simulated host answers 400 to a download that brings a token."""
    view = await show("lee@contoso.com")
    downloads = [one for one in tenant.state.journal.requests if one.path.startswith("/reportdownload")]
    assert [one.status for one in downloads] == [200]
    assert view.facts.size is not None


async def test_a_report_that_is_kept_without_tls_is_not_fetched(show: Show, tenant: SimulatedTenant) -> None:
    for place in ("http://localhost/x", "ftp://x", "https://user@evil.example/", ""):
        headers = {"Location": place}
        tenant.faults.add(Fault(Respond(302, headers=headers), path="getMailboxUsageDetail", times=1))
        view = await show("lee@contoso.com")
        assert "does not say where the report is" in unread(view)["size and last activity"]


async def test_a_report_that_cannot_be_fetched_is_missing(show: Show, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(410), path="reportdownload", times=FOREVER))
    view = await show("lee@contoso.com")
    assert "a report could not be fetched" in unread(view)["size and last activity"]


async def test_while_graph_is_away_nothing_is_guessed(show: Show, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), times=FOREVER))
    with pytest.raises(Later):
        await show("lee@contoso.com")


async def test_a_part_that_graph_does_not_answer_is_missing(show: Show, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(500), path="licenseDetails", times=FOREVER))
    view = await show("lee@contoso.com")
    assert view.kind is Kind.USER
    assert view.facts.licences is None
    assert "licence" in unread(view)
