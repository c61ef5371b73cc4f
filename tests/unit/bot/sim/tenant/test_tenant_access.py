"""Security defaults, Conditional Access and the reports, against the samples of Microsoft's pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from bot.sim.tenant import Group, SimulatedTenant, User
from bot.sim.tenant.access import MFA_STRENGTH, policy
from bot.sim.tenant.reports import sign_in
from bot.sim.tenant.story import BREAK_GLASS, GUEST, LEE, SG_SECURITY

POLICIES = "/v1.0/identity/conditionalAccess/policies"
EVALUATE = "/v1.0/identity/conditionalAccess/evaluate"
DETAILS = "/v1.0/reports/authenticationMethods/userRegistrationDetails"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
SAMPLE = {
    "id": "c558e346-969d-40a7-a64e-2df6c2c88490",
    "displayName": "SimplePolicy2",
    "createdDateTime": None,
    "modifiedDateTime": None,
    "state": "disabled",
    "sessionControls": None,
    "conditions": {
        "signInRiskLevels": [],
        "clientAppTypes": ["all"],
        "platforms": None,
        "locations": None,
        "applications": {
            "includeApplications": ["None"],
            "excludeApplications": [],
            "includeUserActions": [],
        },
        "users": {
            "includeUsers": ["None"],
            "excludeUsers": [],
            "includeGroups": [],
            "excludeGroups": [],
            "includeRoles": [],
            "excludeRoles": [],
        },
    },
    "grantControls": {
        "operator": "OR",
        "builtInControls": ["mfa"],
        "customAuthenticationFactors": [],
        "termsOfUse": [],
    },
}


def asks(who: str = LEE, *, applied_only: bool = False, **conditions: object) -> dict[str, object]:
    return {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": who},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [EXCHANGE],
        },
        "signInConditions": {
            "clientAppType": "mobileAppsAndDesktopClients",
            "devicePlatform": "windows",
            **conditions,
        },
        "appliedPoliciesOnly": applied_only,
    }


async def evaluated(
    graph: httpx.AsyncClient, who: str = LEE, *, applied_only: bool = False, **conditions: object
) -> dict[str, tuple[bool, str]]:
    answer = await graph.post(EVALUATE, json=asks(who, applied_only=applied_only, **conditions))
    assert answer.status_code == 200, answer.text
    return {
        one["displayName"]: (one["policyApplies"], one["analysisReasons"]) for one in answer.json()["value"]
    }


async def test_security_defaults_look_as_on_their_page(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.security_defaults = True
    found = (await graph.get("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy")).json()

    assert found.pop("@odata.context").endswith(
        "/v1.0/$metadata#policies/identitySecurityDefaultsEnforcementPolicy"
    )
    assert found == {
        "description": "Security defaults is a set of basic identity security mechanisms recommended by "
        "Microsoft. ...",
        "displayName": "Security Defaults",
        "id": "00000000-0000-0000-0000-000000000005",
        "isEnabled": True,
    }


async def test_a_policy_comes_as_it_was_planted_and_one_of_ours_has_the_samples_shape(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.policies = [SAMPLE, policy("ours")]

    sample, ours = (await graph.get(POLICIES)).json()["value"]

    assert sample == SAMPLE
    assert sample.keys() <= ours.keys()
    for part in ("conditions", "grantControls"):
        assert sample[part].keys() <= ours[part].keys()
    for part in ("users", "applications"):
        assert sample["conditions"][part].keys() <= ours["conditions"][part].keys()


async def test_six_hundred_policies_come_in_pages_and_are_evaluated_in_one_answer(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.policies = [policy(f"policy {number}") for number in range(600)]

    first = (await graph.get(POLICIES)).json()

    assert (len(first["value"]), "@odata.nextLink" in first) == (100, True)
    assert len(await evaluated(graph)) == 600


async def test_an_evaluation_takes_the_samples_body_and_answers_with_the_whole_policy(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    controls = {
        "operator": "AND",
        "builtInControls": ["mfa", "passwordChange"],
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": None,
    }
    planted = policy(
        "All Users except au1",
        state="enabledForReportingButNotEnforced",
        grant=controls,
        userRiskLevels=["high"],
    )
    tenant.state.policies = [planted]
    body = {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": LEE},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["00000003-0000-0ff1-ce00-000000000000"],
        },
        "signInConditions": {
            "devicePlatform": "android",
            "clientAppType": "browser",
            "signInRiskLevel": "high",
            "userRiskLevel": "high",
            "country": "US",
            "ipAddress": "40.77.182.32",
            "insiderRiskLevel": "elevated",
            "authenticationFlow": {"transferMethod": "deviceCodeFlow"},
            "deviceInfo": {"isCompliant": True},
        },
        "appliedPoliciesOnly": True,
    }

    answer = (await graph.post(EVALUATE, json=body)).json()

    assert answer["@odata.context"].endswith("#Collection(microsoft.graph.whatIfAnalysisResult)")
    assert answer["value"] == [{**planted, "policyApplies": True, "analysisReasons": "notSet"}]


@pytest.mark.parametrize("missing", ["signInIdentity", "signInContext", "signInConditions"])
async def test_an_evaluation_without_one_of_its_parts_is_refused(
    graph: httpx.AsyncClient, missing: str
) -> None:
    body = asks()
    del body[missing]
    assert (await graph.post(EVALUATE, json=body)).status_code == 400


async def test_an_evaluation_of_nobody_finds_nobody(graph: httpx.AsyncClient) -> None:
    assert (await graph.post(EVALUATE, json=asks("nobody"))).status_code == 404


async def test_a_policy_says_why_it_does_not_apply(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    state = tenant.state
    state.add(
        Group(id="a2000000-0000-4000-8000-0000000000aa", name="outer", members=frozenset({SG_SECURITY}))
    )
    state.add(replace(state.groups[SG_SECURITY], members=frozenset({LEE})))
    group = {"includeGroups": ["a2000000-0000-4000-8000-0000000000aa"]}
    none = {"includeApplications": ["None"], "excludeApplications": []}
    office = {"includeApplications": ["Office365"], "excludeApplications": []}
    but_exchange = {"includeApplications": ["All"], "excludeApplications": [EXCHANGE]}
    state.policies = [
        policy("everybody"),
        policy("through groups", users=group),
        policy("office", applications=office),
        policy("off", state="disabled"),
        policy("no app", applications=none),
        policy("all but exchange", applications=but_exchange),
        policy("without Lee", users={"excludeUsers": [LEE]}),
        policy("without the group", users={"excludeGroups": [SG_SECURITY]}),
        policy("guests", users={"includeUsers": ["GuestsOrExternalUsers"]}),
        policy("browsers", clientAppTypes=["browser"]),
        policy("phones", platforms={"includePlatforms": ["iOS", "android"]}),
        policy("away", locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        policy("risk", signInRiskLevels=["high"]),
    ]

    assert await evaluated(graph) == {
        "everybody": (True, "notSet"),
        "through groups": (True, "notSet"),
        "office": (True, "notSet"),
        "off": (False, "policyNotEnabled"),
        "no app": (False, "application"),
        "all but exchange": (False, "application"),
        "without Lee": (False, "users"),
        "without the group": (False, "users"),
        "guests": (False, "users"),
        "browsers": (False, "clientApps"),
        "phones": (False, "devicePlatform"),
        "away": (False, "notEnoughInformation"),
        "risk": (False, "notEnoughInformation"),
    }
    applied = await evaluated(graph, applied_only=True, ipAddress="203.0.113.7", signInRiskLevel="low")
    assert applied.keys() == {"everybody", "through groups", "office", "away"}


async def test_guests_and_holders_of_roles_are_named_by_their_kind(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.policies.append(
        policy("guests", users={"includeGuestsOrExternalUsers": {"externalTenants": {}}})
    )

    assert {name for name, (applies, _) in (await evaluated(graph, GUEST)).items() if applies} == {"guests"}
    assert {name for name, (applies, _) in (await evaluated(graph, BREAK_GLASS)).items() if applies} == {
        "Administrators, all apps"
    }


async def test_conditional_access_is_throttled_to_one_a_second_and_does_not_say_for_how_long(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    tenant.state.access_paced = True
    assert (await graph.get(POLICIES)).status_code == 200

    throttled = await graph.post(EVALUATE, json=asks())

    assert (throttled.status_code, "retry-after" in throttled.headers) == (429, False)
    advance(1)
    assert (await graph.post(EVALUATE, json=asks())).status_code == 200


async def test_registration_details_look_as_on_their_page(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    sample = {
        "id": "86462606-fde0-4fc4-9e0c-a20eb73e54c6",
        "userPrincipalName": "AlexW@Contoso.com",
        "userDisplayName": "Alex Wilber",
        "isAdmin": False,
        "isSsprRegistered": False,
        "isSsprEnabled": False,
        "isSsprCapable": False,
        "isMfaRegistered": True,
        "isMfaCapable": True,
        "isPasswordlessCapable": False,
        "lastUpdatedDateTime": "2023-03-13T19:15:41.6195833Z",
        "methodsRegistered": ["microsoftAuthenticatorPush", "softwareOneTimePasscode"],
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": ["push"],
        "userPreferredMethodForSecondaryAuthentication": "push",
        "userType": "member",
    }
    alex = User(
        id=sample["id"],
        upn="AlexW@Contoso.com",
        display_name="Alex Wilber",
        methods=tuple(one for one in tenant.state.user(LEE).methods if "Authenticator" in str(one)),
        preferred="push",
        system_preferred=True,
    )
    tenant.state.add(alex)
    tenant.state.reported[alex.id] = {
        "lastUpdatedDateTime": "2023-03-13T19:15:41.6195833Z",
        "isSsprRegistered": False,
    }

    found = (await graph.get(f"{DETAILS}/{alex.id}")).json()

    assert {**found, "@odata.context": ""} == {**sample, "@odata.context": ""}
    everybody = (await graph.get(DETAILS)).json()["value"]
    assert len(everybody) == len(tenant.state.users)


async def test_the_report_is_as_old_as_it_is_and_the_log_has_the_newest_first(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    state = tenant.state
    state.report_age = timedelta(days=3)
    state.sign_ins.append(sign_in(state.user(GUEST), state.now()))

    assert (await graph.get(f"{DETAILS}/{LEE}")).json()["lastUpdatedDateTime"] == "2026-11-20T15:40:00Z"
    log = (await graph.get("/v1.0/auditLogs/signIns", params={"$filter": f"userId eq '{LEE}'"})).json()[
        "value"
    ]
    assert [one["createdDateTime"] for one in log] == ["2026-11-23T12:40:00Z", "2026-11-22T12:40:00Z"]


@pytest.mark.parametrize("path", [DETAILS, f"{DETAILS}/{LEE}", "/v1.0/auditLogs/signIns"])
async def test_without_entra_id_p1_the_reports_are_refused_in_microsofts_words(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, path: str
) -> None:
    tenant.state.entra_id_p1 = False

    refused = await graph.get(path)

    assert refused.status_code == 403
    assert (
        refused.json()["error"]["message"] == "Neither tenant is B2C or tenant doesn't have premium license"
    )


async def test_the_default_method_is_on_beta_alone(graph: httpx.AsyncClient) -> None:
    found = (await graph.get(f"/beta/users/{LEE}/authentication/signInPreferences")).json()

    found.pop("@odata.context")
    assert found == {
        "isSystemPreferredAuthenticationMethodEnabled": False,
        "userPreferredMethodForSecondaryAuthentication": "push",
    }
    assert (await graph.get(f"/v1.0/users/{LEE}/authentication/signInPreferences")).status_code == 400


async def test_a_strength_is_read_whole(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    grant = {"operator": "OR", "builtInControls": [], "authenticationStrength": MFA_STRENGTH}
    tenant.state.policies = [policy("strength", grant=grant), policy("no control", grant=None)]

    strength, none = (await graph.get(POLICIES)).json()["value"]

    assert strength["grantControls"]["authenticationStrength"]["requirementsSatisfied"] == "mfa"
    assert none["grantControls"] is None
