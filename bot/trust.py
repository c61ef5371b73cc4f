"""Whom outgoing connections trust: the system's store, and ``SSL_CERT_FILE`` in addition.

Python's ``ssl`` lets the variable *replace* the system's file, and httpx trusts certifi unless it is
told otherwise. One context, handed to every client, makes them agree. ``REQUESTS_CA_BUNDLE`` is not read.
"""

from __future__ import annotations

import ssl
from pathlib import Path


class BadTrust(ValueError):
    """The extra file cannot be used; says which and why, and never quotes what is in it."""


def trusting(extra: Path | None) -> ssl.SSLContext:
    """Trust the system's store, and the certificates in *extra* (a PEM file) too.

    Raises ``BadTrust`` when *extra* is not readable or holds no certificate. OpenSSL would pass over that
    in silence, and every later connection would fail with a riddle.
    """
    context = ssl.create_default_context()
    _load_system(context)
    if extra is not None:
        _load_extra(context, extra)
    return context


def _load_system(context: ssl.SSLContext) -> None:
    """Load the compiled-in locations, which the environment may have displaced."""
    paths = ssl.get_default_verify_paths()
    file = paths.openssl_cafile if Path(paths.openssl_cafile).is_file() else None
    folder = paths.openssl_capath if Path(paths.openssl_capath).is_dir() else None
    if file or folder:
        context.load_verify_locations(cafile=file, capath=folder)


def _load_extra(context: ssl.SSLContext, extra: Path) -> None:
    try:
        context.load_verify_locations(cafile=extra)
    except ssl.SSLError as error:
        raise BadTrust(f"SSL_CERT_FILE: {extra} holds no certificate in PEM form") from error
    except OSError as error:
        raise BadTrust(f"SSL_CERT_FILE: {extra} cannot be read ({error.strerror})") from error
