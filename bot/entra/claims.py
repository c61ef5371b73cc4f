"""What an access token says of itself. For looking only: nothing is decided on it.

Microsoft calls tokens for Graph opaque (Microsoft identity platform docs, "Access tokens"); as long as they
can be read, their claim ``roles`` is the shortest answer to "what was this app granted".
"""

from __future__ import annotations

import jwt


def roles(token: str) -> frozenset[str] | None:
    """Return the application permissions in *token*; ``None`` when it cannot be read.

    A token of an app that was granted nothing has no such claim.
    """
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    listed = claims.get("roles", [])
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else None
