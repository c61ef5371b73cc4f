from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.sim.workspace import limits, mrkdwn
from bot.slack.render import replies
from bot.slack.render.blocks import Message
from bot.slack.render.domain_news import domain_news
from bot.slack.render.replies import Sayable
from bot.slack.render.rules import HouseRules
from commands.domain import listed
from commands.domain_names import DomainName
from commands.domain_news import DomainNews, Turn, Turned
from commands.federation_model import (
    Authentication,
    Certificate,
    Compared,
    Configuration,
    DomainCheck,
    DomainView,
    Federated,
    Field,
    Finding,
    Grade,
    Held,
    Outcome,
    Property,
    Realm,
    Relation,
    Setting,
    StepKind,
    Unread,
    UnreadableCertificate,
    Waiting,
)
from commands.model import DomainChecked, DomainShown, NothingToDo, Off, RunbookShown
from commands.runbooks import Runbook, Sibling, Surroundings, federating, unfederating
from tests.domains import (
    CERTIFICATE,
    CONFIGURATION,
    CONTOSO,
    FABRIKAM,
    NOW,
    SILENT,
    WELL,
    checked,
    compared,
    domain,
    ended,
    federated_view,
    managed,
    managed_view,
    steps,
)

HOSTILE = (
    "<!channel> <@U0OMAR> <https://evil.example|click> *bold* `x` ``` & \u202egnp.exe\u0000\u200b\n> quote\n"
)
LONG = "&<" * 3_000


def render(reply: Sayable) -> Message:
    """Return *reply* in words; fail unless Slack would take it whole."""
    message = replies.answer(reply, HouseRules(channel="C0APPROVALS"), NOW)
    assert limits.problems({"text": message.text, "blocks": list(message.blocks)}) == []
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 13_000
    assert 0 < len(message.text) < 4_000
    assert all(not mrkdwn.mentions(text) for text in [message.text, *texts(message.blocks)])
    return message


def shown(reply: Sayable) -> str:
    """Return what a person reads of *reply*, without the marks of code."""
    return mrkdwn.display("\n".join(texts(render(reply).blocks)), {}).replace("`", "")


def texts(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [found for value in part.values() for found in texts(value)]
    return [found for one in part for found in texts(one)] if isinstance(part, list | tuple) else []


def buttons(message: Message) -> dict[str, str]:
    rows = [found for block in message.blocks if block["type"] == "actions" for found in block["elements"]]
    return {found["text"]["text"]: f"{found['action_id']} {found['value']}" for found in rows}


# --- list ----------------------------------------------------------------------------------


def test_a_list_of_a_few_is_whole_and_has_no_buttons() -> None:
    every = (domain(default=True), domain("eu.contoso.com", root=False), managed(FABRIKAM))
    message = render(listed(every, "", 1))
    assert mrkdwn.display("\n".join(texts(message.blocks)), {}) == (
        "3 domains\n"
        "• contoso.com · federated · default\n"
        "• eu.contoso.com · federated, from contoso.com\n"
        "• fabrikam.com · managed"
    )
    assert buttons(message) == {}


def test_nine_hundred_domains_are_paged() -> None:
    every = tuple(managed(f"d{number:03}.example") for number in range(900))
    first, middle, last = (render(listed(every, "d", page)) for page in (1, 17, 36))
    assert first.text == "900 of 900 domains with “d”, page 1 of 36"
    assert buttons(first) == {"Next": "next /domain list d page 2"}
    assert buttons(middle) == {
        "Previous": "previous /domain list d page 16",
        "Next": "next /domain list d page 18",
    }
    assert buttons(last) == {"Previous": "previous /domain list d page 35"}
    assert "and 1 more" not in " ".join(texts(first.blocks))


def test_a_page_of_the_longest_names_is_whole() -> None:
    label = "a" * 61
    tail = f"{label}.{label}.{label}"
    every = tuple(
        domain(f"{'b' * 55}{number:03}.{tail}", root=False, verified=False) for number in range(200)
    )
    text = shown(listed((*every, domain(tail)), "", 2))
    assert text.count("•") == 25
    assert "more" not in text


def test_an_empty_list_says_so() -> None:
    assert "None." in shown(listed((domain(),), "nowhere", 1))


# --- show ----------------------------------------------------------------------------------


def test_a_federated_domain_is_shown_with_both_names_of_every_setting() -> None:
    text = shown(DomainShown(federated_view()))
    assert "contoso.com · federated · verified" in text
    assert "People of it will sign in at https://sts.contoso.com/adfs/ls" in text
    assert "Home realm discovery says Federated · brand Contoso · protocol WSTrust" in text
    assert "federatedIdpMfaBehavior (SupportsMfa) rejectMfaByFederatedIdp\nEntra asks for the second" in text
    assert "passwordResetUri not set" in text
    assert "265 days left" in text
    assert CERTIFICATE.sha1 in text
    assert CERTIFICATE.sha256 in text


def test_a_subdomain_says_from_where_it_has_its_settings() -> None:
    text = shown(DomainShown(federated_view(domain("eu.contoso.com", root=False))))
    assert "eu.contoso.com · federated, with the settings of contoso.com · verified" in text


def test_of_a_managed_domain_it_is_said_what_graph_does_not_tell() -> None:
    text = shown(DomainShown(managed_view(managed(FABRIKAM))))
    assert "Microsoft's own sign-in page" in text
    assert "password hash synchronisation from pass-through" in text


def test_what_could_not_be_read_says_so() -> None:
    view = replace(
        federated_view(),
        sign_in=Unread("Graph holds no configuration.", "Make it managed first."),
        realm=Unread("Realm discovery answered 503."),
        findings=(Finding(Grade.WRONG, "Nobody can sign in.", "See `/domain unfederate contoso.com`."),),
    )
    text = shown(DomainShown(view))
    assert "could not be read: Graph holds no configuration. Make it managed first." in text
    assert "could not be read: Realm discovery answered 503." in text
    assert ":x: Nobody can sign in." in text


def test_certificates_that_ended_or_are_none_are_shown_as_such() -> None:
    ended_one = replace(CERTIFICATE, not_after=NOW - timedelta(days=3))
    held = (Held("signingCertificate", ended_one), Held("next", UnreadableCertificate("no DER")))
    view = federated_view()
    assert isinstance(view.sign_in, Federated)
    text = shown(DomainShown(replace(view, sign_in=replace(view.sign_in, certificates=held))))
    assert "ended 3 days ago" in text
    assert "unreadable: no DER" in text


# --- check ---------------------------------------------------------------------------------


def test_a_healthy_check_tells_every_step_and_every_property() -> None:
    text = shown(DomainChecked(checked()))
    assert text.startswith(":white_check_mark: contoso.com · single sign-on check: nothing is wrong · 1.2 s")
    for kind in StepKind:
        assert kind.value in text
    for one in Property:
        assert one.value in text
    assert "name in DNS sts.contoso.com · 12 ms\nA and AAAA of sts.contoso.com: 203.0.113.10" in text
    assert "not tested: never give a bot a password" in text


def test_a_failing_step_says_what_was_tried_what_came_back_how_long_and_what_to_do() -> None:
    text = shown(DomainChecked(checked({StepKind.TCP: SILENT})))
    assert text.startswith(":x: contoso.com · single sign-on check: something is wrong")
    assert (
        ":x: port 443 sts.contoso.com · 5.0 s\n"
        "asked: sts.contoso.com does not answer\n"
        "→ Open port 443 to the proxy servers." in text
    )


def test_a_check_under_way_says_how_far_it_is() -> None:
    waiting: dict[StepKind, Outcome] = {
        **dict.fromkeys(WELL, Waiting()),
        StepKind.REALM: WELL[StepKind.REALM],
        StepKind.DNS: Waiting(running=True),
    }
    text = shown(DomainChecked(checked(waiting, sides=(), finished=False)))
    assert "contoso.com · single sign-on check under way, 1 step done" in text
    assert "TLS sts.contoso.com · waits" in text


def test_what_differs_stands_beside_each_other_with_its_consequence() -> None:
    sides = compared(
        {
            Property.PASSIVE: (
                "https://a.example/adfs/ls",
                "https://b.example/adfs/ls",
                Relation.WRONG,
                "Lost.",
            ),
            Property.IDENTIFIER: ("http://contoso.com/a", "http://sts/a", Relation.RIGHT, "By domain."),
            Property.DISPLAY_NAME: ("Contoso", "", Relation.UNKNOWN, "Not published."),
        }
    )
    message = render(DomainChecked(checked(sides=sides)))
    (wrong, right) = [block for block in message.blocks if "fields" in block]
    assert wrong["block_id"] == f"side-{Property.PASSIVE}"
    assert [field["text"] for field in wrong["fields"]] == [
        "Entra: https://a.example/adfs/ls",
        "Service: https://b.example/adfs/ls",
    ]
    assert "different, but right" in right["text"]["text"]
    assert "not comparable · Not published." in "\n".join(texts(message.blocks))


def hostile_check(text: str) -> DomainCheck:
    """Return a check in which everything is wrong, and says so in *text*."""
    bad = Finding(Grade.WRONG, text, text)
    every: dict[StepKind, Outcome] = {kind: ended(*[bad] * 30, tried=text) for kind in WELL}
    more = tuple(replace(step, about=text) for step in steps(every))
    sides = tuple(
        Compared(
            property=one, entra=text, service=text, relation=Relation.WRONG, consequence=text, what_to_do=text
        )
        for one in Property
    )
    check = checked(every, sides=sides, health=(bad,) * 30, view=hostile_view(text))
    return replace(check, steps=(*check.steps, *more, *more))


def hostile_view(text: str) -> DomainView:
    configuration = Configuration(id=text, display_name=text)
    read = Certificate(
        subject=text,
        issuer=text,
        sha1=text,
        sha256=text,
        not_before=NOW,
        not_after=NOW,
        key=text,
    )
    settings = tuple(
        Setting(field=field, msonline="x", value=text, meaning=text, grade=Grade.WARNING) for field in Field
    )
    return DomainView(
        domain=domain(),
        sign_in=Federated(
            source=DomainName(text),
            configuration=configuration,
            settings=settings,
            certificates=(Held(text, read), Held(text, UnreadableCertificate(text))) * 10,
        ),
        realm=Realm(
            name_space=replace(federated_view()).realm.name_space,  # type: ignore[union-attr]  # it is read there
            brand=text,
            sign_in_url=text,
            protocol=text,
            metadata_url=text,
            active_url=text,
            unread=(Unread(text, text),) * 2,
        ),
        findings=(Finding(Grade.WRONG, text, text),) * 30,
        at=NOW,
    )


@pytest.mark.parametrize("text", [HOSTILE, LONG, "\U0001f600" * 4_000, ""])
def test_what_strangers_wrote_is_harmless_and_fits(text: str) -> None:
    for reply in (DomainChecked(hostile_check(text)), DomainShown(hostile_view(text))):
        message = render(reply)
        assert not any("\u202e" in one or "\u0000" in one for one in texts(message.blocks))


def test_every_property_is_named_even_when_all_are_wrong_at_length() -> None:
    text = shown(DomainChecked(hostile_check(LONG)))
    for one in Property:
        assert one.value in text


# --- runbooks ------------------------------------------------------------------------------

RUNBOOKS = {
    "as a sibling": federating(managed(FABRIKAM), Sibling(CONTOSO, CONFIGURATION)),
    "the first one": federating(domain(FABRIKAM, Authentication.MANAGED, default=True, verified=False), None),
    "managed": unfederating(domain(), CONFIGURATION, Surroundings(below=(DomainName("eu.contoso.com"),))),
    "of nothing": unfederating(domain(), None, Surroundings()),
}


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_is_shown_whole_with_its_lines_to_copy(name: str) -> None:
    runbook = RUNBOOKS[name]
    text = shown(RunbookShown(runbook, "relatch domain federate fabrikam.com"))
    assert "Relatch has changed nothing" in text
    for part in runbook.parts:
        assert part.heading in text
    for line in _lines(runbook):
        assert line in text
    assert "more" not in text.splitlines()[-1]


@pytest.mark.parametrize("name", ["as a sibling", "managed"])
def test_certificates_that_do_not_fit_are_cut_and_it_is_said_where_they_are_whole(name: str) -> None:
    large = replace(CONFIGURATION, signing_certificate="M" * 2_600, next_signing_certificate="N" * 2_600)
    runbook = {
        "as a sibling": federating(managed(FABRIKAM), Sibling(CONTOSO, large)),
        "managed": unfederating(domain(), large, Surroundings()),
    }[name]
    text = shown(RunbookShown(runbook, "relatch domain federate fabrikam.com"))
    assert "relatch domain federate fabrikam.com prints them whole" in text
    assert "M" * 24 + "…" in text
    assert "The way back" in text


def test_hostile_settings_stay_in_their_block() -> None:
    hostile = replace(CONFIGURATION, display_name=HOSTILE, sign_out_uri="https://a.example/```\n<!here>")
    for runbook in (
        unfederating(domain(), hostile, Surroundings()),
        federating(managed(FABRIKAM), Sibling(CONTOSO, hostile)),
    ):
        message = render(RunbookShown(runbook, "relatch domain federate fabrikam.com"))
        for text in texts(message.blocks):
            assert text.count("```") % 2 == 0


def _lines(runbook: Runbook) -> list[str]:
    codes = (getattr(item, "lines", "") for part in runbook.parts for item in part.items)
    return [line.strip() for lines in codes for line in lines.splitlines() if line.strip()]


# --- news ----------------------------------------------------------------------------------


def news(*turns: Turn) -> Message:
    message = domain_news(DomainNews(turns))
    assert limits.problems({"text": message.text, "blocks": list(message.blocks)}) == []
    assert all(not mrkdwn.mentions(text) for text in [message.text, *texts(message.blocks)])
    return message


def test_news_say_what_turned_where_and_what_to_do_the_worst_first() -> None:
    well = Turn(domain=FABRIKAM, turned=Turned.WELL, what="It was away.", grade=Grade.GOOD)
    bad = Turn(domain=CONTOSO, turned=Turned.BAD, what="It ends.", what_to_do="Renew it.", grade=Grade.WRONG)
    changed = Turn(domain=CONTOSO, turned=Turned.CHANGED, what="It is managed now.")
    message = news(well, changed, bad)
    assert message.text == "Federation: 1 problem of fabrikam.com, contoso.com"
    assert mrkdwn.display("\n".join(texts(message.blocks)), {}) == (
        "Federation: 1 problem of fabrikam.com, contoso.com\n"
        ":x: contoso.com · It ends.\n→ Renew it.\n"
        ":warning: contoso.com · It is managed now.\n"
        ":white_check_mark: fabrikam.com · well again, no longer so: It was away."
    )


@pytest.mark.parametrize("text", [HOSTILE, LONG])
def test_news_of_any_length_and_content_are_taken(text: str) -> None:
    many = [
        Turn(domain=DomainName(f"d{n}.{text}"), turned=Turned.BAD, what=text, what_to_do=text)
        for n in range(900)
    ]
    assert "more" in texts(news(*many).blocks)[-1]


# --- the short ones ------------------------------------------------------------------------


def test_a_feature_that_is_off_says_which_table_turns_it_on() -> None:
    assert shown(Off("/domain list", "federation")) == (
        "/domain list is off: the policy has no [federation]. "
        "Whoever runs Relatch can add that table and restart it."
    )


def test_where_there_is_nothing_to_do_it_says_why() -> None:
    assert shown(NothingToDo("contoso.com is federated already.", "Look.")) == (
        "contoso.com is federated already. Look."
    )
