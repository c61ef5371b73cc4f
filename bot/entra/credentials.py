"""What the app registration proves itself with: a secret, a certificate, or a federated token file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, assert_never

from approvals.errors import Never

_PEM: Final = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Secret:
    """``AZURE_CLIENT_SECRET``."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """``AZURE_CLIENT_CERTIFICATE_PATH``: key and certificate in one PEM or PFX file."""

    path: Path
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FederatedFile:
    """``AZURE_FEDERATED_TOKEN_FILE``: rewritten by the platform, so read anew for every token request."""

    path: Path


Credential: TypeAlias = Secret | Certificate | FederatedFile


def for_msal(credential: Credential) -> str | dict[str, Any]:
    """Return *credential* as MSAL's ``client_credential``; ``Never`` if its file cannot be read."""
    match credential:
        case Secret():
            return credential.value
        case Certificate():
            return _certificate(credential)
        case FederatedFile():
            return {"client_assertion": lambda: content(credential.path).decode().strip()}
        case never:
            assert_never(never)


def _certificate(certificate: Certificate) -> dict[str, Any]:
    raw = content(certificate.path)
    if _PEM in raw:
        text = raw.decode()
        return {"private_key": text, "public_certificate": text, "passphrase": certificate.password}
    return {
        "private_key_pfx_path": str(certificate.path),
        "passphrase": certificate.password,
        "public_certificate": True,
    }


def content(file: Path) -> bytes:
    """Return what is in a credential's *file*; ``Never`` if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Never(
            f"the credential's file cannot be read ({error.strerror})",
            "check AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE and the file's owner",
        ) from error
