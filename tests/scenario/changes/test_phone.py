"""``/mfa phone``: from what is typed to a phone that Entra shows, and a number that is nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.tenant import FOREVER, Fault, Respond
from bot.sim.tenant.model import User
from bot.sim.tenant.story import EXCHANGE_ADMIN, LEE
from tests.scenario.changes.conftest import ALL_ON, lee, numbers, phone
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import HANNA, LEES, NOOR, OMAR, House, leaks

ASKS = "phone lee@contoso.com +31 6 1234 5678 ticket INC-7 because new phone"
PHONES = f"users/{LEE}/authentication/phoneMethods"
GRAPHS_FORM = "+31 612345678"


async def asked(house: House, text: str = ASKS) -> str:
    answer = await house.types(HANNA, text)
    assert " sent to #mfa-approvals" in answer, answer
    return answer


async def approved(house: House, label: str = "R-1") -> None:
    await house.presses(OMAR, house.card(label), "Approve")
    await house.advance(seconds=30)


async def test_a_phone_is_set_read_back_and_told_and_its_number_is_nowhere(changing: House) -> None:
    lee(changing.tenant.state, mobile_phone="06-12345678", mfa="disabled")
    answer = await asked(changing)
    assert "the number is the same as the directory's mobile" in answer
    assert "Registered phones: none." in answer
    assert "self-service password reset; SMS sign-in is off" in answer
    card = changing.shown()
    assert "R-1 · Set the mobile phone of Lee Jansen to ·· ··78" in card
    assert "the number is the same as the directory's mobile" in card
    assert changing.buttons(changing.card()) == ["Approve", "Deny", "Show number"]
    await approved(changing)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}
    assert "done" in changing.shown()
    assert "mobile phone ·· ··78" in changing.thread()[-1]
    assert "mobile phone ·· ··78" in changing.direct(HANNA)
    to_lee = changing.direct(LEES)
    assert "On your account" in to_lee
    assert "If you did not ask for this" in to_lee
    assert await leaks(changing) == {}
    assert "done" in await changing.types(HANNA, "show R-1")
    assert "R-1" in await changing.types(HANNA, "history lee@contoso.com")


async def test_without_a_number_the_directorys_is_taken(changing: House) -> None:
    lee(changing.tenant.state, mobile_phone="+31 6 1234 5678", synchronised=True, mfa="disabled")
    answer = await asked(changing, "phone lee@contoso.com because new phone")
    assert "synchronised from the directory on premises" in answer
    await approved(changing)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}


@pytest.mark.parametrize(
    ("directory", "says"),
    [
        ("+31 6 8765 4321", "Directory's mobile ·· ··21 (cloud only): the number differs from it."),
        (None, "the directory has none"),
        ("ask Hanna", "cannot be read as a number, so the number differs from it"),
    ],
)
async def test_the_card_says_how_the_number_compares(
    changing: House, directory: str | None, says: str
) -> None:
    lee(changing.tenant.state, mobile_phone=directory, synchronised=None, mfa="disabled")
    assert says in await asked(changing)
    assert says in changing.shown()
    await changing.types(HANNA, "withdraw R-1")
    assert await leaks(changing) == {}


async def test_a_phone_that_is_there_is_replaced_and_the_conflict_is_said(changing: House) -> None:
    lee(changing.tenant.state, phone("mobile", "+1 2065550100"), mfa="disabled")
    answer = await asked(changing)
    assert "The mobile ·· ··00 would be replaced." in answer
    await approved(changing)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}
    writes = [one for one in changing.tenant.state.journal.requests if one.path.startswith(f"/{PHONES}/")]
    assert [one.method for one in writes] == ["PATCH"]


async def test_three_phones_already(changing: House) -> None:
    there = {"mobile": "+1 2065550100", "alternateMobile": "+1 2065550101", "office": "+1 2065550102"}
    lee(changing.tenant.state, *(phone(kind, number) for kind, number in there.items()), mfa="disabled")
    answer = await asked(changing, ASKS.replace(" ticket", " office ticket"))
    assert "mobile ·· ··00, second mobile ·· ··01, office ·· ··02" in answer
    await approved(changing)
    assert numbers(changing.tenant.state) == {**there, "office": GRAPHS_FORM}


async def test_a_second_mobile_comes_after_the_first(changing: House) -> None:
    refused = await changing.types(HANNA, ASKS.replace(" ticket", " alternateMobile ticket"))
    assert "only where a mobile phone is registered" in refused
    lee(changing.tenant.state, phone("mobile", "+1 2065550100"), mfa="disabled")
    answer = await asked(changing, ASKS.replace(" ticket", " alternateMobile ticket"))
    assert "does not serve self-service password reset" in answer
    await approved(changing, answer.partition(" ")[0])
    assert numbers(changing.tenant.state)["alternateMobile"] == GRAPHS_FORM


async def test_an_office_phone_takes_an_extension(changing: House) -> None:
    await asked(changing, "phone lee@contoso.com 020 1234567 x123 office because new desk")
    await approved(changing)
    assert numbers(changing.tenant.state) == {"office": "+31 201234567x123"}


# --- who sees the number ---------------------------------------------------------------------


async def test_only_an_approver_is_shown_the_number_alone_and_on_record(changing: House) -> None:
    await asked(changing)
    shown = await changing.presses(OMAR, changing.card(), "Show number")
    assert GRAPHS_FORM in shown
    assert "Only you see this" in shown
    refused = await changing.presses(HANNA, changing.card(), "Show number")
    assert "678" not in refused
    assert "Not done" in refused
    lines = await changing.lines()
    assert [line["event"] for line in lines if "number" in line["event"]] == ["number shown"]
    await changing.presses(NOOR, changing.card(), "Deny")
    await changing.submits(NOOR, {"reason": "ask Lee first"})
    assert "denied" in changing.shown()
    assert changing.buttons(changing.card()) == []
    assert await leaks(changing) == {}


@pytest.mark.parametrize("end", ["denied", "withdrawn", "lapsed", "failed"])
async def test_the_number_is_gone_however_it_ends(changing: House, end: str) -> None:
    await asked(changing)
    held = await leaks(changing)
    assert set(held) == {"the database"}
    match end:
        case "denied":
            await changing.presses(OMAR, changing.card(), "Deny")
            await changing.submits(OMAR, {"reason": "no"})
        case "withdrawn":
            await changing.types(HANNA, "withdraw R-1")
        case "lapsed":
            await changing.advance(hours=8, seconds=1)
        case _:
            changing.tenant.faults.add(Fault(Respond(400), path=PHONES, method="POST", times=FOREVER))
            await approved(changing)
    await changing.advance(seconds=30)
    assert end in changing.shown()
    assert await leaks(changing) == {}
    assert numbers(changing.tenant.state) == {}


async def test_a_crash_while_it_waits_keeps_it_and_the_next_process_erases_it(changing: House) -> None:
    await asked(changing)
    await changing.crashes()
    await changing.opens()
    await approved(changing)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}
    assert await leaks(changing) == {}


# --- reading back ----------------------------------------------------------------------------


async def test_a_masked_number_proves_its_visible_digits_and_says_so(changing: House) -> None:
    changing.tenant.state.masks_numbers = True
    await asked(changing)
    await approved(changing)
    assert "done" in changing.shown()
    assert "Entra shows only some of its digits, and these agree" in changing.thread()[-1]


async def test_a_write_that_graph_does_not_answer_is_repeated(changing: House) -> None:
    await asked(changing)
    changing.tenant.faults.add(Fault(Respond(503), path=PHONES, method="POST", times=2))
    await approved(changing)
    await changing.advance(minutes=1)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}
    assert "done" in changing.shown()


async def test_what_graph_never_takes_has_failed_after_ten_minutes(changing: House) -> None:
    await asked(changing)
    changing.tenant.faults.add(Fault(Respond(503), path=PHONES, method="POST", times=FOREVER))
    await approved(changing)
    assert "being applied" in changing.shown()
    for _ in range(12):
        await changing.advance(minutes=1)
    assert "failed" in changing.shown()
    assert "a read shows no mobile phone" in changing.direct(HANNA)


async def test_a_missing_permission_is_named(changing: House) -> None:
    changing.tenant.state.withdraw(
        "UserAuthMethod-Phone.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"
    )
    await asked(changing)
    await approved(changing)
    assert "failed" in changing.shown()
    assert "UserAuthMethod-Phone.ReadWrite.All" in changing.direct(HANNA)


async def test_sms_sign_in_is_never_turned_on(changing: House) -> None:
    changing.tenant.state.sms_sign_in = True
    assert "it could sign in by itself" in await asked(changing)
    await approved(changing)
    assert not [one for one in changing.tenant.state.journal.requests if "SmsSignIn" in one.path]


# --- what is flagged and what is refused -----------------------------------------------------


async def test_a_number_of_many_people_is_flagged(changing: House) -> None:
    tenant = changing.tenant.state
    for place, written in enumerate(("+31612345678", "+31 6 12345678", "0612345678")):
        key = f"b1000000-0000-4000-8000-00000000000{place}"
        tenant.add(User(id=key, upn=f"p{place}@contoso.com", display_name=f"P{place}", mobile_phone=written))
    assert "3 people in the directory have this number, more than 2" in await asked(changing)
    await changing.types(HANNA, "withdraw R-1")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("1-800-FLOWERS", "letters"),
        ("++31612345678", "several plus signs"),
        ("+31+612345678", "several plus signs"),
        ("+31 6 1234 5678 x12", "extension for an office phone only"),
        ("+31 20 123 4567", "fixed line"),
        ("+31 900 0133", "premium-rate"),
        ("+31 6 12", "not a telephone number|No such number can exist"),
        ("+999 612345678", "No country has such a number"),
        ("call me", "letters"),
    ],
)
async def test_numbers_that_cannot_be_set_are_refused_with_the_reason(
    changing: House, number: str, says: str
) -> None:
    answer = await changing.types(HANNA, f"phone lee@contoso.com {number} because new phone")
    assert any(part in answer for part in says.split("|")), answer
    assert "Not done, nothing changed." in answer
    assert number not in answer
    assert changing.cards() == []
    assert [rule for _, rule in await changing.refusals()] == ["phone"]


@pytest.mark.parametrize(
    "number", ["06 12345678", "0031 6 12345678", "٠٦١٢٣٤٥٦٧٨", "(0)6-1234.5678", "<tel:+31612345678|+316…>"]
)
async def test_numbers_as_people_write_them_are_read(changing: House, number: str) -> None:
    await asked(changing, f"phone lee@contoso.com {number} because new phone")
    await approved(changing)
    assert numbers(changing.tenant.state) == {"mobile": GRAPHS_FORM}


async def test_a_national_number_needs_a_region(open_house: OpenHouse) -> None:
    house = await open_house("\n[phone]\n")
    lee(house.tenant.state)
    assert "no country code" in await house.types(HANNA, "phone lee@contoso.com 06 12345678 because x")


async def test_the_directory_has_no_number(changing: House) -> None:
    assert "has no mobile number" in await changing.types(HANNA, "phone lee@contoso.com because x")


async def test_what_is_registered_already_is_refused(changing: House) -> None:
    lee(changing.tenant.state, phone("mobile", GRAPHS_FORM))
    assert "registered as mobile phone already" in await changing.types(HANNA, ASKS)
    assert "registered as mobile phone already" in await changing.types(
        HANNA, ASKS.replace(" ticket", " alternateMobile ticket")
    )


async def test_a_policy_that_forbids_text_messages(changing: House) -> None:
    tenant = changing.tenant.state
    tenant.methods_allowed -= {"Sms"}
    assert "has text messages off: the number takes calls only" in await asked(changing)
    await changing.types(HANNA, "withdraw R-1")
    tenant.methods_allowed -= {"Voice"}
    assert "has calls and text messages off" in await changing.types(HANNA, ASKS)


async def test_nothing_of_a_protected_person_is_read_or_said(changing: House) -> None:
    tenant = changing.tenant.state
    tenant.add(replace(tenant.user(EXCHANGE_ADMIN), mobile_phone="+31 6 1234 5678"))
    refused = await changing.types(HANNA, "phone eva@contoso.com because new phone")
    assert "protect.roles" in refused
    assert "78" not in refused
    assert not [one for one in tenant.journal.requests if "phoneMethods" in one.path]


async def test_nobody_sets_their_own_phone_or_approves_it(changing: House) -> None:
    own = await changing.types(HANNA, "phone hanna@contoso.com +31 6 1234 5678 because mine")
    assert "three_people" in own
    await asked(changing)
    assert "You asked for this" in await changing.presses(HANNA, changing.card(), "Approve")
    assert numbers(changing.tenant.state) == {}
    await changing.advance(hours=9)


async def test_without_the_table_it_is_off(house: House) -> None:
    for text in ("phone lee@contoso.com +31 6 1234 5678 because x", "enable lee@contoso.com because x"):
        assert "is off" in await house.types(HANNA, text)
    assert "is off" in await house.types(HANNA, "default lee@contoso.com sms")
    assert [rule for _, rule in await house.refusals()] == ["feature"]
    help_ = await house.types(HANNA, "help")
    assert "/mfa phone" not in help_


async def test_two_approvals_where_the_policy_asks_for_two(open_house: OpenHouse) -> None:
    house = await open_house(ALL_ON.replace("[phone]", "[phone]\napprovals = 2"))
    lee(house.tenant.state)
    await asked(house)
    assert "1 more is needed" in await house.presses(OMAR, house.card(), "Approve")
    assert numbers(house.tenant.state) == {}
    await house.presses(NOOR, house.card(), "Approve")
    await house.advance(seconds=30)
    assert numbers(house.tenant.state) == {"mobile": GRAPHS_FORM}
