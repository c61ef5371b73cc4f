"""A throw-away certificate authority, so that simulated hosts can speak TLS without touching any trust store.

Only a client that is handed ``ca_file`` trusts it; its key lives in this process and is gone with it.
"""

import ssl
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import trustme

LOOPBACK = ("localhost", "127.0.0.1")


class Authority:
    """Issues server certificates; its own is a PEM file that exists while the context is entered."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Relatch simulation, trust nowhere")
        self._folder: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="relatch-sim-")
        self._ca.cert_pem.write_to_path(Path(self._folder.name, "ca.pem"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def ca_file(self) -> Path:
        """Path of the authority's certificate, PEM. Raises ``RuntimeError`` outside the context."""
        if self._folder is None:
            raise RuntimeError("the authority is not entered: use `with Authority() as authority`")
        return Path(self._folder.name, "ca.pem")

    def server_context(self, *names: str) -> ssl.SSLContext:
        """Return a server's TLS context with a fresh certificate for *names*, for loopback without any."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.certify(context, *names)
        return context

    def certify(
        self,
        context: ssl.SSLContext,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> None:
        """Give a server's context another fresh certificate; connections made before keep theirs.

        Without limits the certificate is valid for as long as anybody may test.
        """
        leaf = self._ca.issue_cert(*(names or LOOPBACK), not_before=not_before, not_after=not_after)
        leaf.configure_cert(context)
