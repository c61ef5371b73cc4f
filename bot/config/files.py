"""Files that the environment names: they must be there, and readable, before anything starts."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

from bot.config.faults import shown, unfit


def readable_file(text: str) -> Path:
    """Read the path of a file that can be read and is not empty."""
    expected = "the path of a readable file"
    path = Path(text)
    try:
        if not path.is_file():
            raise unfit(expected, f"{shown(text)}, which is no file")
        with path.open("rb") as file:
            content = file.read(1)
    except OSError as error:
        raise unfit(expected, f"{shown(text)} ({(error.strerror or 'unreadable').lower()})") from error
    if not content:
        raise unfit(expected, f"{shown(text)}, which is empty")
    return path


def certificate_file(text: str) -> Path:
    """Read the path of certificates to trust. OpenSSL itself would pass over a bad file in silence."""
    path = readable_file(text)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise unfit("a file with certificates in PEM form", f"none in {shown(text)}") from error
    return path


ReadableFile: TypeAlias = Annotated[Path, BeforeValidator(readable_file)]
CertificateFile: TypeAlias = Annotated[Path, BeforeValidator(certificate_file)]
