from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.federation.turns import Judged, Seen, judge, seen_json, seen_of
from commands.domain_news import Turn, Turned
from commands.federation_model import (
    Certificate,
    DomainCheck,
    DomainView,
    Federated,
    Finding,
    Grade,
    Held,
    NotTested,
    Property,
    Relation,
    StepKind,
    Thresholds,
    Unread,
)
from tests.domains import (
    CERTIFICATE,
    NOW,
    SILENT,
    checked,
    compared,
    domain,
    ended,
    federated_view,
)

FIRST = Seen.first(domain())
CUT_OFF = {
    StepKind.TCP: SILENT,
    **dict.fromkeys(
        (StepKind.TLS, StepKind.METADATA, StepKind.MEX, StepKind.PASSIVE), NotTested("no connection")
    ),
}


def look(check: DomainCheck, before: Seen = FIRST) -> Judged:
    """Judge *check*; what is remembered goes through the database's JSON as it would."""
    judged = judge(before, check, Thresholds())
    stored = json.loads(json.dumps(seen_json(judged.seen)))
    assert seen_of(stored) == judged.seen
    return judged


def told(judged: Judged) -> list[tuple[Turned, str]]:
    return [(turn.turned, turn.what) for turn in judged.turns]


def federated(view: DomainView) -> Federated:
    assert isinstance(view.sign_in, Federated)
    return view.sign_in


def with_behavior(behavior: str) -> DomainCheck:
    view = federated_view()
    sign_in = federated(view)
    configuration = replace(sign_in.configuration, federated_idp_mfa_behavior=behavior)
    return checked(view=replace(view, sign_in=replace(sign_in, configuration=configuration)))


def with_certificates(*left: float, service: int = 0) -> DomainCheck:
    """Return a check whose certificates have so many days left; the service shows the one at *service*."""
    held = tuple(Held("signingCertificate", _certificate(place, days)) for place, days in enumerate(left))
    view = federated_view()
    sign_in = replace(federated(view), certificates=held)
    return replace(checked(view=replace(view, sign_in=sign_in)), service_certificates=(held[service],))


def _certificate(place: int, days: float) -> Certificate:
    return replace(CERTIFICATE, sha1=f"{place:040}", not_after=NOW + timedelta(days=days))


def unreachable() -> DomainCheck:
    return replace(checked({**CUT_OFF}, sides=()), service_certificates=())


def test_a_healthy_domain_is_no_news() -> None:
    judged = look(checked())
    assert (judged.turns, judged.unsure) == ((), False)


def test_nothing_is_told_twice_while_nothing_changes() -> None:
    wrong = checked(sides=compared({Property.PASSIVE: ("a", "b", Relation.WRONG, "Nobody can sign in.")}))
    first = look(wrong)
    assert told(first) == [
        (Turned.BAD, "PassiveClientSignInUrl: Entra has a, the service b. Nobody can sign in.")
    ]
    assert look(wrong, first.seen).turns == ()


def test_what_is_well_again_is_told_once() -> None:
    wrong = look(checked(sides=compared({Property.ACTIVE: ("a", "b", Relation.WRONG, "Lost.")})))
    well = look(checked(), wrong.seen)
    assert told(well) == [(Turned.WELL, "ActiveClientSignInUrl: Entra has a, the service b. Lost.")]
    assert look(checked(), well.seen).turns == ()


@pytest.mark.parametrize(
    ("days", "grade"), [(36, None), (34, Grade.WARNING), (14, Grade.WRONG), (-1, Grade.WRONG)]
)
def test_a_certificate_is_told_within_either_time_of_the_policy(days: float, grade: Grade | None) -> None:
    turns = look(with_certificates(days)).turns
    assert [turn.grade for turn in turns] == ([] if grade is None else [grade])


def test_a_certificate_is_told_again_at_the_second_time_and_at_its_end_and_no_oftener() -> None:
    seen, days_told = FIRST, []
    for days in range(40, -4, -1):
        judged = look(with_certificates(days), seen)
        seen = judged.seen
        days_told += [days for _ in judged.turns]
    assert days_told == [34, 14, 0]


def test_a_certificate_with_a_successor_that_both_sides_have_is_no_news() -> None:
    assert look(with_certificates(10, 300, service=1)).turns == ()


def test_a_successor_that_the_service_does_not_sign_with_carries_nothing() -> None:
    (turn,) = look(with_certificates(10, 300, service=0)).turns
    assert turn.what.startswith("The token-signing certificate 0000")


def test_a_renewed_certificate_is_well_again() -> None:
    before = look(with_certificates(10)).seen
    assert [turn.turned for turn in look(with_certificates(300), before).turns] == [Turned.WELL]


def test_an_unreachable_service_is_told_when_it_is_found_twice() -> None:
    once = look(unreachable())
    assert (once.turns, once.unsure) == ((), True)
    twice = look(unreachable(), once.seen)
    assert told(twice) == [
        (Turned.BAD, "The federation metadata could not be read, twice: sts.contoso.com does not answer")
    ]
    assert not twice.unsure
    assert look(unreachable(), twice.seen).turns == ()
    assert [turn.turned for turn in look(checked(), twice.seen).turns] == [Turned.WELL]


def test_a_service_that_was_away_once_is_never_told() -> None:
    once = look(unreachable())
    back = look(checked(), once.seen)
    assert (back.turns, back.unsure) == ((), False)
    assert look(unreachable(), back.seen).turns == ()


@pytest.mark.parametrize("status", ["503", "404"])
def test_metadata_that_is_refused_counts_as_unreachable(status: str) -> None:
    grade = Grade.WARNING if status == "404" else Grade.WRONG
    refused = replace(
        checked({StepKind.METADATA: ended(Finding(grade, f"It answers {status}."))}), service_certificates=()
    )
    twice = look(refused, look(refused).seen)
    assert [turn.what for turn in twice.turns] == [
        f"The federation metadata could not be read, twice: It answers {status}."
    ]


def test_a_provider_that_publishes_no_metadata_is_not_unreachable() -> None:
    quiet = checked({StepKind.METADATA: NotTested("By its addresses it is Okta.")})
    steps = tuple(replace(one, about="") if one.kind is StepKind.METADATA else one for one in quiet.steps)
    okta = replace(quiet, steps=steps, service_certificates=())
    assert look(okta, look(okta).seen).turns == ()


def test_what_cannot_be_compared_today_stays_as_it_was() -> None:
    wrong = look(checked(sides=compared({Property.PASSIVE: ("a", "b", Relation.WRONG, "Lost.")}))).seen
    away = look(unreachable(), look(unreachable(), wrong).seen)
    assert [turn.what for turn in away.turns if turn.turned is Turned.WELL] == []
    back = look(checked(), away.seen)
    assert sorted(turn.turned for turn in back.turns) == [Turned.WELL, Turned.WELL]


def test_certificates_are_watched_while_the_service_is_away() -> None:
    ending = replace(with_certificates(20), steps=unreachable().steps, service_certificates=())
    away = look(ending, look(ending).seen)
    assert [turn.grade for turn in away.turns] == [Grade.WRONG, Grade.WARNING]


def test_a_failing_page_is_told_when_it_is_found_twice() -> None:
    failing = checked({StepKind.PASSIVE: ended(Finding(Grade.WRONG, "The trust is missing.", "Add it."))})
    once = look(failing)
    assert (once.turns, once.unsure) == ((), True)
    assert told(look(failing, once.seen)) == [(Turned.BAD, "sign-in page: The trust is missing.")]


def test_an_update_that_fails_is_told_and_told_again_when_it_fails_otherwise() -> None:
    def with_result(result: str) -> DomainCheck:
        view = federated_view()
        sign_in = federated(view)
        configuration = replace(sign_in.configuration, update_result=result)
        return checked(view=replace(view, sign_in=replace(sign_in, configuration=configuration)))

    failed = look(with_result("MetadataFailure"))
    assert [turn.what for turn in failed.turns] == [
        "Entra's last automatic update of the certificates ended with MetadataFailure."
    ]
    assert look(with_result("MetadataFailure"), failed.seen).turns == ()
    assert [turn.turned for turn in look(with_result("Other"), failed.seen).turns] == [Turned.BAD]
    assert [turn.turned for turn in look(with_result("Success"), failed.seen).turns] == [Turned.WELL]


def test_a_changed_mfa_behavior_is_told_with_its_meaning_once() -> None:
    before = look(checked()).seen
    changed = look(with_behavior("acceptIfMfaDoneByFederatedIdp"), before)
    (turn,) = changed.turns
    assert turn == Turn(
        domain=turn.domain,
        turned=Turned.CHANGED,
        what="federatedIdpMfaBehavior went from rejectMfaByFederatedIdp to acceptIfMfaDoneByFederatedIdp. "
        "Entra asks for the second factor itself, whatever the federation service says.",
        what_to_do=turn.what_to_do,
    )
    assert look(with_behavior("acceptIfMfaDoneByFederatedIdp"), changed.seen).turns == ()
    assert "to not set" in look(with_behavior(""), changed.seen).turns[0].what


def test_a_federated_domain_without_a_configuration_is_told() -> None:
    lost = checked(view=replace(federated_view(), sign_in=Unread("Graph holds no configuration.", "See.")))
    assert told(look(lost)) == [(Turned.BAD, "Graph holds no configuration.")]


def test_a_behavior_that_could_not_be_read_is_no_change() -> None:
    before = look(checked()).seen
    lost = checked(view=replace(federated_view(), sign_in=Unread("Graph refuses.")))
    after = look(lost, before)
    assert [turn.turned for turn in after.turns] == [Turned.BAD]
    assert [turn.turned for turn in look(checked(), after.seen).turns] == [Turned.WELL]
