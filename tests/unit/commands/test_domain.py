from __future__ import annotations

import json
from dataclasses import replace

import pytest

from approvals.errors import Later
from approvals.service import Refused, Role
from commands.domain import ON_A_PAGE, listed
from commands.domain_names import DomainName
from commands.federation_model import Authentication
from commands.model import (
    Button,
    DomainChecked,
    DomainShown,
    DomainsShown,
    Failed,
    LookingUp,
    Misused,
    NotFound,
    NothingToDo,
    Off,
    Press,
    Reply,
    RunbookShown,
)
from commands.registry import Reads, Registry, registry
from commands.runbooks import Code, Note, Runbook, Sibling, Surroundings, federating, unfederating
from commands.runbooks.model import quoted
from tests.domains import (
    CONFIGURATION,
    CONTOSO,
    FABRIKAM,
    KnownDomains,
    checked,
    domain,
    federated_view,
    managed,
    managed_view,
)
from tests.mailboxes import KnownMailboxes
from tests.unit.commands.stand_ins import CALLER, OUTSIDER, Chat, Core, Directory, NoScreen, Stopped

MANY = tuple(managed(f"d{number:03}.example") for number in range(900))


async def types(chat: Chat, text: str) -> list[Reply]:
    return await chat.types(text, command="/domain")


# --- list ----------------------------------------------------------------------------------


async def test_the_list_names_every_domain_and_from_where_a_subdomain_has_its_sign_in(chat: Chat) -> None:
    looking, found = await types(chat, "list")
    assert looking == LookingUp("the domains")
    assert isinstance(found, DomainsShown)
    assert [(row.domain.name, row.inherits) for row in found.rows] == [
        ("contoso.onmicrosoft.com", None),
        ("contoso.com", None),
        ("fabrikam.com", None),
        ("eu.contoso.com", "contoso.com"),
    ]
    assert (found.page, found.pages, found.matching, found.total) == (1, 1, 4, 4)


async def test_the_list_can_be_narrowed_by_a_part_of_the_name_or_by_the_kind(chat: Chat) -> None:
    for word, expected in (
        ("CONTOSO.com", ["contoso.com", "eu.contoso.com"]),
        ("managed", ["contoso.onmicrosoft.com", "fabrikam.com"]),
        ("nowhere", []),
    ):
        found = (await types(chat, f"list {word}"))[-1]
        assert isinstance(found, DomainsShown)
        assert [row.domain.name for row in found.rows] == expected
        assert (found.matching, found.total) == (len(expected), 4)


def test_nine_hundred_domains_are_all_on_some_page_once() -> None:
    pages = [listed(MANY, "", number) for number in range(1, 37)]
    assert [row.domain for page in pages for row in page.rows] == list(MANY)
    assert {page.pages for page in pages} == {36}
    assert all(len(page.rows) == ON_A_PAGE for page in pages)


def test_a_page_behind_the_last_is_the_last() -> None:
    assert listed(MANY, "", 9_999) == listed(MANY, "", 36)


async def test_a_button_turns_the_page(relatch: Registry, domains: KnownDomains) -> None:
    domains.every = MANY
    found = await relatch.press(Press(Button.NEXT, "/domain list d0 page 2", CALLER, "c0ffee"), NoScreen())
    assert isinstance(found, DomainsShown)
    assert (found.page, found.containing) == (2, "d0")


async def test_a_button_that_somebody_else_wrote_runs_nothing_that_they_may_not_type(
    relatch: Registry, domains: KnownDomains
) -> None:
    found = await relatch.press(Press(Button.NEXT, "/domain list page 2", OUTSIDER, "c0ffee"), NoScreen())
    assert isinstance(found, Refused)
    assert domains.asked == []


@pytest.mark.parametrize(
    "typed", ["list page 0", "list page 2x", "list a b", "list a page -1", "list page 99999"]
)
async def test_a_page_that_is_none_is_misused(chat: Chat, typed: str) -> None:
    assert isinstance((await types(chat, typed))[-1], Misused)


# --- show and check ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "contoso.com",
        "CONTOSO.COM.",
        "<http://contoso.com|contoso.com>",
        "<https://contoso.com/page?x=1>",
        "https://contoso.com:8443/adfs",
        "hanna@contoso.com",
        "<mailto:hanna@contoso.com|hanna@contoso.com>",
        "“contoso.com”",
        "<@U0LEE>",
        "aaaaaaaa-0000-0000-0000-000000000002",
    ],
)
async def test_a_domain_is_understood_however_it_is_written(chat: Chat, typed: str) -> None:
    found = (await types(chat, f"show {typed}"))[-1]
    assert found == DomainShown(federated_view())


async def test_an_address_is_read_as_its_domain_and_nobody_is_looked_up(
    chat: Chat, directory: Directory
) -> None:
    found = (await types(chat, "show nobody@fabrikam.com"))[-1]
    assert found == DomainShown(managed_view(managed(FABRIKAM)))
    assert directory.asked == []


async def test_a_name_in_other_letters_is_found_by_its_name_in_dns(chat: Chat, domains: KnownDomains) -> None:
    domains.every = (managed("xn--mnchen-3ya.example"),)
    looking, found = await types(chat, "show München.Example.")
    assert looking == LookingUp("münchen.example")
    assert isinstance(found, DomainShown)


async def test_of_a_link_only_where_it_leads_counts(chat: Chat, domains: KnownDomains) -> None:
    await types(chat, "show <http://fabrikam.com|contoso.com>")
    assert domains.asked == [("show", "fabrikam.com")]


@pytest.mark.parametrize(
    "typed", ["show", "show contoso", "show a b", "show <@U0LEE", "check 10.0.0.1", "show ://"]
)
async def test_what_is_no_domain_is_misused_and_recorded(
    chat: Chat, core: Core, domains: KnownDomains, typed: str
) -> None:
    (found,) = await types(chat, typed)
    assert isinstance(found, Misused)
    assert core.refusals == [(f"/domain {typed.split(maxsplit=1)[0]}", "grammar")]
    assert domains.asked == []


@pytest.mark.parametrize("verb", ["show", "check", "federate", "unfederate"])
async def test_a_domain_of_another_tenant_is_not_found_and_recorded(
    chat: Chat, core: Core, verb: str
) -> None:
    found = (await types(chat, f"{verb} adatum.com"))[-1]
    assert isinstance(found, NotFound)
    assert found.what == "adatum.com in this tenant"
    assert core.refusals == [(f"/domain {verb}", "domain")]


async def test_a_mention_of_nobody_is_not_found(chat: Chat, core: Core, domains: KnownDomains) -> None:
    found = (await types(chat, "check <@U0NOBODY>"))[-1]
    assert isinstance(found, NotFound)
    assert core.refusals == [("/domain check", "directory")]
    assert domains.asked == []


@pytest.mark.parametrize("verb", ["list", "show contoso.com", "federate contoso.com"])
async def test_a_silent_graph_is_answered_in_words_and_recorded(
    chat: Chat, core: Core, domains: KnownDomains, verb: str
) -> None:
    domains.down = Later("Graph answers 503")
    found = (await types(chat, verb))[-1]
    assert found == Failed(
        "Graph answers 503", "Try again in a few minutes.", "Nothing was changed.", "c0ffee"
    )
    assert core.refusals == [(f"/domain {verb.split(maxsplit=1)[0]}", "directory")]


async def test_a_check_shows_its_progress_within_what_an_answer_may_be_replaced(chat: Chat) -> None:
    looking, *glimpses, last = await types(chat, "check hanna@contoso.com")
    assert looking == LookingUp("contoso.com")
    assert len(glimpses) == 2
    assert all(isinstance(one, DomainChecked) and not one.check.finished for one in glimpses)
    assert last == DomainChecked(checked())


async def test_only_requesters_are_answered(chat: Chat, core: Core) -> None:
    for verb in ("list", "show contoso.com", "check contoso.com", "federate fabrikam.com"):
        await types(chat, verb)
    assert {role for _, role, _ in core.did("admit")} == {Role.REQUESTER}


# --- off -----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["list", "show contoso.com", "", "help", "frobnicate", "check"])
async def test_without_its_table_the_feature_is_off_and_says_so(
    core: Core, directory: Directory, typed: str
) -> None:
    chat = Chat(registry(core, directory, Stopped(), Reads(mailboxes=KnownMailboxes())))
    found = (await types(chat, typed))[-1]
    assert isinstance(found, Off)
    assert found.table == "federation"
    assert found.what.startswith("/domain")


async def test_a_domain_alone_is_offered_to_be_shown(chat: Chat) -> None:
    (found,) = await types(chat, "contoso.com")
    assert isinstance(found, Misused)
    assert found.suggestion == "/domain show contoso.com"


# --- runbooks ------------------------------------------------------------------------------


def lines(runbook: Runbook, where: str = "") -> str:
    """Return everything that can be copied from *runbook*."""
    return "\n".join(
        item.lines
        for part in runbook.parts
        for item in part.items
        if isinstance(item, Code) and where in item.where
    )


def said(runbook: Runbook) -> str:
    notes = [item.text for part in runbook.parts for item in part.items if isinstance(item, Note)]
    return "\n".join([*runbook.warnings, *notes])


async def runbook(chat: Chat, typed: str) -> Runbook:
    found = (await types(chat, typed))[-1]
    assert isinstance(found, RunbookShown)
    return found.runbook


async def test_a_managed_domain_is_federated_as_the_others_of_the_tenant_are(chat: Chat) -> None:
    found = await runbook(chat, "federate fabrikam.com")
    shell, requests = lines(found, "Graph PowerShell"), lines(found, "Graph requests")
    for text in (shell, requests):
        assert "http://fabrikam.com/adfs/services/trust" in text
        assert CONFIGURATION.passive_sign_in_uri in text
        assert CONFIGURATION.active_sign_in_uri in text
        assert CONFIGURATION.signing_certificate in text
        assert "contoso.com/adfs/services/trust'" not in text
    assert "New-MgDomainFederationConfiguration -DomainId 'fabrikam.com'" in shell
    assert "POST /v1.0/domains/fabrikam.com/federationConfiguration" in requests
    assert "Get-AdfsRelyingPartyTrust" in lines(found, "AD FS")
    assert [part.heading for part in found.parts][-1] == "The way back"


async def test_the_runbook_warns_of_a_configuration_without_a_certificate(chat: Chat) -> None:
    found = await runbook(chat, "federate fabrikam.com")
    assert "without a signing certificate" in found.warnings[0]
    assert "if (-not $certificate) { throw" in lines(found, "Graph PowerShell")


async def test_a_federated_domain_is_made_managed_and_back_with_todays_values(chat: Chat) -> None:
    found = await runbook(chat, "unfederate contoso.com")
    forth, back = found.parts[1].items, found.parts[-1].items
    assert any("PATCH /v1.0/domains/contoso.com" in one.lines for one in forth if isinstance(one, Code))
    assert CONFIGURATION.id in lines(found, "Graph PowerShell")
    (post,) = [one.lines for one in back if isinstance(one, Code) and one.where == "Graph requests"]
    sent = json.loads(post.partition("\n\n")[2])
    assert sent == {
        "displayName": "Contoso",
        "issuerUri": CONFIGURATION.issuer_uri,
        "passiveSignInUri": CONFIGURATION.passive_sign_in_uri,
        "activeSignInUri": CONFIGURATION.active_sign_in_uri,
        "signOutUri": CONFIGURATION.sign_out_uri,
        "metadataExchangeUri": CONFIGURATION.metadata_exchange_uri,
        "preferredAuthenticationProtocol": "wsFed",
        "federatedIdpMfaBehavior": "rejectMfaByFederatedIdp",
        "promptLoginBehavior": "nativeSupport",
        "isSignedAuthenticationRequestRequired": True,
        "signingCertificate": CONFIGURATION.signing_certificate,
    }
    assert "eu.contoso.com" in found.warnings[1]


async def test_a_subdomain_is_converted_with_its_root(chat: Chat) -> None:
    assert (await runbook(chat, "unfederate eu.contoso.com")).domain == CONTOSO


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("federate contoso.com", "contoso.com is federated already."),
        (
            "federate eu.contoso.com",
            "eu.contoso.com has its sign-in from contoso.com, which is federated already.",
        ),
        ("unfederate fabrikam.com", "fabrikam.com is not federated."),
        ("federate contoso.onmicrosoft.com", "contoso.onmicrosoft.com cannot be federated."),
    ],
)
async def test_nothing_is_written_out_where_there_is_nothing_to_do(chat: Chat, typed: str, why: str) -> None:
    found = (await types(chat, typed))[-1]
    assert isinstance(found, NothingToDo)
    assert found.why == why


def test_without_a_federated_domain_the_service_is_left_to_be_filled_in() -> None:
    found = federating(managed(FABRIKAM), None)
    assert "FEDERATION-SERVICE-NAME" in lines(found)
    assert "FEDERATION-SERVICE-NAME" in said(found)
    assert "signing.txt" in lines(found, "Graph PowerShell")


def test_another_providers_values_are_not_taken_for_those_of_ad_fs() -> None:
    okta = replace(
        CONFIGURATION, passive_sign_in_uri="https://contoso.okta.com/app/office365/x/sso/wsfed/passive"
    )
    found = federating(managed(FABRIKAM), Sibling(CONTOSO, okta))
    assert "okta" not in lines(found)
    assert "contoso.okta.com" in said(found)


def test_what_stands_in_the_way_is_said_first() -> None:
    found = federating(domain(FABRIKAM, Authentication.MANAGED, default=True, verified=False), None)
    before = [item.text for item in found.parts[0].items if isinstance(item, Note)]
    assert "not verified" in before[0]
    assert "default domain" in before[1]


def test_a_domain_without_a_configuration_in_graph_can_still_be_made_managed() -> None:
    found = unfederating(domain(), None, Surroundings())
    assert "PATCH /v1.0/domains/contoso.com" in lines(found)
    assert "New-MgDomainFederationConfiguration" not in lines(found)


def test_the_trust_stays_while_others_use_it() -> None:
    alone = unfederating(domain(), CONFIGURATION, Surroundings())
    shared = unfederating(domain(), CONFIGURATION, Surroundings(others=(DomainName("fabrikam.com"),)))
    assert "Disable-AdfsRelyingPartyTrust" in lines(alone)
    assert "Disable-AdfsRelyingPartyTrust" not in lines(shared)
    assert "fabrikam.com" in said(shared)


@pytest.mark.parametrize(
    "hostile", ["'; Remove-Item C:\\ #", "$(Remove-Item x)", "\u2019; rm x; \u2018", "a\n'b"]
)
def test_a_hostile_value_stays_inside_its_quotation_marks(hostile: str) -> None:
    held = replace(CONFIGURATION, display_name=hostile, sign_out_uri=hostile)
    found = lines(unfederating(domain(), held, Surroundings()), "Graph PowerShell")
    assert f"displayName = {quoted(hostile)}\n" in found
    inside = quoted(hostile)[1:-1]
    for mark in "'\u2018\u2019\u201a\u201b":
        inside = inside.replace(mark * 2, "")
    assert not set("'\u2018\u2019\u201a\u201b\n") & set(inside)
