"""Everything that asks somebody for MFA, over the simulated tenant: whole, thin, and hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.errors import Gone
from approvals.model import (
    PER_USER,
    CannotTell,
    ChangesNothing,
    Hindrance,
    Lever,
    Means,
    Person,
    PersonId,
    Protection,
    Source,
    WillWork,
)
from bot.entra import elsewhere
from bot.people import Directory
from bot.sim.tenant import FOREVER, Domain, Fault, Group, Hold, Respond, SimulatedTenant
from bot.sim.tenant.access import MFA_STRENGTH, policy
from bot.sim.tenant.reports import sign_in
from bot.sim.tenant.story import GUEST, LEE
from commands.federation_model import Unread
from commands.person_model import Unreadable, Withheld
from commands.picture import Access, Idp, Picture, SignInDomain, Stance
from tests.tenants import trips

SUBJECT = PersonId(LEE)
PERSON = Person(SUBJECT, "Lee Jansen", "lee@contoso.com")
REPORTING = "enabledForReportingButNotEnforced"
EVALUATE = "conditionalAccess/evaluate"


async def picture(directory: Directory, who: Person = PERSON) -> Picture:
    found = (await directory.status(who)).picture
    assert not isinstance(found, Withheld)
    return found


async def access(directory: Directory) -> Access:
    found = (await picture(directory)).elsewhere.access
    assert isinstance(found, Access), found
    return found


def stances(found: Access) -> dict[str, Stance]:
    return {one.name: one.stance for one in found.policies}


def strength(**changes: object) -> Mapping[str, object]:
    return {"operator": "OR", "builtInControls": [], "authenticationStrength": {**MFA_STRENGTH, **changes}}


async def test_the_story_shows_that_nothing_else_asks_lee(directory: Directory) -> None:
    found = await picture(directory)

    assert found.elsewhere.security_defaults is False
    assert found.elsewhere.access == Access(())
    domain = found.elsewhere.domain
    assert isinstance(domain, SignInDomain)
    assert (domain.name, domain.idp, domain.behavior) == (
        "contoso.com",
        Idp.ACCEPTED,
        "acceptIfMfaDoneByFederatedIdp",
    )
    assert not isinstance(found.preference, Unread)
    assert (found.preference.method, found.preference.system_preferred) == ("Authenticator push", False)
    assert found.preference.reported_at is None
    assert await directory.forecast(PERSON, PER_USER) == WillWork()


async def test_a_status_takes_one_call_of_each_endpoint_and_no_tenant_wide_fact_twice_in_a_minute(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    await picture(directory)
    assert sorted((one.api, one.path) for one in trips(tenant)) == [("beta", "/$batch"), ("v1.0", "/$batch")]
    first = len(tenant.state.journal.requests)

    await picture(directory)

    again = [one.path for one in tenant.state.journal.requests[first:]]
    assert not [path for path in again if "Policy" in path or path.startswith("/domains")]
    assert sum(path.endswith("evaluate") for path in again) == 1


async def test_somebody_in_groups_takes_one_round_more(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.add(*(_group(number, LEE) for number in range(5)))

    await picture(directory)

    first, second, *more = [one.api for one in trips(tenant)]
    assert ({first, second}, more) == ({"beta", "v1.0"}, ["v1.0"])


def _group(number: int, *members: str) -> Group:
    return Group(id=f"a3000000-0000-4000-8000-{number:012}", name=f"g{number}", members=frozenset(members))


async def test_what_was_kept_is_read_again_after_a_minute(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    await picture(directory)
    tenant.state.security_defaults = True
    assert (await picture(directory)).elsewhere.security_defaults is False
    start = tenant.state.now()
    tenant.state.now = lambda: start + timedelta(seconds=61)

    assert (await picture(directory)).elsewhere.security_defaults is True


async def test_each_policy_stands_as_it_does_to_outlook(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    portals = {"includeApplications": ["MicrosoftAdminPortals"], "excludeApplications": []}
    compliant = {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}
    both = {"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}
    tenant.state.policies += [
        policy("all apps"),
        policy("both", grant=both),
        policy("by strength", grant=strength()),
        policy("or a compliant device", grant=compliant),
        policy("away", locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        policy("portals", applications=portals),
        policy("later", state=REPORTING),
        policy("off", state="disabled"),
        policy("others", users={"excludeUsers": [LEE]}),
        policy("no control", grant=None),
        policy("block", grant={"operator": "OR", "builtInControls": ["block"]}),
    ]

    found = await access(directory)

    assert stances(found) == {
        "all apps": Stance.ASKS,
        "both": Stance.ASKS,
        "by strength": Stance.ASKS,
        "or a compliant device": Stance.MAY_ASK,
        "away": Stance.MAY_ASK,
        "portals": Stance.ELSEWHERE,
        "later": Stance.REPORTS,
    }
    assert {one.name: one.demand for one in found.policies}["by strength"] == (
        "strength Multifactor authentication"
    )


async def test_members_of_enums_that_do_not_exist_yet_are_never_taken_for_harmless(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies += [
        policy("new control", grant={"operator": "OR", "builtInControls": ["riskRemediation"]}),
        policy("hidden control", grant={"operator": "OR", "builtInControls": ["unknownFutureValue"]}),
        policy("new state", state="enabledOnTuesdays"),
        policy("new operator", grant={"operator": "XOR", "builtInControls": ["mfa", "compliantDevice"]}),
        policy(
            "new shape", grant={"operator": "OR", "builtInControls": [], "customAuthenticationFactors": ["x"]}
        ),
        policy("nameless strength", grant=strength(displayName=None)),
    ]

    found = await access(directory)

    asks = {name for name, stance in stances(found).items() if stance is Stance.ASKS}
    assert asks == {"nameless strength"}
    assert set(stances(found).values()) == {Stance.ASKS, Stance.MAY_ASK}
    assert len(found.policies) == 6


async def test_grant_controls_that_are_no_object_are_not_no_control(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies.append({**policy("odd"), "grantControls": ["mfa"]})

    assert stances(await access(directory)) == {"odd": Stance.MAY_ASK}


@pytest.mark.parametrize(
    ("odd", "stance"),
    [
        ({"policyApplies": None, "analysisReasons": "notSet"}, Stance.MAY_ASK),
        ({"policyApplies": False, "analysisReasons": None}, Stance.MAY_ASK),
        ({"policyApplies": False, "analysisReasons": "notEnoughInformation, location"}, Stance.ELSEWHERE),
        ({"policyApplies": True, "analysisReasons": "notEnoughInformation"}, Stance.ASKS),
    ],
)
async def test_a_verdict_that_is_none_leaves_it_open(
    directory: Directory, tenant: SimulatedTenant, odd: Mapping[str, object], stance: Stance
) -> None:
    answer = {"value": [{**policy("odd"), **odd}]}
    tenant.faults.add(Fault(Respond(200, body=answer), path=EVALUATE))

    assert stances(await access(directory)) == {"odd": stance}


# --- the forecast --------------------------------------------------------------------------


async def test_security_defaults_ask_everybody(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.security_defaults = True

    found = await directory.forecast(PERSON, PER_USER)

    assert found == ChangesNothing((Hindrance(Source.SECURITY_DEFAULTS),))
    assert found.for_everybody


async def test_a_policy_that_asks_is_named_and_one_that_only_reports_is_not(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies += [policy("All users, all apps"), policy("later", state=REPORTING)]

    assert await directory.forecast(PERSON, PER_USER) == ChangesNothing(
        (Hindrance(Source.CONDITIONAL_ACCESS, "All users, all apps"),)
    )


BY_GROUP = Means(Lever.EXCLUSION_GROUP, "e5000000-0000-4000-8000-000000000001")


async def test_by_a_group_the_policies_that_leave_it_out_do_not_ask(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), mfa="disabled"))
    spared = {"includeUsers": ["All"], "excludeGroups": [BY_GROUP.group]}
    tenant.state.policies.append(policy("All users, all apps", users=spared))
    assert await directory.forecast(PERSON, BY_GROUP) == WillWork()

    tenant.state.policies.append(policy("Outlook"))
    assert await directory.forecast(PERSON, BY_GROUP) == ChangesNothing(
        (Hindrance(Source.CONDITIONAL_ACCESS, "Outlook"),)
    )


async def test_by_a_group_per_user_mfa_asks_all_the_same(directory: Directory) -> None:
    assert await directory.forecast(PERSON, BY_GROUP) == ChangesNothing(
        (Hindrance(Source.PER_USER, "enforced"),)
    )


@pytest.mark.parametrize(
    ("behavior", "found"),
    [
        ("enforceMfaByFederatedIdp", ChangesNothing((Hindrance(Source.FEDERATED_PROVIDER, "contoso.com"),))),
        ("rejectMfaByFederatedIdp", WillWork()),
        (None, WillWork()),
        (
            "askTheMoon",
            CannotTell(("Whether the federated provider of contoso.com asks is not known (askTheMoon).",)),
        ),
    ],
)
async def test_a_federated_provider_asks_or_not(
    directory: Directory, tenant: SimulatedTenant, behavior: str | None, found: object
) -> None:
    contoso = tenant.state.domains["contoso.com"]
    assert contoso.federation is not None
    tenant.state.add(replace(contoso, federation=replace(contoso.federation, idp_mfa=behavior)))

    assert await directory.forecast(PERSON, PER_USER) == found


async def test_a_policy_whose_conditions_are_open_leaves_it_open_by_name(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies.append(policy("risky", signInRiskLevels=["high"]))

    assert await directory.forecast(PERSON, PER_USER) == CannotTell((), ("risky",))


async def test_without_what_if_the_policies_are_named_that_could_concern_the_person(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    outer = Group(id="a2000000-0000-4000-8000-0000000000aa", name="outer", members=frozenset({LEE}))
    tenant.state.add(outer)
    tenant.state.policies += [
        policy("everybody"),
        policy("by group", users={"includeGroups": [outer.id]}),
        policy("other group", users={"includeGroups": ["a2000000-0000-4000-8000-0000000000bb"]}),
        policy("without Lee", users={"excludeGroups": [outer.id]}),
        policy("portals", applications={"includeApplications": ["MicrosoftAdminPortals"]}),
        policy(
            "all but office",
            applications={"includeApplications": ["All"], "excludeApplications": ["Office365"]},
        ),
    ]
    tenant.faults.add(Fault(Respond(403), path=EVALUATE, times=FOREVER))

    found = await directory.forecast(PERSON, PER_USER)

    assert isinstance(found, CannotTell)
    assert found.policies == ("by group", "everybody")
    [why] = found.because
    assert why.startswith("Whether Conditional Access asks could not be read: Graph answered 403")
    assert "Policy.Read.All" in why
    shown = await access(directory)
    assert shown.unevaluated is not None
    assert stances(shown)["portals"] is Stance.ELSEWHERE


async def test_the_list_is_read_once_a_minute(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(403), path=EVALUATE, times=FOREVER))
    await directory.forecast(PERSON, PER_USER)
    await directory.forecast(PERSON, PER_USER)

    asked = [one for one in tenant.state.journal.requests if one.path.endswith("conditionalAccess/policies")]
    assert len(asked) == 1


async def test_groups_that_cannot_be_read_leave_a_policy_open(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies = [
        policy("by group", users={"includeGroups": ["a2000000-0000-4000-8000-0000000000bb"]}),
        policy("spared", users={"excludeUsers": [LEE]}),
    ]
    tenant.faults.add(Fault(Respond(403), path=f"{EVALUATE}|transitiveMemberOf", times=FOREVER))

    found = await directory.forecast(PERSON, PER_USER)

    assert isinstance(found, CannotTell)
    assert found.policies == ("by group",)


async def test_an_evaluation_in_part_is_none(directory: Directory, tenant: SimulatedTenant) -> None:
    part = {"value": [], "@odata.nextLink": f"{tenant.url}/v1.0/more"}
    tenant.faults.add(Fault(Respond(200, body=part), path=EVALUATE, times=FOREVER))

    assert isinstance(await directory.forecast(PERSON, PER_USER), CannotTell)


async def test_a_microsoft_that_does_not_answer_is_not_waited_for(
    directory: Directory, tenant: SimulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "FORECAST_SECONDS", 0.05)
    gate = asyncio.Event()
    tenant.faults.add(Fault(Hold(gate), path="batch"))

    found = await directory.forecast(PERSON, PER_USER)

    gate.set()
    assert found == CannotTell(("Microsoft did not answer within 0.05 s.",))


async def test_a_microsoft_that_is_down_leaves_it_open(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), path="batch", times=FOREVER))

    [why] = (await directory.forecast(PERSON, PER_USER)).because  # type: ignore[union-attr]  # CannotTell

    assert why.startswith("What else asks for MFA could not be read: Graph answered 503")


async def test_conditional_access_is_asked_again_when_it_is_throttled_without_a_word_on_how_long(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(Respond(429), path=EVALUATE))

    assert await directory.forecast(PERSON, PER_USER) == WillWork()


# --- thin tenants --------------------------------------------------------------------------


async def test_without_entra_id_p1_the_report_is_missing_for_that_reason_and_the_default_is_not(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.entra_id_p1 = False

    found = await picture(directory)

    assert isinstance(found.registration, Unread)
    assert found.registration.why.startswith("Microsoft says that the tenant has no Entra ID P1 (at times")
    assert found.registration.what_to_do.startswith("assign Entra ID P1")
    assert not isinstance(found.preference, Unread)
    assert found.elsewhere.access == Access(())


async def test_without_entra_id_p2_nobody_is_eligible_and_the_rest_is_there(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.entra_id_p2 = False

    found = await directory.status(PERSON)

    assert (found.roles, found.protected) == ((), ())


MISSING = {
    "Policy.Read.All": {"security_defaults", "access"},
    "AuditLog.Read.All": {"registration"},
    "Domain.Read.All": {"domain"},
    "Domain-InternalFederation.Read.All": set[str](),
    "UserAuthenticationMethod.Read.All": {"methods"},
    "RoleManagement.Read.Directory": {"roles"},
    "RoleEligibilitySchedule.Read.Directory": set[str](),
    "GroupMember.Read.All": set[str](),
    "User.RevokeSessions.All": set[str](),
    "Policy.ReadWrite.AuthenticationMethod": set[str](),
}


@pytest.mark.parametrize("permission", MISSING)
async def test_each_permission_that_is_missing_is_named_where_it_is_missed_and_nothing_else_is(
    directory: Directory, tenant: SimulatedTenant, permission: str
) -> None:
    tenant.state.withdraw(permission, "UserAuthenticationMethod.ReadWrite.All")

    status = await directory.status(PERSON)

    assert not isinstance(status.picture, Withheld)
    shown: dict[str, object] = {"methods": status.methods, "roles": status.roles}
    for part in (status.picture, status.picture.elsewhere):
        shown |= {name: getattr(part, name) for name in part.__slots__ if name != "elsewhere"}
    unread = {name: one for name, one in shown.items() if isinstance(one, Unread | Unreadable)}
    assert unread.keys() == MISSING[permission]
    for one in unread.values():
        assert permission in one.what_to_do


async def test_without_the_granular_permission_of_the_public_cloud_the_broad_one_does(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("Domain-InternalFederation.Read.All")

    domain = (await picture(directory)).elsewhere.domain

    assert isinstance(domain, SignInDomain)
    assert domain.idp is Idp.ACCEPTED


async def test_the_default_comes_from_the_report_where_beta_does_not_tell(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(Respond(403), path="signInPreferences", times=FOREVER))

    found = (await picture(directory)).preference

    assert not isinstance(found, Unread)
    assert (found.method, found.reported_at) == (
        "Authenticator push",
        tenant.state.now().replace(microsecond=0) - tenant.state.report_age,
    )


async def test_a_beta_endpoint_that_is_away_takes_only_its_own_facts_with_it(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(Respond(502), path="batch", api="beta", times=FOREVER))

    status = await directory.status(PERSON)

    assert isinstance(status.protection, Unreadable)
    assert not isinstance(status.picture, Withheld)
    assert not isinstance(status.picture.preference, Unread)
    assert not isinstance(status.methods, Unreadable)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", ""),
        ("none", ""),
        (None, ""),
        ("voiceOffice", "call to the office"),
        ("telepathy", "unknown to Relatch (telepathy)"),
    ],
)
async def test_a_default_that_is_empty_is_none_and_one_that_is_unknown_says_so(
    directory: Directory, tenant: SimulatedTenant, written: str, shown: str
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), preferred=written))
    tenant.state.reported[LEE] = {"userPreferredMethodForSecondaryAuthentication": ""}

    found = (await picture(directory)).preference

    assert not isinstance(found, Unread)
    assert found.method == shown


async def test_a_report_with_holes_has_holes(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.reported[LEE] = {
        "isMfaRegistered": None,
        "isMfaCapable": "yes",
        "lastUpdatedDateTime": "yesterday",
        "systemPreferredAuthenticationMethods": ["push", None, 7],
    }

    found = (await picture(directory)).registration

    assert not isinstance(found, Unread)
    assert (found.registered, found.capable, found.at, found.system_preferred) == (
        None,
        None,
        None,
        ("Authenticator push",),
    )


async def test_a_user_in_two_thousand_groups_is_shown_whole(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.page_size = 999
    tenant.state.add(*(_group(number, LEE) for number in range(2_000)))
    tenant.state.policies += [
        policy("last group", users={"includeGroups": ["a3000000-0000-4000-8000-000000001999"]}),
        policy(
            "portals",
            users={"includeGroups": ["a3000000-0000-4000-8000-000000001998"]},
            applications={"includeApplications": ["MicrosoftAdminPortals"]},
        ),
    ]

    status = await directory.status(PERSON)

    assert status.roles == ()
    assert not isinstance(status.picture, Withheld)
    assert isinstance(status.picture.elsewhere.access, Access)
    assert stances(status.picture.elsewhere.access) == {
        "last group": Stance.ASKS,
        "portals": Stance.ELSEWHERE,
    }


async def test_six_hundred_policies_are_all_looked_at_with_or_without_what_if(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies = [policy(f"off {number}", state="disabled") for number in range(599)]
    tenant.state.policies.append(policy("the last"))
    assert stances(await access(directory)) == {"the last": Stance.ASKS}
    tenant.faults.add(Fault(Respond(403), path=EVALUATE, times=FOREVER))

    assert stances(await access(directory)) == {"the last": Stance.MAY_ASK}


async def test_a_guest_is_concerned_by_policies_for_guests_and_signs_in_at_home(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies.append(policy("guests", users={"includeUsers": ["GuestsOrExternalUsers"]}))
    guest = Person(PersonId(GUEST), "Pat Doyle", "pat_fabrikam.com#EXT#@contoso.onmicrosoft.com")

    status = await directory.status(guest)

    assert status.guest
    assert not isinstance(status.picture, Withheld)
    assert isinstance(status.picture.elsewhere.access, Access)
    assert stances(status.picture.elsewhere.access) == {"guests": Stance.ASKS}
    assert status.picture.elsewhere.domain == SignInDomain("contoso.onmicrosoft.com", Idp.MANAGED)


async def test_a_disabled_account_is_shown_and_a_deleted_one_is_gone(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), enabled=False))
    assert not (await directory.status(PERSON)).enabled
    tenant.state.delete_user(LEE)

    for ask in (directory.status(PERSON), directory.sign_ins(SUBJECT)):
        with pytest.raises(Gone):
            await ask


async def test_a_subdomain_is_federated_with_its_root(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.add(Domain(id="emea.contoso.com", authentication="Federated"))
    tenant.state.add(replace(tenant.state.user(LEE), upn="lee@emea.contoso.com"))

    found = (await picture(directory, replace(PERSON, upn="lee@emea.contoso.com"))).elsewhere.domain

    assert isinstance(found, SignInDomain)
    assert (found.name, found.idp) == ("emea.contoso.com", Idp.ACCEPTED)


async def test_what_is_no_domain_is_said(directory: Directory) -> None:
    found = (await picture(directory, replace(PERSON, upn="lee@"))).elsewhere.domain

    assert found == Unread("the address has no domain")


async def test_method_types_of_the_future_are_shown_as_unknown(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.register_method(
        LEE, {"@odata.type": "#microsoft.graph.retinaAuthenticationMethod", "id": "x"}
    )

    methods = (await directory.status(PERSON)).methods

    assert not isinstance(methods, Unreadable | Withheld)
    assert methods[-1].name == "unknown kind (retina)"


# --- sign-ins ------------------------------------------------------------------------------


async def test_the_last_sign_ins_are_the_persons_own_the_newest_first(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    state = tenant.state
    lee, now = state.user(LEE), state.now()
    failed = {"errorCode": 50074, "failureReason": "Strong Authentication is required."}
    state.sign_ins += [
        sign_in(lee, now, status=failed, clientAppUsed="IMAP4"),
        sign_in(lee, now, status={"errorCode": 99}, location=None, createdDateTime="never"),
        sign_in(state.user(GUEST), now),
    ]

    seen = (await directory.sign_ins(SUBJECT)).sign_ins

    assert not isinstance(seen, Unread | Withheld)
    assert [(one.problem, one.legacy, one.where) for one in seen] == [
        ("MFA was required and not done (50074)", True, "NL"),
        ("", False, "NL"),
        ("", False, "NL"),
    ]
    assert "203.0.113.7" not in repr(seen)


async def test_sign_ins_that_cannot_be_read_name_the_permission(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("AuditLog.Read.All")

    seen = (await directory.sign_ins(SUBJECT)).sign_ins

    assert isinstance(seen, Unread)
    assert "AuditLog.Read.All" in seen.what_to_do
    assert "Entra ID P1" in seen.what_to_do


async def test_an_enabled_state_is_no_other_because_of_policies(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.policies.append(policy("all"))

    assert (await directory.status(PERSON)).protection is Protection.ENFORCED
