"""A status whole, the last sign-ins, and what a suspension would change, as people read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.model import (
    Briefing,
    CannotTell,
    ChangesNothing,
    Forecast,
    Hindrance,
    Protection,
    Request,
    Source,
    WillWork,
)
from approvals.service import Asked
from bot.slack.render import cards, replies
from bot.slack.render.rules import HouseRules
from commands.federation_model import Unread
from commands.model import SignInsShown, StatusShown
from commands.person_model import Method, SignInsSeen, Use, Withheld
from commands.picture import (
    Access,
    AccessPolicy,
    Elsewhere,
    Idp,
    Picture,
    Preference,
    SignInDomain,
    Stance,
)
from tests.pictures import DOUBTFUL, PICTURE, QUIET, SIGN_INS

from .test_render import LEE, NOW, OMAR, STATUS, accepted, buttons, shown

NOTHING = (
    ":warning: Will change nothing: security defaults, All <!here> (Conditional Access), "
    "the federated provider of contoso.com still asks. @Hanna was told so and asked anyway."
)
OPEN = (
    "Will work: cannot tell. It was <!here>. May ask all the same: policy 0, policy 1, policy 2, "
    "policy 3, policy 4, policy 5 and 2 more."
)


def test_the_status_warns_where_a_suspension_would_change_nothing(rules: HouseRules) -> None:
    asks = AccessPolicy(name="All <!here>", demand="MFA", stance=Stance.ASKS)
    picture = replace(PICTURE, elsewhere=replace(QUIET, access=Access((asks,))))
    said = replies.answer(StatusShown(replace(STATUS, picture=picture), None), rules, NOW)

    accepted(said)
    text = shown(said)
    assert "Also requires MFA in Outlook: All <!here> · security defaults off" in text
    assert (
        ":warning: A suspension would change nothing here: All <!here> (Conditional Access) still asks."
    ) in text
    assert "<!here>" not in str(said.blocks)
    off = replace(STATUS, picture=picture, protection=Protection.DISABLED)
    assert "would change nothing" not in shown(replies.answer(StatusShown(off, None), rules, NOW))


def test_what_else_asks_is_told_whole_and_says_what_is_missing(rules: HouseRules) -> None:
    policies = (
        AccessPolicy(name="one", demand="strength Phishing-resistant", stance=Stance.ASKS),
        AccessPolicy(name="two", demand="MFA", stance=Stance.MAY_ASK, why="it depends on the place"),
        AccessPolicy(name="three", demand="MFA", stance=Stance.ELSEWHERE),
        AccessPolicy(name="four", demand="MFA", stance=Stance.REPORTS),
    )
    missing = Unread("Graph answered 403", "grant the app Policy.Read.All")
    elsewhere = Elsewhere(
        missing, Access(policies, missing), SignInDomain("contoso.com", Idp.UNKNOWN, "x", "New.")
    )
    picture = replace(PICTURE, elsewhere=elsewhere, preference=missing, registration=missing)
    text = shown(replies.answer(StatusShown(replace(STATUS, picture=picture), None), rules, NOW))

    for fact in (
        "Default could not be read: Graph answered 403; grant the app Policy.Read.All",
        "Registered could not be read: Graph answered 403",
        "whether Conditional Access asks in Outlook could not be evaluated: Graph answered 403; grant",
        "in Outlook: one (strength Phishing-resistant)",
        "may ask in Outlook: two (it depends on the place)",
        "in other apps or clients: three",
        "report-only, asks nobody yet: four",
        "security defaults could not be read: Graph answered 403",
        "contoso.com is federated: New (x)",
    ):
        assert fact in text
    blind = replace(picture, elsewhere=replace(QUIET, access=missing, domain=missing))
    text = shown(replies.answer(StatusShown(replace(STATUS, picture=blind), None), rules, NOW))
    assert "Also requires MFA Conditional Access could not be read: Graph answered 403" in text
    assert "the domain's federation could not be read: Graph answered 403" in text


def test_the_default_says_what_weakens_it_and_the_report_its_age(rules: HouseRules) -> None:
    preference = Preference(method="", system_preferred=True, reported_at=NOW)
    registration = replace(
        PICTURE.registration, registered=None, capable=False, system_preferred=("SMS",), at=None
    )
    picture = replace(PICTURE, preference=preference, registration=registration)
    text = shown(replies.answer(StatusShown(replace(STATUS, picture=picture), None), rules, NOW))

    assert (
        "Default none chosen · Entra asks for the strongest method first (system-preferred)"
        " · by the registration report\n"
    ) in text
    assert "for MFA not known · usable under the policy no" in text
    assert "system-preferred SMS (a report of unknown age)" in text
    old = replace(registration, at=NOW - timedelta(days=9))
    unsure = replace(preference, system_preferred=None)
    picture = replace(picture, preference=unsure, registration=old)
    text = shown(replies.answer(StatusShown(replace(STATUS, picture=picture), None), rules, NOW))
    assert "(report of 9 days ago)" in text
    assert "whether Entra prefers the strongest method is not known" in text


def test_a_status_of_the_worst_tenant_fits(rules: HouseRules) -> None:
    policies = tuple(
        AccessPolicy(name="&" * 120, demand="strength " + "&" * 110, stance=stance, why="w" * 60)
        for stance in Stance
        for _ in range(150)
    )
    methods = tuple(Method("Microsoft Authenticator", "&" * 80, Use.SECOND_FACTOR, NOW) for _ in range(60))
    missing = Unread("&" * 900, "grant the app something")
    elsewhere = Elsewhere(missing, Access(policies, missing), missing)
    picture = Picture(missing, missing, elsewhere)
    status = replace(STATUS, methods=methods, roles=("&" * 120,) * 40, picture=picture)

    accepted(replies.answer(StatusShown(status, None), rules, NOW))


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (SignInsSeen(LEE, (), ()), "Last sign-ins of Lee Jansen: none in the log."),
        (SignInsSeen(LEE, ("holds a role",), SIGN_INS), "not shown: this person is protected."),
        (SignInsSeen(LEE, (), Withheld("This person is protected.")), "not shown: This person is protected."),
        (SignInsSeen(LEE, (), Unread("Graph answered 403", "grant the app X")), "403; grant the app X"),
        (
            SignInsSeen(LEE, (), SIGN_INS),
            "Online by IMAP4 (legacy authentication), NL: signed in",
        ),
        (SignInsSeen(LEE, (), SIGN_INS), "<!here>: wrong password (50126)"),
    ],
)
def test_sign_ins_are_told_or_why_not(seen: SignInsSeen, says: str, rules: HouseRules) -> None:
    said = replies.answer(SignInsShown(seen), rules, NOW)

    accepted(said)
    assert says in shown(said)
    assert "<!here>" not in str(said.blocks)


def test_what_would_change_nothing_can_be_asked_for_anyway(rules: HouseRules) -> None:
    said = replies.answer(DOUBTFUL, rules, NOW)

    assert buttons(said) == {"Ask anyway": "ask_anyway /mfa disable lee-id for 1h because phone broken"}
    assert "(`preflight`). Ask anyway." in shown(said)
    assert buttons(replies.answer(replace(DOUBTFUL, command="x" * 2_001), rules, NOW)) == {}


@pytest.mark.parametrize(
    ("forecast", "says"),
    [
        (WillWork(), "Will work: yes, nothing else asks Lee Jansen for MFA in Outlook."),
        (
            ChangesNothing(
                (
                    Hindrance(Source.SECURITY_DEFAULTS),
                    Hindrance(Source.CONDITIONAL_ACCESS, "All <!here>"),
                    Hindrance(Source.FEDERATED_PROVIDER, "contoso.com"),
                )
            ),
            NOTHING,
        ),
        (
            CannotTell(("It was <!here>.",), tuple(f"policy {number}" for number in range(8))),
            OPEN,
        ),
    ],
)
def test_the_card_and_the_requester_are_told_whether_it_will_help(
    asked: Callable[..., Request], rules: HouseRules, forecast: Forecast, says: str
) -> None:
    request = asked(briefing=Briefing(Protection.ENFORCED, forecast=forecast))
    card = cards.card(request, rules, NOW)

    assert says in shown(card)
    accepted(card)
    assert "<!here>" not in str(card.blocks)
    told = shown(replies.answer(Asked(request, (OMAR,)), rules, NOW))
    assert says.removeprefix(":warning: ").partition(" @Hanna")[0] in told
