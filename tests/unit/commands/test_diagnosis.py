from __future__ import annotations

import re
from collections import Counter
from dataclasses import astuple, replace
from time import process_time

import pytest

from approvals.model import Protection
from commands.diagnosis import Circumstances, Diagnosis, Evidence, explain, read
from commands.diagnosis.cleaning import LONGEST_PASTE
from commands.diagnosis.meanings import MEANINGS, STEPS
from commands.diagnosis.model import BASIC, Outlook, Sign, Step
from commands.mailbox_model import Allowed, Facts, Kind, Licence, Place, Protocol
from tests.mailboxes import LEES, view
from tests.pasted import ANSWER, CONSTRUCTED, ESCAPED, HEADER, REPORT, SAMPLES, Sample

NOW = Circumstances(upn="lee@contoso.com", view=view(), mfa=Protection.ENFORCED, enabled=True, factors=1)


def said(found: Diagnosis) -> str:
    return repr(found)


def test_there_are_more_than_forty_samples_each_with_its_source() -> None:
    assert len(SAMPLES) >= 40
    assert max(Counter(one.name for one in SAMPLES).values()) == 1
    assert all(one.source for one in SAMPLES)
    assert sum(one.source != CONSTRUCTED for one in SAMPLES) >= 20


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_sample_is_recognised(sample: Sample) -> None:
    found = read(sample.text)
    assert found.signs == sample.signs
    assert found.outlook is sample.outlook
    assert not found.file
    explained = explain(found, NOW)
    assert explained.found
    assert explained.proves
    assert explained.does_not
    assert explained.steps


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_nothing_of_a_sample_but_signs_and_ids_is_kept(sample: Sample) -> None:
    planted = (
        f"From: jürgen.müller@fabrikam.com +31 6 1234 5678 10.9.8.7 password=Hunter2 {sample.text} "
        "<UNH:<PII.Email:b9Rjt8lxR2vyOYmKJLf=@fabrikam.com>> jane.doe@fabrikam.com"
    )
    kept = said(explain(read(planted), NOW)) + repr(read(planted))
    for personal in (
        "fabrikam",
        "1234 5678",
        "10.9.8.7",
        "Hunter2",
        "b9Rjt8",
        "redteam",
        "JdMzZu",
        "PROD.OUTLOOK",
    ):
        assert personal.lower() not in kept.lower(), personal


def test_every_sign_has_a_meaning_and_every_step_words() -> None:
    assert set(MEANINGS) == set(Sign)
    assert set(STEPS) == set(Step)
    assert {sign for one in SAMPLES for sign in one.signs} == set(Sign)


def test_ids_that_name_nobody_are_kept_for_support() -> None:
    found = read(ANSWER)
    assert found.tenant == "c2b84b0b-952b-4784-b195-9b56c3deb663"
    assert found.requests == ("6df82665-ed76-4591-96bf-27769e62baba",)
    assert found.federated is False
    assert explain(found).traces == (
        "tenant c2b84b0b-952b-4784-b195-9b56c3deb663",
        "request 6df82665-ed76-4591-96bf-27769e62baba",
    )


def test_an_unknown_reason_is_named_and_bounded() -> None:
    assert read("LiveIdBasicAuth:QuantumMismatch:<x>").reasons == ("QuantumMismatch",)
    assert read(f"LiveIdBasicAuth:{'Q' * 900}").reasons == ("Q" * 40,)
    assert read("LiveIdBasicAuth:AppPassword\nRequired").reasons == ()
    assert "LiveIdBasicAuth QuantumMismatch" in explain(read("LiveIdBasicAuth:QuantumMismatch")).found


# --- AppPasswordRequired -------------------------------------------------------------------

BASICS = [one for one in SAMPLES if not BASIC.isdisjoint(one.signs)]
STATES = [*Protection, None]


@pytest.mark.parametrize("mfa", STATES)
@pytest.mark.parametrize("sample", BASICS, ids=lambda one: one.name)
def test_basic_authentication_never_leads_to_a_suspension(sample: Sample, mfa: Protection | None) -> None:
    text = f"{sample.text}\nthe phone is broken"
    for factors in (0, 1, 2, None):
        found = explain(read(text), replace(NOW, mfa=mfa, factors=factors))
        assert found.suspension == ""
        assert "/mfa disable" not in said(found)


def test_it_says_what_the_header_proves_and_what_it_does_not_in_the_honest_order() -> None:
    found = explain(read(ANSWER))
    assert found.found[:2] == ("AppPasswordRequired", "HTTP 456")
    (proves,) = found.proves
    assert proves.startswith("The client sent a password where Exchange Online takes only a token.")
    assert "app passwords are basic authentication too" in found.does_not[0]
    order = [
        "which client",
        "registry values",
        "Credential Manager",
        "clock",
        "mailbox lives",
        "OAuth2Client",
    ]
    order += ["what asks for MFA", "Outlook on the web"]
    places = [next(n for n, step in enumerate(found.steps) if word in step) for word in order]
    assert places == sorted(places)
    assert [one.name for one in found.clients] == list(Outlook)
    assert any(r"16.0\Common\Identity\EnableADAL: delete it" in one for one in found.registry)
    assert any("AlwaysUseMSOAuthForAutoDiscover = 1" in one for one in found.registry)


@pytest.mark.parametrize(
    ("outlook", "values"), [("Outlook 2010", 0), ("Outlook 2013", 3), ("Outlook 2016", 1), ("new Outlook", 0)]
)
def test_the_version_that_shows_itself_is_marked_with_its_own_values(outlook: str, values: int) -> None:
    found = explain(read(f"{outlook} {HEADER}"))
    assert [one.seen for one in found.clients].count(True) == 1
    assert len(found.registry) == values
    assert any("registry values below" in step for step in found.steps) is (values > 0)


# --- a lost factor -------------------------------------------------------------------------

LOST = read("her phone is broken")


def test_a_suspension_is_the_last_word_for_a_lost_factor_alone() -> None:
    found = explain(LOST, NOW)
    assert found.suspension.startswith("/mfa disable lee@contoso.com for 1h because ")
    assert "Temporary Access Pass" in found.steps[-1]
    assert "another registered factor" in found.steps[-2]


@pytest.mark.parametrize(
    "now",
    [
        None,
        replace(NOW, factors=2),
        replace(NOW, factors=None),
        replace(NOW, mfa=Protection.DISABLED),
        replace(NOW, mfa=None),
        replace(NOW, protected=True),
        replace(NOW, enabled=False),
    ],
)
def test_something_safer_or_not_known_keeps_it_from_being_offered(now: Circumstances | None) -> None:
    assert explain(LOST, now).suspension == ""


@pytest.mark.parametrize(
    "text",
    ["AADSTS500121", "AADSTS50076", "401", "535 5.7.139 basic authentication is disabled, phone is lost"],
)
def test_a_failed_factor_is_not_a_lost_one(text: str) -> None:
    assert explain(read(text), NOW).suspension == ""


# --- the person ----------------------------------------------------------------------------


def follows(text: str, now: Circumstances) -> dict[str, str]:
    return {one.what: one.follows for one in explain(read(text), now).checked}


def test_the_live_state_is_set_against_the_header() -> None:
    found = follows(HEADER, NOW)
    assert "basic authentication is refused as well" in found["Per-user MFA is enforced."]
    assert found["The mailbox lives in Exchange Online."] == "Basic authentication is off there for good."
    assert follows(HEADER, replace(NOW, mfa=Protection.DISABLED))["Per-user MFA is disabled."] == (
        "It is not in the way."
    )


def test_a_mailbox_on_premises_turns_the_advice_to_autodiscover() -> None:
    elsewhere = replace(NOW, view=view(replace(LEES, kind=Kind.MAIL_USER, place=Place.ON_PREMISES)))
    assert "check Autodiscover" in follows(HEADER, elsewhere)["The mailbox lives on premises."]
    assert "do not hold there" in follows("401", elsewhere)["The mailbox lives on premises."]


@pytest.mark.parametrize(
    ("protocol", "text", "what"),
    [
        (Protocol.MAPI, HEADER, "MAPI is off for the mailbox."),
        (Protocol.IMAP, "NO LOGIN failed", "IMAP is off for the mailbox."),
        (Protocol.POP, "-ERR Logon failure", "POP is off for the mailbox."),
        (
            Protocol.SMTP_AUTH,
            "550 5.7.30 Basic authentication is not supported",
            "SMTP AUTH is off for the mailbox.",
        ),
        (Protocol.EWS, "EWS is disabled", "EWS is off for the mailbox."),
    ],
)
def test_a_protocol_that_is_off_explains_it(protocol: Protocol, text: str, what: str) -> None:
    protocols = {**dict.fromkeys(Protocol, Allowed.ON), protocol: Allowed.OFF}
    assert what in follows(text, replace(NOW, view=view(replace(LEES, protocols=protocols))))


def test_protocols_that_are_on_or_the_organisation_s_are_said() -> None:
    protocols = {Protocol.POP: Allowed.ON, Protocol.IMAP: Allowed.ORGANISATION}
    found = follows("NO LOGIN failed", replace(NOW, view=view(replace(LEES, protocols=protocols))))
    assert "takes a token" in found["POP is on for the mailbox."]
    assert "IMAP is as the organisation has it." in found


KINDS = [
    (Kind.SHARED, "It is a shared mailbox.", "open it from the mailbox of somebody"),
    (Kind.CONTACT, f"It is a {Kind.CONTACT}.", "check the address"),
    (Kind.NOTHING, "It is nothing here.", "check the address"),
    (Kind.GROUP_MAILBOX, f"It is a {Kind.GROUP_MAILBOX}.", "Nobody signs in to it."),
    (Kind.GUEST, f"It is a {Kind.GUEST}.", "their helpdesk"),
    (Kind.DELETED, "It is a deleted account.", "restore it first"),
]


@pytest.mark.parametrize(("kind", "what", "why"), KINDS)
def test_what_the_address_is_may_explain_all(kind: Kind, what: str, why: str) -> None:
    found = follows("401", replace(NOW, view=view(Facts(kind=kind, place=Place.NOWHERE))))
    assert why in found[what]
    assert "nothing for Outlook to connect to" in found["The mailbox lives nowhere."]


def test_what_is_missing_or_not_known_is_said() -> None:
    bare = replace(LEES, licences=(Licence("Exchange Online (Plan 1)", ready=False),), protocols=None)
    unknown = replace(bare, place=Place.UNKNOWN)
    now = replace(NOW, view=view(unknown), enabled=False, unread=("the MFA state: Graph answered 503",))
    found = follows("401", now)
    assert "The account is disabled." in found
    assert "No licence with a mailbox is in force." in found
    assert "Not known: the MFA state: Graph answered 503." in found
    assert found["The mailbox lives not known."] == ""


@pytest.mark.parametrize(
    ("mfa", "why"),
    [
        (Protection.DISABLED, "another rule asks"),
        (Protection.ENABLED, "asked to register"),
        (Protection.ENFORCED, "asked for at every sign-in"),
    ],
)
def test_the_state_is_explained_for_other_errors_too(mfa: Protection, why: str) -> None:
    assert why in follows("AADSTS50076", replace(NOW, mfa=mfa))[f"Per-user MFA is {mfa}."]


def test_commands_in_the_steps_name_the_person() -> None:
    steps = " ".join(explain(read(f"{HEADER} <UserType:FederatedBusiness>"), NOW).steps)
    assert "`/mailbox show lee@contoso.com`" in steps
    assert "USER" not in steps
    assert "`/domain check USER`" in " ".join(
        explain(read("<UserType:FederatedBusiness> 401 Unauthorized")).steps
    )


# --- bad input -----------------------------------------------------------------------------


def test_two_hundred_kilobytes_are_read_in_no_time() -> None:
    for filler in (
        "x",
        "< ",
        "<a ",
        "HTTP ",
        "&lt;",
        "LiveIdBasicAuth:",
        "EnableADAL ",
        "for ",
        "status ",
        "5.7.30",
    ):
        text = filler * (200_000 // len(filler)) + ANSWER
        started = process_time()
        found = read(text)
        assert process_time() - started < 3, filler
        assert Sign.APP_PASSWORD in found.signs, filler
        assert not found.cut


def test_what_is_beyond_the_bound_is_not_read_and_that_is_said() -> None:
    found = read("456 Unauthorized HTTP/1.1 456 " + "x" * LONGEST_PASTE + HEADER)
    assert (found.signs, found.cut) == ((Sign.HTTP_456,), True)
    assert explain(found).cut


FILES = [
    "trace.saz",
    "C:\\Users\\hanna\\Desktop\\RCA report.html",
    "/home/hanna/outlook.log",
    "<https://contoso.slack.com/files/U0HANNA/F123/report.html|report.html>",
    "https://contoso.slack.com/files/U0HANNA/F123/screen%20shot.png",
    "\u201cerror.png\u201d",
    "PK\x03\x04\x14\x00\x06\x00",
    "%PDF-1.7 stream",
    "data:image/png;base64,iVBORw0KGgo",
]


@pytest.mark.parametrize("text", FILES)
def test_a_file_instead_of_a_text_is_told(text: str) -> None:
    found = read(text)
    assert (found.file, found.recognised) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello",
        "it does not work",
        "\x00\x01\x02",
        "\ud800",
        "<html></html>",
        "&amp;&amp;",
        "1234",
        "HTTP 999",
    ],
)
def test_what_says_nothing_is_nothing(text: str) -> None:
    assert read(text) == Evidence()


def test_html_escaping_and_the_chat_s_escaping_come_to_the_same() -> None:
    double = ESCAPED.replace("&", "&amp;")
    assert read(HEADER).signs == read(ESCAPED).signs == read(double).signs
    assert read(REPORT).requests == read(HEADER).requests


def test_a_port_of_the_text_is_no_status() -> None:
    assert read("connected to 10.0.0.1:456, 403 items, version 15.0.401").signs == ()


def test_evidence_is_small_whatever_was_pasted() -> None:
    text = "".join(f"RequestId={n:08x}-0000-4000-8000-000000000000 AADSTS50053 " for n in range(9_000))
    found = read(text)
    assert len(found.requests) == 5
    assert len(repr(astuple(found))) < 1_000
    assert re.fullmatch(r"[0-9a-f-]{36}", found.requests[0])
