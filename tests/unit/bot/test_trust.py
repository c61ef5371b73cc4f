"""Whom outgoing connections trust."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from bot.trust import BadTrust, trusting

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def extra(tmp_path: Path) -> Path:
    file = tmp_path / "extra.pem"
    trustme.CA(organization_name="Contoso inspection").cert_pem.write_to_path(str(file))
    return file


def names(context: ssl.SSLContext) -> str:
    return str(context.get_ca_certs())


def test_the_extra_file_is_trusted_in_addition(extra: Path) -> None:
    assert "Contoso inspection" in names(trusting(extra))


def test_the_variable_does_not_take_the_systems_store_away(
    extra: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = trusting(None).cert_store_stats()["x509_ca"]
    monkeypatch.setenv("SSL_CERT_FILE", str(extra))
    assert trusting(extra).cert_store_stats()["x509_ca"] == system + 1


def test_hosts_and_certificates_are_checked() -> None:
    context = trusting(None)
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTrust, match=r"SSL_CERT_FILE: .*gone\.pem cannot be read"):
        trusting(tmp_path / "gone.pem")


def test_a_file_without_a_certificate_is_refused_and_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
    with pytest.raises(BadTrust, match="no certificate") as caught:
        trusting(file)
    assert "secret" not in str(caught.value)
