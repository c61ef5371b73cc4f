import asyncio
import ssl
from dataclasses import replace
from typing import Any

import httpx
import msal
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.sim.tenant import Fault, Respond, SimulatedTenant, bad_gateway
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, TENANT_ID


class Http:
    """What MSAL asks of an HTTP client. httpx writes ``str(b"...")`` into a form, and MSAL signs bytes."""

    def __init__(self, client: httpx.Client) -> None:
        self.get = client.get
        self._client = client

    def post(self, url: str, *, data: dict[str, str | bytes], **more: Any) -> httpx.Response:  # noqa: ANN401 - MSAL's own
        text = {name: value.decode() if isinstance(value, bytes) else value for name, value in data.items()}
        return self._client.post(url, data=text, **more)


async def sign_in(
    tenant: SimulatedTenant,
    trust: ssl.SSLContext,
    credential: object = CLIENT_SECRET,
    *,
    directory: str = TENANT_ID,
    client_id: str = CLIENT_ID,
    scope: str = "",
) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        with httpx.Client(verify=trust) as http:
            app = msal.ConfidentialClientApplication(
                client_id,
                client_credential=credential,
                authority=f"{tenant.url}/{directory}",
                instance_discovery=False,
                http_client=Http(http),
            )
            found: dict[str, Any] = app.acquire_token_for_client([scope or f"{tenant.url}/.default"])
            return found

    return await asyncio.to_thread(ask)


def rsa_pair() -> tuple[str, str]:
    leaf = trustme.CA().issue_cert("relatch.example", key_type=trustme.KeyType.RSA)
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    return leaf.private_key_pem.bytes().decode(), certificate.public_bytes(Encoding.PEM).decode()


def certificate_credential(key: str, certificate: str) -> dict[str, str]:
    return {"private_key": key, "public_certificate": certificate}


async def test_msal_gets_a_token_that_graph_takes(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    found = await sign_in(tenant, trust)

    assert found["token_type"] == "Bearer"
    assert found["expires_in"] == 3599
    async with httpx.AsyncClient(verify=trust, base_url=tenant.url) as client:
        bearer = {"Authorization": f"Bearer {found['access_token']}"}
        assert (await client.get("/v1.0/users/lee@contoso.com", headers=bearer)).status_code == 200


async def test_a_verified_domain_names_the_tenant_too(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    assert "access_token" in await sign_in(tenant, trust, directory="contoso.com")


async def test_a_wrong_secret_is_answered_as_microsoft_does(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    found = await sign_in(tenant, trust, "not-it")

    assert found["error"] == "invalid_client"
    assert found["error_codes"] == [7000215]
    assert found["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")
    assert {"timestamp", "trace_id", "correlation_id", "error_uri"} <= found.keys()
    assert tenant.state.journal.requests[-1].status == 401


async def test_an_expired_secret_has_its_own_number(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    app = tenant.state.app
    tenant.state.app = replace(app, secrets=frozenset(), expired_secrets=app.secrets)

    assert (await sign_in(tenant, trust))["error_codes"] == [7000222]


async def test_an_unknown_tenant_has_no_authority(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        await sign_in(tenant, trust, directory="fabrikam.com")


async def test_a_token_request_to_an_unknown_tenant_is_refused(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    async with httpx.AsyncClient(verify=trust) as client:
        answer = await client.post(f"{tenant.url}/fabrikam.com/oauth2/v2.0/token", data={"client_id": "x"})

    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [90002]


async def test_an_unknown_app_is_refused(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    found = await sign_in(tenant, trust, client_id="00000000-0000-0000-0000-000000000009")

    assert (found["error"], found["error_codes"]) == ("unauthorized_client", [700016])


@pytest.mark.parametrize(
    ("scope", "code"), [("https://graph.microsoft.us/.default", 500011), ("User.Read.All", 1002012)]
)
async def test_a_scope_of_another_resource_is_refused(
    tenant: SimulatedTenant, trust: ssl.SSLContext, scope: str, code: int
) -> None:
    assert (await sign_in(tenant, trust, scope=scope))["error_codes"] == [code]


async def test_a_registered_certificate_opens(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    key, certificate = rsa_pair()
    tenant.state.app = replace(tenant.state.app, certificates=(certificate,))

    assert "access_token" in await sign_in(tenant, trust, certificate_credential(key, certificate))


async def test_a_certificate_that_is_not_registered_does_not_open(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    tenant.state.app = replace(tenant.state.app, certificates=(rsa_pair()[1],))

    found = await sign_in(tenant, trust, certificate_credential(*rsa_pair()))

    assert found["error_codes"] == [700027]


async def test_another_key_behind_a_registered_certificate_does_not_open(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    _, certificate = rsa_pair()
    other_key, _ = rsa_pair()
    tenant.state.app = replace(tenant.state.app, certificates=(certificate,))

    found = await sign_in(tenant, trust, certificate_credential(other_key, certificate))

    assert found["error_codes"] == [700027]


@pytest.mark.parametrize(
    ("presented", "opens"), [("workload-token", True), ("another", False), ("a.b.c", False)]
)
async def test_only_a_trusted_federated_token_opens(
    tenant: SimulatedTenant, trust: ssl.SSLContext, presented: str, *, opens: bool
) -> None:
    certificate = rsa_pair()[1]
    tenant.state.app = replace(
        tenant.state.app, federated_tokens=frozenset({"workload-token"}), certificates=(certificate,)
    )

    found = await sign_in(tenant, trust, {"client_assertion": lambda: presented})

    assert ("access_token" in found) is opens


async def test_the_journal_keeps_no_credential(tenant: SimulatedTenant, trust: ssl.SSLContext) -> None:
    await sign_in(tenant, trust)

    kept = repr(tenant.state.journal.requests)
    assert CLIENT_SECRET not in kept
    assert CLIENT_ID in kept


async def test_a_failing_login_host_answers_in_its_own_shape(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    tenant.faults.add(Fault(Respond(503, retry_after=7), api="login", path="/token$"))

    async with httpx.AsyncClient(verify=trust) as client:
        answer = await client.post(f"{tenant.url}/{TENANT_ID}/oauth2/v2.0/token")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json()["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("failure", [Respond(503), bad_gateway()])
async def test_a_failing_login_host_is_an_exception_in_msal(
    tenant: SimulatedTenant, trust: ssl.SSLContext, failure: Respond
) -> None:
    tenant.faults.add(Fault(failure, api="login", path="/token$"))

    with pytest.raises(msal.exceptions.MsalServiceError):
        await sign_in(tenant, trust)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"grant_type": "password"}, 70003),
        ({"grant_type": "client_credentials"}, 900144),
        ({"grant_type": "client_credentials", "client_id": CLIENT_ID, "scope": ".default"}, 1002012),
        (
            {
                "grant_type": "client_credentials",
                "client_id": CLIENT_ID,
                "scope": "https://graph.microsoft.com/.default",
            },
            7000218,
        ),
    ],
)
async def test_an_incomplete_token_request_is_refused(
    tenant: SimulatedTenant, trust: ssl.SSLContext, fields: dict[str, str], code: int
) -> None:
    async with httpx.AsyncClient(verify=trust) as client:
        answer = await client.post(f"{tenant.url}/{TENANT_ID}/oauth2/v2.0/token", data=fields)

    assert answer.json()["error_codes"] == [code]


async def test_other_paths_of_the_login_host_are_not_there(
    tenant: SimulatedTenant, trust: ssl.SSLContext
) -> None:
    async with httpx.AsyncClient(verify=trust) as client:
        assert (await client.get(f"{tenant.url}/common/discovery/instance")).status_code == 404
