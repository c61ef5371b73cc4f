"""Finding people in the simulated tenant, and reading what Graph says of them."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from approvals.errors import Gone, Later, Never
from approvals.model import PersonId
from bot.entra.answers import Refused
from bot.entra.client import GraphClient
from bot.entra.users import Users, user
from bot.sim.tenant import FOREVER, Fault, ForeignLink, Group, Respond, SimulatedTenant, User
from bot.sim.tenant.story import GUEST, HANNA, LEE, NOOR, OMAR, SG_SECURITY
from tests.tenants import trips

from .conftest import Host

OUTER = "a2000000-0000-4000-8000-0000000000aa"
WHOLE = {"id": LEE, "userPrincipalName": "lee@contoso.com", "displayName": "Lee", "accountEnabled": True}


@pytest.fixture
def users(entra: GraphClient) -> Users:
    return Users(entra)


@pytest.mark.parametrize(
    "address",
    ["lee@contoso.com", "LEE@contoso.com", "lee.jansen@contoso.com", "Lee.Jansen@CONTOSO.com"],
)
async def test_a_person_is_found_by_any_of_their_addresses(users: Users, address: str) -> None:
    assert (await users.find(address)).id == LEE


async def test_a_person_is_found_in_one_round_trip(users: Users, tenant: SimulatedTenant) -> None:
    await users.find("lee.jansen@contoso.com")
    assert len(trips(tenant)) == 1


@pytest.mark.parametrize("address", ["pat@fabrikam.com", "pat_fabrikam.com#EXT#@contoso.onmicrosoft.com"])
async def test_a_guest_is_found_and_told_apart(users: Users, address: str) -> None:
    found = await users.find(address)
    assert found.id == GUEST
    assert found.guest


@pytest.mark.parametrize(
    "upn",
    [
        "o'brien@contoso.com",
        "a/b@contoso.com",
        "100%@contoso.com",
        "a+b&c=d@contoso.com",
        "payload@contoso.com",
        "x?$select=id@contoso.com",
        "zoë@contoso.com",
    ],
)
async def test_odd_characters_stay_within_the_name(users: Users, tenant: SimulatedTenant, upn: str) -> None:
    tenant.state.add(User(id=OUTER, upn=upn, display_name="Odd"))
    assert (await users.find(upn)).id == OUTER
    assert (await users.get(upn)).upn == upn


@pytest.mark.parametrize(
    "address",
    [
        "nobody@contoso.com",
        "x' or accountEnabled eq true or mail eq 'x",
        "https://evil.example/users/lee",
        "lee",
        "",
        "l" * 100_000,
        "lee@contoso.com\nx",
        "\ud800@contoso.com",
    ],
)
async def test_what_is_nobodys_address_finds_nobody(users: Users, address: str) -> None:
    with pytest.raises(Gone):
        await users.find(address)


async def test_an_address_of_two_accounts_is_refused(users: Users, tenant: SimulatedTenant) -> None:
    hanna = tenant.state.user(HANNA)
    tenant.state.add(replace(hanna, mail="lee.jansen@contoso.com"))
    with pytest.raises(Never) as refused:
        await users.find("lee.jansen@contoso.com")
    assert not isinstance(refused.value, Gone)
    assert "object id" in refused.value.what_to_do


async def test_an_answer_about_somebody_else_is_not_taken(graph: GraphClient, host: Host) -> None:
    def somebody_else(request: httpx.Request) -> httpx.Response:
        body = {**WHOLE, "id": HANNA, "userPrincipalName": "hanna@contoso.com"}
        inner = {"value": [body]} if b"filter" in request.content else body
        ids = [part.split(b'"')[0].decode() for part in request.content.split(b'"id":"')[1:]]
        return httpx.Response(
            200, json={"responses": [{"id": one, "status": 200, "body": inner} for one in ids]}
        )

    host.script = [somebody_else]
    with pytest.raises(Never):
        await Users(graph).get("lee@contoso.com")
    with pytest.raises(Gone):
        await Users(graph).find("lee@contoso.com")


async def test_a_deleted_account_is_nobody(users: Users, tenant: SimulatedTenant) -> None:
    tenant.state.delete_user(LEE)
    with pytest.raises(Gone):
        await users.get(LEE)
    with pytest.raises(Gone):
        await users.find("lee@contoso.com")


async def test_a_missing_permission_is_named(users: Users, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw("User.Read.All")
    for ask in (users.get(LEE), users.find("lee@contoso.com")):
        with pytest.raises(Refused) as refused:
            await ask
        assert "User.Read.All" in refused.value.what_to_do


async def test_the_basic_profile_alone_is_not_enough(users: Users, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw("User.Read.All")
    tenant.state.grant("User.ReadBasic.All")
    with pytest.raises(Never) as refused:
        await users.get(LEE)
    assert "User.Read.All" in refused.value.what_to_do


async def test_a_search_that_fails_is_not_nobody(users: Users, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), path="^/users$", times=FOREVER))
    with pytest.raises(Later):
        await users.find("lee@contoso.com")


async def test_a_groups_members_are_read_through_nested_groups_and_pages(
    users: Users, tenant: SimulatedTenant
) -> None:
    tenant.state.page_size = 1
    tenant.state.add(Group(id=OUTER, name="all", members=frozenset({SG_SECURITY, HANNA})))
    assert {one.id for one in await users.within(OUTER)} == {HANNA, OMAR, NOOR}


async def test_a_list_that_leads_elsewhere_is_not_taken_for_whole(
    users: Users, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(ForeignLink("evil.example"), path="transitiveMembers"))
    with pytest.raises(Never):
        await users.within(SG_SECURITY)


async def test_members_whose_properties_are_withheld_are_not_left_out(
    users: Users, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("User.Read.All")
    with pytest.raises(Never) as refused:
        await users.within(SG_SECURITY)
    assert "User.Read.All" in refused.value.what_to_do


async def test_more_groups_are_checked_than_one_call_takes(users: Users, tenant: SimulatedTenant) -> None:
    outer = Group(id=OUTER, name="outer", members=frozenset({SG_SECURITY}))
    others = [f"a2000000-0000-4000-8000-0000000001{number:02}" for number in range(40)]
    tenant.state.add(outer, *(Group(id=one, name=one) for one in others))
    held = await users.groups_of(PersonId(OMAR), [*others, OUTER, SG_SECURITY])
    assert held == {OUTER, SG_SECURITY}
    assert len(trips(tenant)) == 3


async def test_no_group_is_asked_about_where_none_is_named(users: Users, tenant: SimulatedTenant) -> None:
    assert await users.groups_of(PersonId(OMAR), []) == frozenset()
    assert trips(tenant) == []


@pytest.mark.parametrize("missing", ["id", "userPrincipalName", "accountEnabled"])
@pytest.mark.parametrize("instead", [None, 7, "", []])
def test_an_account_without_what_decides_is_unreadable(missing: str, instead: object) -> None:
    with pytest.raises(Never):
        user({**WHOLE, missing: instead})


@pytest.mark.parametrize(
    ("kind", "upn", "guest"),
    [
        ("Member", "lee@contoso.com", False),
        ("Guest", "lee@contoso.com", True),
        ("Something", "lee@contoso.com", True),
        ("Member", "lee_x.com#EXT#@contoso.com", False),
        (None, "lee@contoso.com", False),
        (None, "lee_x.com#EXT#@contoso.com", True),
    ],
)
def test_only_a_member_is_no_guest(kind: str | None, upn: str, *, guest: bool) -> None:
    assert user({**WHOLE, "userType": kind, "userPrincipalName": upn}).guest is guest


@pytest.mark.parametrize(
    ("flag", "restricted"), [(None, False), (False, False), (True, True), ("yes", True), ({}, True)]
)
def test_a_restricted_unit_is_one_unless_graph_denies_it(flag: object, *, restricted: bool) -> None:
    assert user({**WHOLE, "isManagementRestricted": flag}).restricted is restricted


def test_a_hostile_name_is_cut_to_one_printable_line() -> None:
    found = user({**WHOLE, "displayName": "Lee\n\u202e\x00 " + "x" * 3000})
    assert found.name.startswith("Lee xxx")
    assert len(found.name) == 256
    assert found.name.isprintable()


def test_an_account_without_a_name_goes_by_its_upn() -> None:
    assert user({**WHOLE, "displayName": None}).name == "lee@contoso.com"


def test_mail_is_not_among_what_identifies() -> None:
    found = user({**WHOLE, "mail": "M@x.com", "proxyAddresses": ["SMTP:P@x.com", "x500:/o=c", 7]})
    assert found.signs == {"lee@contoso.com", "p@x.com"}
    assert found.mail == "m@x.com"
