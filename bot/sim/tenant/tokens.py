"""Which bearer tokens Graph takes, and how it refuses the others."""

from base64 import b64encode

from bot.sim.tenant.wire import Call, Rejected

CHALLENGE = b'{"access_token":{"nbf":{"essential":true,"value":"1"}}}'


def authenticate(call: Call, audience: str = "") -> None:
    """Let a call with a live token for *audience*, or Graph, pass.

    Raises ``Rejected`` 401, as a claims challenge where CAE asks.
    """
    scheme, _, text = call.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not text:
        raise _refused("Access token is empty.")
    token = call.tenant.tokens.get(text)
    if token is None:
        raise _refused("IDX14100: JWT is not well formed, there are no dots (.).")
    if token.audience != audience:
        raise _refused("Access token validation failure. Invalid audience.")
    if token.expires_at <= call.tenant.now():
        raise _refused("Lifetime validation failed, the token is expired.")
    if token.challenged:
        raise _challenge(call)


def _refused(message: str) -> Rejected:
    return Rejected(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": 'Bearer realm=""'}
    )


def _challenge(call: Call) -> Rejected:
    authorize = f"{call.origin}/common/oauth2/authorize"
    header = (
        f'Bearer realm="", authorization_uri="{authorize}", client_id="{call.tenant.app.client_id}", '
        f'error="insufficient_claims", claims="{b64encode(CHALLENGE).decode()}"'
    )
    message = (
        "Continuous access evaluation resulted in challenge with result: InteractionRequired "
        "and code: TokenIssuedBeforeRevocationTimestamp"
    )
    return Rejected(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": header})
