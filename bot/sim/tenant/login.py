"""The login host: home realm discovery, OpenID discovery and the client credentials grant.

Errors have Microsoft's numbers (Microsoft identity platform docs, "Microsoft Entra authentication and
authorization error codes") and shape; MSAL hands them to the caller as a dictionary.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

from bot.sim.tenant import mailboxes, realms
from bot.sim.tenant.assertion import accepted
from bot.sim.tenant.state import new_id
from bot.sim.tenant.wire import Answer, Call, Json

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRETS = frozenset({"client_secret", "client_assertion"})
GRAPH_HOSTS = ("https://graph.microsoft.com",)


class _Denied(Exception):
    def __init__(self, status: int, code: int, error: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.error, self.message = status, code, error, message


def answer(call: Call) -> Answer:
    """Answer whatever was asked of the login host."""
    for known in (realms.answer, mailboxes.download):
        if (found := known(call)) is not None:
            return found
    try:
        match call.received.method, call.segments:
            case "GET", (tenant, "v2.0", ".well-known", "openid-configuration"):
                _require_tenant(call, tenant, "invalid_tenant")
                return Answer(body=_discovery(call))
            case "POST", (tenant, "oauth2", "v2.0", "token"):
                _require_tenant(call, tenant, "invalid_request")
                return _token(call, form(call.payload))
            case _:
                return Answer(status=404, body="<html><body>404 - File or directory not found.</body></html>")
    except _Denied as no:
        return Answer(status=no.status, body=oauth_error(call, no.code, no.error, no.message))


def form(payload: bytes) -> dict[str, str]:
    """Return the fields of a form, the last of each name."""
    found = parse_qs(payload.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in found.items()}


def without_credential(fields: Mapping[str, str]) -> dict[str, str]:
    """Return a token request's fields as the journal may keep them."""
    return {name: "(not kept)" if name in SECRETS else value for name, value in fields.items()}


def oauth_error(call: Call, code: int, error: str, message: str) -> Json:
    """Return an error of the token endpoint."""
    trace, correlation = call.received.request_id, call.received.client_request_id or new_id()
    stamp = call.tenant.now().strftime("%Y-%m-%d %H:%M:%SZ")
    ids = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    return {
        "error": error,
        "error_description": f"AADSTS{code}: {message} {ids}",
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={code}",
    }


def _require_tenant(call: Call, name: str, error: str) -> None:
    if name.casefold() in {call.tenant.id, *call.tenant.domains}:
        return
    hint = "Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    raise _Denied(400, 90002, error, f"Tenant '{name}' not found. {hint}")


def _discovery(call: Call) -> Json:
    base = f"{call.origin}/{call.tenant.id}"
    return {
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": _token_endpoint(call),
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": call.origin.removeprefix("https://"),
    }


def _token_endpoint(call: Call) -> str:
    return f"{call.origin}/{call.tenant.id}/oauth2/v2.0/token"


def _token(call: Call, fields: Mapping[str, str]) -> Answer:
    if fields.get("grant_type") != "client_credentials":
        raise _Denied(400, 70003, "unsupported_grant_type", "The app requested an unsupported grant type.")
    if not (client := fields.get("client_id")):
        raise _Denied(400, 900144, "invalid_request", "The request body must contain 'client_id'.")
    if client.casefold() != call.tenant.app.client_id:
        missing = f"Application with identifier '{client}' was not found in the directory."
        raise _Denied(400, 700016, "unauthorized_client", missing)
    service = _require_scope(call, fields.get("scope", ""))
    _require_credential(call, fields)
    seconds = int(call.tenant.token_lifetime.total_seconds())
    lives = {"expires_in": seconds, "ext_expires_in": seconds}
    return Answer(body={"token_type": "Bearer", **lives, "access_token": call.tenant.issue_token(service)})


def _require_scope(call: Call, scope: str) -> str:
    """Return the service that a token is asked for, empty for Graph."""
    resource, found, rest = scope.partition("/.default")
    if not found or rest:
        raise _Denied(400, 1002012, "invalid_scope", "The provided value for scope is not valid: /.default.")
    if resource in call.tenant.services:
        return resource
    if resource not in {call.origin, *GRAPH_HOSTS}:
        missing = f"The resource principal named {resource} was not found in the tenant."
        raise _Denied(400, 500011, "invalid_resource", missing)
    return ""


def _require_credential(call: Call, fields: Mapping[str, str]) -> None:
    app = call.tenant.app
    match fields:
        case {"client_secret": secret} if secret in app.secrets:
            return
        case {"client_secret": secret} if secret in app.expired_secrets:
            raise _Denied(401, 7000222, "invalid_client", "The provided client secret keys are expired.")
        case {"client_secret": _}:
            raise _Denied(401, 7000215, "invalid_client", "Invalid client secret provided.")
        case {"client_assertion": text, "client_assertion_type": kind} if kind == ASSERTION_TYPE:
            if accepted(app, text, audience=_token_endpoint(call)):
                return
            unsigned = "The certificate with identifier used to sign the client assertion is not registered."
            raise _Denied(401, 700027, "invalid_client", unsigned)
        case _:
            wanted = "The request body must contain 'client_assertion' or 'client_secret'."
            raise _Denied(401, 7000218, "invalid_client", wanted)
