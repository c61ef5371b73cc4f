"""Registered phones: written at their place, and compared with what Graph shows, masked or not."""

from __future__ import annotations

import json

import httpx
import pytest

from approvals.errors import Never
from approvals.model import PersonId, PhoneNumber, PhonePlace, SetPhone
from bot.entra.client import GraphClient
from bot.entra.factors import EntraRegistrations
from bot.entra.levers import Levers
from bot.entra.phones import Agreement, agreement, registered
from bot.entra.registrar import EntraRegistrar
from commands.factors_model import Unknown
from tests.unit.bot.entra.conftest import Host, graph_error

LEE = PersonId("a1000000-0000-4000-8000-000000000004")
NUMBER = PhoneNumber("+31 612345678")
MOBILE = {"id": "3179e48a-750b-4051-897c-87b9720928f7", "phoneType": "mobile", "phoneNumber": NUMBER.written}


def page(*items: object) -> httpx.Response:
    return httpx.Response(200, json={"value": list(items)})


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("+31 612345678", Agreement.EQUAL),
        ("+31612345678", Agreement.EQUAL),
        ("+31 6-1234 5678", Agreement.EQUAL),
        ("+31 612345679", Agreement.DIFFERENT),
        ("+XX XXXXXXX78", Agreement.AS_FAR_AS_SHOWN),
        ("+31 6******78", Agreement.AS_FAR_AS_SHOWN),
        ("+X XXXXXXX78", Agreement.AS_FAR_AS_SHOWN),
        ("+32 XXXXXXX78", Agreement.DIFFERENT),
        ("+XX XXXXXXX79", Agreement.DIFFERENT),
        ("+XX XXXXXXXX8", Agreement.DIFFERENT),
        ("XXXXXXXXXXX", Agreement.DIFFERENT),
        ("", Agreement.DIFFERENT),
    ],
)
def test_a_number_that_is_shown_is_compared_as_far_as_it_is_shown(shown: str, found: Agreement) -> None:
    assert agreement(shown, NUMBER.written) is found


async def test_phones_of_kinds_that_are_not_known_are_left_out(graph: GraphClient, host: Host) -> None:
    host.script = [page(MOBILE, {**MOBILE, "phoneType": "carrierPigeon"}, {"phoneType": "office"})]
    [phone] = await registered(graph, LEE)
    assert (phone.place, phone.number) == (PhonePlace.MOBILE, NUMBER)
    assert "612345678" not in repr(phone)


@pytest.mark.parametrize(("there", "method"), [((), "POST"), ((MOBILE,), "PATCH")])
async def test_a_phone_is_written_at_its_place(
    graph: GraphClient, host: Host, there: tuple[object, ...], method: str
) -> None:
    host.script = [page(*there), httpx.Response(204)]
    phone = SetPhone(PhonePlace.MOBILE, NUMBER.masked)
    await EntraRegistrar(graph, Levers(graph)).make(LEE, phone, NUMBER, "c-1")
    sent = host.received[-1]
    assert sent.method == method
    assert sent.url.path.endswith("phoneMethods" if method == "POST" else f"phoneMethods/{MOBILE['id']}")
    assert json.loads(sent.content) == {"phoneNumber": "+31 612345678", "phoneType": "mobile"}
    assert sent.headers["client-request-id"] == "c-1"


async def test_a_number_that_is_not_kept_any_more_is_not_written(graph: GraphClient) -> None:
    phone = SetPhone(PhonePlace.MOBILE, NUMBER.masked)
    registrar = EntraRegistrar(graph, Levers(graph))
    with pytest.raises(Never, match="not kept any more"):
        await registrar.make(LEE, phone, None, "c-1")


async def test_a_missing_permission_to_write_is_named(graph: GraphClient, host: Host) -> None:
    host.script = [page(), graph_error(403)]
    registrar = EntraRegistrar(graph, Levers(graph))
    with pytest.raises(Never) as refused:
        await registrar.make(LEE, SetPhone(PhonePlace.MOBILE, ""), NUMBER, "c-1")
    assert "UserAuthMethod-Phone.ReadWrite.All" in refused.value.what_to_do
    assert "612345678" not in str(refused.value)


async def test_conditional_access_is_counted_and_kept_for_a_minute(graph: GraphClient, host: Host) -> None:
    host.script = [
        page({"state": "enabled"}, {"state": "disabled"}, {"state": "enabledForReportingButNotEnforced"}),
        graph_error(403),
    ]
    seconds = iter([0.0, 59.0, 61.0])
    reads = EntraRegistrations(graph, lambda: next(seconds))
    assert [await reads.conditional_access(), await reads.conditional_access()] == [1, 1]
    unread = await reads.conditional_access()
    assert isinstance(unread, Unknown)
    assert "Policy.Read.All" in unread.what_to_do
    assert len(host.received) == 2


async def test_a_policy_in_a_shape_that_is_not_known_turns_nothing_off(
    graph: GraphClient, host: Host
) -> None:
    host.script = [httpx.Response(200, json={"authenticationMethodConfigurations": None})]
    found = await EntraRegistrations(graph, lambda: 0.0).tenant()
    assert not isinstance(found, Unknown)
    assert (found.off, found.sms_sign_in) == (frozenset(), False)


async def test_the_number_is_looked_for_in_the_directory_as_it_may_be_written(
    graph: GraphClient, host: Host
) -> None:
    host.script = [page({"id": "1"}, {"id": "2"})]
    assert await EntraRegistrations(graph, lambda: 0.0).sharing(NUMBER) == 2
    asked = host.received[-1].url.params["$filter"]
    assert asked.startswith("mobilePhone in (")
    assert "'+31612345678'" in asked
