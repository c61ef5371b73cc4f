from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.model import (
    Approval,
    Briefing,
    ChatId,
    Extend,
    Lever,
    News,
    Notice,
    Operator,
    Outcome,
    Person,
    PersonId,
    PhoneNumber,
    Preference,
    Protection,
    Relatch,
    Request,
    RequestId,
    State,
    Suspend,
)
from approvals.service import Asked, Counted, Moved, PassNotShown, Refused, Revealed
from bot.sim.workspace import limits, mrkdwn
from bot.slack.render import cards, forms, lines, replies
from bot.slack.render.rules import HouseRules
from bot.slack.render.text import code, plain, quoted, spell
from commands.diagnosis import explain, read
from commands.domain import listed
from commands.model import (
    Diagnosed,
    DomainChecked,
    DomainShown,
    EnableAsked,
    Failed,
    FormName,
    FormOpened,
    Guided,
    HelpShown,
    LookingUp,
    MailboxShown,
    Misused,
    NotFound,
    NothingToDo,
    Off,
    PassOffered,
    RequestShown,
    RequestsShown,
    RestoreOffered,
    RunbookShown,
    SignInsShown,
    StatusShown,
)
from commands.person_model import Method, PersonStatus, SignInsSeen, Unreadable, Use, Withheld
from commands.runbooks import federating
from tests.domains import checked, domain, federated_view, managed
from tests.mailboxes import view as mailbox_view
from tests.pasted import ANSWER
from tests.pictures import DOUBTFUL, PICTURE, SIGN_INS
from tests.unit.bot.slack.reading import accepted, buttons, pinged, shown

NOW = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)
OMAR = Person(PersonId("omar-id"), "Omar Haddad", "omar@contoso.com", ChatId("U0OMAR"))
STAR, GRAVE, TILDE = "\N{ASTERISK OPERATOR}", "\N{MODIFIER LETTER GRAVE ACCENT}", "\N{TILDE OPERATOR}"
HOSTILE = (
    "<!channel> <@U0OMAR> <https://evil.example|click> *bold* `x` & \u202egnp.exe\u0000\u200b\n> quote\n"
)


# --- the card ------------------------------------------------------------------------------


def test_the_card_of_a_pending_request_tells_the_story(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    card = cards.card(asked(), rules, NOW)

    accepted(card)
    assert shown(card).startswith(
        "R-31 · Suspend MFA for Lee Jansen, 1 hour · waiting for approval\n"
        "lee@contoso.com\n"
        "Asked by @Hanna · INC-48211\n"
        "“phone broken, Outlook profile must be rebuilt”\n"
        "Now: enforced → disabled, back to enforced after 1 hour. "
        "At the end Lee Jansen is signed out everywhere.\n"
        "Roles: none · 2 second factors · last 24 h: no other request · 1 suspension in 90 days\n"
        "Lapses Nov 23, 2026 at 17:40"
    )
    assert buttons(card) == {"Approve": "approve R-31:1", "Deny": "deny R-31:1"}
    assert "R-31" in card.text
    assert "waiting for approval" in card.text


def test_approving_is_confirmed_in_slack_and_denying_is_not(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    [row] = [block for block in cards.card(asked(), rules, NOW).blocks if block["type"] == "actions"]
    approve, deny = row["elements"]

    assert approve["confirm"]["text"]["text"] == "Turns MFA off for Lee Jansen (lee@contoso.com), 1 hour."
    assert "confirm" not in deny


def test_the_buttons_carry_the_terms_they_were_drawn_for(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    assert buttons(cards.card(asked(terms=3), rules, NOW))["Approve"] == "approve R-31:3"


def test_a_card_without_signing_out_does_not_speak_of_it(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    assert "signed out" not in shown(cards.card(asked(), replace(rules, revoke_sessions=False), NOW))


def test_a_quorum_shows_how_far_it_has_come(asked: Callable[..., Request], rules: HouseRules) -> None:
    card = cards.card(asked(needed=2, approvals=(Approval(OMAR, NOW),)), rules, NOW)

    assert "1 of 2 approvals · approved by @Omar Nov 23, 2026 at 15:40" in shown(card)


STATES = [
    ({"state": State.APPLYING}, "being applied"),
    ({"state": State.ACTIVE, "ends_at": NOW + timedelta(hours=1)}, "active until Nov 23, 2026 at 16:40"),
    ({"state": State.RESTORING, "ends_at": NOW}, "being restored"),
    (
        {"state": State.RESTORING, "ends_at": NOW - timedelta(minutes=2)},
        "being restored · :warning: overdue since Nov 23, 2026 at 15:40",
    ),
]


@pytest.mark.parametrize(("changes", "words"), STATES)
def test_the_card_says_where_the_request_stands_and_offers_nothing_to_press(
    asked: Callable[..., Request], rules: HouseRules, changes: dict[str, Any], words: str
) -> None:
    card = cards.card(asked(prior=Protection.ENFORCED, **changes), rules, NOW)

    accepted(card)
    first = shown(card).splitlines()[0]
    assert first == f"R-31 · Suspend MFA for Lee Jansen, 1 hour · {words}"
    assert buttons(card) == {}


def test_a_restore_that_is_not_late_enough_is_not_called_overdue(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    soon = asked(state=State.RESTORING, ends_at=NOW - timedelta(seconds=119))

    assert "overdue" not in shown(cards.card(soon, rules, NOW))


@pytest.mark.parametrize("outcome", Outcome)
def test_the_card_shows_each_outcome_in_its_own_words(
    asked: Callable[..., Request], rules: HouseRules, outcome: Outcome
) -> None:
    ended = asked(
        state=State.CLOSED,
        outcome=outcome,
        closed_at=NOW,
        closed_by=Operator("ann@host"),
        prior=Protection.ENABLED,
    )
    card = cards.card(ended, rules, NOW)

    accepted(card)
    assert f"· {outcome.value} " in shown(card).splitlines()[0]
    assert outcome.value in card.text
    assert buttons(card) == {}


def test_a_restored_card_names_what_came_back_and_how_late(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    ended = asked(
        state=State.CLOSED,
        outcome=Outcome.RESTORED,
        closed_at=NOW + timedelta(minutes=13, seconds=2),
        ends_at=NOW,
        prior=Protection.ENABLED,
        restored_to=Protection.ENFORCED,
        note="Graph answers 503",
    )
    first, *rest = shown(cards.card(ended, rules, NOW)).splitlines()

    assert first.endswith(
        "restored Nov 23, 2026 at 15:53:02 to enforced (stronger than enabled before), checked, "
        "13 minutes 2 seconds late: Graph answers 503"
    )
    assert "503" not in "\n".join(rest)


def test_what_graph_answers_stands_on_an_overdue_card(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    late = asked(state=State.RESTORING, ends_at=NOW - timedelta(hours=1), note="Graph answers 503")

    assert "Graph answers 503" in shown(cards.card(late, rules, NOW))


def test_an_extension_names_what_it_extends(asked: Callable[..., Request], rules: HouseRules) -> None:
    more = asked(id=RequestId(32), action=Extend(RequestId(31), timedelta(minutes=30)))
    card = cards.card(more, rules, NOW)

    accepted(card)
    assert shown(card).startswith(
        "R-32 extends R-31 by 30 minutes · waiting for approval\nLee Jansen · lee@contoso.com\n"
    )
    assert buttons(card)["Approve"] == "approve R-32:1"


# --- news ----------------------------------------------------------------------------------


def _noticed(news: News, **changes: object) -> Notice:
    by = OMAR if news in {News.APPROVED, News.DENIED, News.PROLONGED} else Relatch()
    return replace(Notice(news, NOW, by, until=NOW + timedelta(hours=1)), **changes)


@pytest.mark.parametrize("news", News)
@pytest.mark.parametrize("detail", ["", HOSTILE * 40])
def test_every_piece_of_news_can_be_told_to_everybody(
    asked: Callable[..., Request], rules: HouseRules, news: News, detail: str
) -> None:
    request = asked(state=State.RESTORING, prior=Protection.ENFORCED, ends_at=NOW)
    notice = _noticed(news, detail=detail, count=3)

    for told in (
        lines.line(request, notice, rules),
        lines.direct(request, notice, ChatId("U0HANNA"), rules),
        lines.direct(request, notice, ChatId("U0LEE"), rules),
        lines.settled(request, notice, rules),
        lines.page(request, notice, rules),
    ):
        accepted(told)
        assert "R-31" in told.text
        assert "R-31" in shown(told)
        assert not pinged(told) & {"channel", "here", "everyone"}


def test_the_thread_says_since_when_mfa_is_off(asked: Callable[..., Request], rules: HouseRules) -> None:
    said = shown(lines.line(asked(), _noticed(News.ACTIVE), rules))

    assert said == (
        "R-31: MFA for Lee Jansen is off since Nov 23, 2026 at 15:40:00 (confirmed by Entra), "
        "until Nov 23, 2026 at 16:40."
    )


def test_the_requester_can_extend_and_end_it_and_the_subject_cannot(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    for news in (News.ACTIVE, News.PROLONGED, News.WARNING):
        to_requester = lines.direct(asked(), _noticed(news), ChatId("U0HANNA"), rules)
        to_subject = lines.direct(asked(), _noticed(news), ChatId("U0LEE"), rules)

        assert buttons(to_requester) == {"Extend": "extend R-31", "Restore now": "restore_now R-31"}
        assert buttons(to_subject) == {}
        assert buttons(lines.settled(asked(), _noticed(news), rules)) == {}


def test_the_subject_learns_who_asked_and_whom_to_tell(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    said = shown(lines.direct(asked(), _noticed(News.ACTIVE), ChatId("U0LEE"), rules))

    assert "MFA on your account is off" in said
    assert "Asked for by @Hanna (INC-48211)." in said
    assert said.endswith("If you did not ask for this, tell @duty @Dirk.")


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "No second factor is registered"),
        (None, "could not be read"),
        (2, "Registered: 2 second factors"),
    ],
)
def test_the_warning_says_what_the_end_will_mean(
    asked: Callable[..., Request], rules: HouseRules, count: int | None, words: str
) -> None:
    assert words in shown(
        lines.direct(asked(), _noticed(News.WARNING, count=count), ChatId("U0HANNA"), rules)
    )


def test_a_page_mentions_the_people_on_duty_with_what_to_do_by_hand(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    late = asked(state=State.RESTORING, prior=Protection.ENFORCED, ends_at=NOW)
    notice = _noticed(News.OVERDUE, count=7, detail="Graph answers 503", until=NOW)
    page = lines.page(late, notice, replace(rules, runbook="https://wiki.contoso.com/mfa?a=1&b=2"))

    assert pinged(page) == {"S0DUTY", "U0DUTY"}
    assert shown(page) == (
        "@duty @Dirk R-31: :warning: Overdue since Nov 23, 2026 at 15:42: MFA for Lee Jansen is not back "
        "after 7 attempts: Graph answers 503. Trying every minute.\n"
        "By hand: `relatch restore R-31 --wait 60s`, or set per-user MFA of lee@contoso.com to enforced "
        "in the Entra admin center. Runbook: https://wiki.contoso.com/mfa?a=1&b=2"
    )


def test_a_restored_notice_names_the_state_that_was_found(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    notice = Notice(News.RESTORED, NOW + timedelta(minutes=3), detail="enforced", until=NOW)
    said = shown(lines.line(asked(prior=Protection.ENFORCED), notice, rules))

    assert said == (
        "R-31: MFA for Lee Jansen is restored to enforced, checked Nov 23, 2026 at 15:43:00, 3 minutes late."
    )


def test_the_head_of_the_record_is_published_whole() -> None:
    digest = "ab" * 32

    assert digest in lines.head(1204, digest).text


# --- answers -------------------------------------------------------------------------------


LEE = Person(PersonId("lee-id"), "Lee Jansen", "lee@contoso.com", ChatId("U0LEE"))
STATUS = PersonStatus(
    person=LEE,
    guest=False,
    enabled=True,
    synchronised=True,
    protection=Protection.ENFORCED,
    methods=(
        Method("Microsoft Authenticator", "Pixel 8", Use.SECOND_FACTOR, datetime(2024, 3, 4, tzinfo=UTC)),
        Method("phone", "·· ··89 (SMS)", Use.SECOND_FACTOR),
        Method("e-mail", "l··@gmail.com", Use.PASSWORD_RESET),
        Method("quantumAuthenticationMethod", "", Use.UNKNOWN),
    ),
    roles=(),
    protected=(),
    picture=PICTURE,
)


def _every_reply(request: Request) -> list[replies.Sayable]:
    return [
        Misused("“disabel” is not known.", "/mfa help", "/mfa disable lee@contoso.com for 1h because x"),
        LookingUp("lee@contoso.com"),
        NotFound("lee@contoso.com", "Write their UPN."),
        StatusShown(STATUS, request),
        RequestsShown("Open requests", (request,), 3, NOW),
        RequestShown(request, NOW),
        HelpShown("/mfa", (("/mfa status USER", "Show it."),)),
        Failed("Graph answers 503.", "Try again.", "Nothing was changed.", "c-1"),
        Asked(request, (OMAR,)),
        Counted(request, 1),
        Moved(request),
        Refused("protect.roles", "Lee holds a role.", "Ask identity operations.", NOW, RequestId(31)),
        DOUBTFUL,
        PassOffered(DOUBTFUL, "/mfa pass lee@contoso.com because phone broken"),
        PassNotShown(request, "Graph did not answer"),
        SignInsShown(SignInsSeen(LEE, (), SIGN_INS)),
        listed((domain(),), "", 1),
        DomainShown(federated_view()),
        DomainChecked(checked()),
        RunbookShown(federating(managed("fabrikam.com"), None), "relatch domain federate fabrikam.com"),
        NothingToDo("contoso.com is federated already.", "See `/domain check contoso.com`."),
        Off("/domain list", "federation"),
        Revealed(request, PhoneNumber("+31 612345678")),
        MailboxShown(mailbox_view()),
        Diagnosed(explain(read(ANSWER), None)),
        EnableAsked(Asked(request, (OMAR,))),
        RestoreOffered(request),
        Guided(OMAR, Preference.PUSH),
    ]


def test_every_reply_has_its_words(asked: Callable[..., Request], rules: HouseRules) -> None:
    every = _every_reply(asked())

    assert {type(reply) for reply in every} == set(get_args(replies.Sayable))
    for reply in every:
        accepted(replies.answer(reply, rules, NOW))


def test_replies_about_a_request_name_it_in_text_and_blocks(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    request = asked()
    for reply in (Asked(request, (OMAR,)), Counted(request, 1), Moved(request), RequestShown(request, NOW)):
        said = replies.answer(reply, rules, NOW)
        assert "R-31" in said.text
        assert "R-31" in shown(said)


def test_asking_is_answered_with_who_can_decide_and_until_when(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    said = shown(replies.answer(Asked(asked(), (OMAR,)), rules, NOW))

    assert said == (
        "R-31 sent to #mfa-approvals. 1 approver can decide: @Omar. It lapses Nov 23, 2026 at 17:40."
    )


def test_a_refusal_can_be_pasted_into_a_ticket(rules: HouseRules) -> None:
    refused = Refused(
        "protect.roles",
        "Lee Jansen holds Exchange Administrator (eligible).",
        "Ask identity operations.",
        NOW,
        RequestId(31),
    )

    assert replies.answer(refused, rules, NOW).text == (
        "Not done, nothing changed. Lee Jansen holds Exchange Administrator (eligible) (`protect.roles`). "
        "Ask identity operations. R-31 · 2026-11-23 15:40 UTC"
    )


def test_a_suggestion_can_be_run_by_a_press(rules: HouseRules) -> None:
    said = replies.answer(Misused("No such word.", "", "/mfa status lee@contoso.com"), rules, NOW)

    assert buttons(said) == {"Use that": "use_that /mfa status lee@contoso.com"}


def test_a_suggestion_that_fits_no_button_is_only_shown(rules: HouseRules) -> None:
    said = replies.answer(Misused("No such word.", "", "/mfa " + "x" * 2_000), rules, NOW)

    accepted(said)
    assert buttons(said) == {}


def test_the_status_shows_the_same_facts_in_the_same_order(rules: HouseRules) -> None:
    assert shown(replies.answer(StatusShown(STATUS, None), rules, NOW)) == (
        "Lee Jansen · lee@contoso.com · member, enabled, synchronised from AD\n"
        "MFA enforced (per-user). "
        "A second factor is asked for at sign-in; legacy apps need an app password.\n"
        "Second factors\n"
        "• Microsoft Authenticator Pixel 8 (since Mar 4, 2024)\n"
        "• phone ·· ··89 (SMS)\n"
        "Password reset only e-mail l··@gmail.com\n"
        "Kinds unknown to Relatch (may be second factors) quantumAuthenticationMethod\n"
        "Default Authenticator push\n"
        "Registered for MFA yes · usable under the policy yes · without a password no · "
        "for password reset yes (report of 44 h ago)\n"
        "Also requires MFA nothing else in Outlook · security defaults off · "
        "contoso.com is managed: Entra alone signs in\n"
        "Roles none\n"
        "Last sign-ins"
    )


def test_a_live_suspension_stands_in_the_status(asked: Callable[..., Request], rules: HouseRules) -> None:
    live = asked(state=State.ACTIVE, ends_at=NOW + timedelta(hours=1))
    said = replies.answer(StatusShown(STATUS, live), rules, NOW)

    assert "R-31" in said.text
    assert "Live suspension R-31 · Suspend MFA for Lee Jansen, 1 hour · active until" in shown(said)


def test_what_could_not_be_read_says_so_and_what_to_do(rules: HouseRules) -> None:
    missing = Unreadable("Graph answers 403.", "Grant UserAuthenticationMethod.Read.All.")
    status = replace(STATUS, protection=missing, methods=missing, roles=missing)
    said = shown(replies.answer(StatusShown(status, None), rules, NOW))

    assert said.count("could not be read: Graph answers 403. Grant UserAuthenticationMethod.Read.All.") == 3


def test_no_method_at_all_is_not_the_same_as_an_unknown_one(rules: HouseRules) -> None:
    none = replies.answer(StatusShown(replace(STATUS, methods=()), None), rules, NOW)

    assert "Second factors none registered" in shown(none)


@pytest.mark.parametrize(
    "status",
    [
        replace(STATUS, protected=("protect.roles: holds Global Administrator",)),
        replace(STATUS, methods=Withheld("The person is protected.")),
    ],
)
def test_the_methods_of_a_protected_person_are_not_shown(rules: HouseRules, status: PersonStatus) -> None:
    said = replies.answer(StatusShown(status, None), rules, NOW)

    assert "not shown" in shown(said)
    assert "Pixel" not in str(said) or not status.protected


def test_sixty_methods_fit(rules: HouseRules) -> None:
    methods = tuple(
        Method("Microsoft Authenticator", f"Pixel 8 number {n}", Use.SECOND_FACTOR, NOW) for n in range(60)
    )
    said = replies.answer(StatusShown(replace(STATUS, methods=methods), None), rules, NOW)

    accepted(said)
    assert all(f"Pixel 8 number {n} " in shown(said) for n in range(60))


def test_methods_that_do_not_fit_are_counted(asked: Callable[..., Request], rules: HouseRules) -> None:
    methods = tuple(Method(f"{n} " + "&" * 200, "<" * 500, Use.SECOND_FACTOR, NOW) for n in range(200))
    nobody = replace(LEE, name='"' * 3_000, upn='"' * 3_000)
    roles = tuple('"' * 200 for _ in range(40))
    status = replace(STATUS, person=nobody, methods=methods, roles=roles)
    said = replies.answer(StatusShown(status, asked(subject=nobody, requester=nobody)), rules, NOW)

    accepted(said)
    assert " more" in shown(said)
    accepted(replies.answer(StatusShown(replace(status, protected=roles), asked()), rules, NOW))


def test_a_long_list_is_cut_with_a_count(asked: Callable[..., Request], rules: HouseRules) -> None:
    many = tuple(asked(id=RequestId(n), subject=replace(LEE, name="&" * 300)) for n in range(1, 51))
    said = replies.answer(RequestsShown("Open requests", many, 7, NOW), rules, NOW)

    accepted(said)
    listed = shown(said).count("• R-")
    assert f"and {57 - listed} more" in shown(said)


# --- forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FormName)
@pytest.mark.parametrize("number", [31, 999_999_999_999])
def test_forms_are_accepted_and_name_their_request(name: FormName, number: int) -> None:
    view = forms.form(FormOpened(name, f"R-{number}:1", RequestId(number)))

    assert limits.problems(view) == []
    assert view["callback_id"] == name.value
    assert view["private_metadata"] == f"R-{number}:1"
    assert f"R-{number}" in str(view["blocks"])


def test_denying_asks_for_one_thing_and_extending_for_two() -> None:
    inputs = {
        name: [
            (block["block_id"], block["element"]["type"])
            for block in forms.form(FormOpened(name, "R-31", RequestId(31)))["blocks"]
            if block["type"] == "input"
        ]
        for name in FormName
    }

    assert inputs == {
        FormName.DENY: [("reason", "plain_text_input")],
        FormName.EXTEND: [("duration", "plain_text_input"), ("reason", "plain_text_input")],
    }


# --- what people write ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("&amp;", "&amp;amp;"),
        ("a\u202eb\u2066c\u200bd\u0000e\ufefff", "abcdef"),
        ("two\n\tlines\u2028three", "two lines three"),
        ("*b* `c` ~d~", f"{STAR}b{STAR} {GRAVE}c{GRAVE} {TILDE}d{TILDE}"),
    ],
)
def test_what_people_write_is_made_literal(written: str, read: str) -> None:
    assert plain(written) == read


def test_long_texts_end_in_an_ellipsis_and_never_inside_an_entity() -> None:
    assert plain("&" * 100, 21) == "&amp;&amp;&amp;&amp;…"
    assert plain("x" * 80) == "x" * 80
    assert plain("x" * 81) == "x" * 79 + "…"
    assert quoted("x" * 4_000).endswith("x…”")


def test_code_cannot_be_left() -> None:
    assert code("a` *b* `c") == f"`a{GRAVE} *b* {GRAVE}c`"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "1 hour 30 minutes"),
        (timedelta(days=1, seconds=1), "1 day 1 second"),
        (timedelta(), "0 seconds"),
    ],
)
def test_durations_are_spelled_out(span: timedelta, words: str) -> None:
    assert spell(span) == words


WRITTEN = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [HOSTILE, HOSTILE * 60, "&" * 4_000, "\U0001f469\u200d\U0001f4bb" * 900, "<" * 3_000, "\ud800x"]
    ),
)
RULES = HouseRules(channel="C0APPROVALS", escalate=("S0DUTY",))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Return any request about and by anybody, with whatever they wrote."""
    person = st.builds(Person, id=st.just(PersonId("x")), name=WRITTEN, upn=WRITTEN, chat=st.none() | WRITTEN)
    state = draw(st.sampled_from(State))
    moments = st.none() | st.datetimes(
        min_value=datetime.fromisoformat("2000-01-01"),
        max_value=datetime.fromisoformat("2100-01-01"),
        timezones=st.just(UTC),
    )
    return Request(
        id=RequestId(31),
        action=draw(
            st.sampled_from(
                [Suspend(Lever.PER_USER, timedelta(hours=1)), Extend(RequestId(7), timedelta(minutes=5))]
            )
        ),
        subject=draw(person),
        requester=draw(person),
        reason=draw(WRITTEN),
        ticket=draw(WRITTEN),
        briefing=Briefing(Protection.ENFORCED, roles=tuple(draw(st.lists(WRITTEN, max_size=20)))),
        needed=3,
        state=state,
        outcome=draw(st.sampled_from(Outcome)) if state is State.CLOSED else None,
        created_at=NOW,
        lapses_at=NOW,
        approvals=tuple(Approval(one, NOW) for one in draw(st.lists(person, max_size=12))),
        prior=Protection.ENFORCED,
        ends_at=draw(moments),
        closed_at=draw(moments),
        closed_by=draw(person),
        note=draw(WRITTEN),
    )


@given(requests(), st.sampled_from(News))
@settings(max_examples=40, deadline=None)
def test_nothing_that_people_write_breaks_a_message_or_calls_anybody(request: Request, news: News) -> None:
    notice = Notice(news, NOW, request.requester, request.reason)
    for said in (
        cards.card(request, RULES, NOW),
        lines.line(request, notice, RULES),
        lines.page(request, notice, RULES),
        lines.direct(request, notice, ChatId("U0HANNA"), RULES),
        replies.answer(RequestShown(request, NOW), RULES, NOW),
        replies.answer(RequestsShown("Open", (request,) * 40, 0, NOW), RULES, NOW),
        replies.answer(Refused("rule", request.reason, request.note, NOW), RULES, NOW),
        replies.answer(Misused(request.reason, request.note, request.reason), RULES, NOW),
        replies.answer(NotFound(request.reason, request.note), RULES, NOW),
        replies.answer(Failed(request.reason, request.note, request.ticket, request.reason), RULES, NOW),
    ):
        accepted(said)
        assert pinged(said) <= {"S0DUTY"}
        assert "evil.example" not in {token.partition("|")[0] for token in mrkdwn.TOKEN.findall(str(said))}
        assert not set(str(said)) & set("\u202e\u200b\u0000")
