"""When the app registration's credential ends. Nobody is told of it by Entra, and then no token is had.

Source: Graph docs, "passwordCredential resource type", "List applications".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from approvals.errors import Never
from bot.entra.address import path
from bot.entra.answers import Json
from bot.entra.client import GraphClient
from bot.entra.credentials import Certificate, content

NEEDS: Final = "Application.Read.All"
"""What reading the registration takes. The product works without it, so it is not asked for."""
_PEM: Final = b"-----BEGIN "


def certificate_end(certificate: Certificate) -> datetime:
    """Return when the certificate in the file ends; ``Never`` when it cannot be read."""
    raw = content(certificate.path)
    try:
        found = _certificate(raw, certificate.password)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Never(
            f"the certificate cannot be read ({type(error).__name__})",
            "check that the file holds key and certificate, and its password",
        ) from None
    if found is None:
        raise Never("the file holds no certificate", "put the certificate beside its key")
    return found.not_valid_after_utc


def _certificate(raw: bytes, password: str) -> x509.Certificate | None:
    if _PEM in raw:
        return x509.load_pem_x509_certificates(raw)[0]
    return pkcs12.load_key_and_certificates(raw, password.encode() or None)[1]


async def secret_end(graph: GraphClient, client_id: str, secret: str) -> datetime | None:
    """Return when the soonest of the registered secrets that may be *secret* ends; ``None`` if none may.

    Entra shows the first three letters of a secret as its ``hint``, and of old ones not even those.
    """
    where = {"$filter": f"appId eq '{client_id}'", "$select": "id,appId,passwordCredentials"}
    listed = await graph.every("v1.0", path("/applications"), where)
    passwords = [one for app in listed for one in _passwords(app)]
    ends = [end for end, hint in passwords if secret.startswith(hint)]
    return min(ends, default=None)


def _passwords(app: Json) -> Iterator[tuple[datetime, str]]:
    listed = app.get("passwordCredentials")
    for one in listed if isinstance(listed, list) else []:
        match one:
            case {"endDateTime": str(end), "hint": str() | None as hint}:
                yield _moment(end), hint or ""
            case _:
                raise Never("Graph shows a secret without its end", "look at the app registration yourself")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Never("Graph shows an end that is no time", "look at the app registration yourself") from None
    return found.replace(tzinfo=found.tzinfo or UTC)
