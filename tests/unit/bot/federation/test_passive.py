"""What the sign-in page proves, by what may come back from it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.federation.fetch import Document
from bot.federation.passive import passive_findings, passive_url
from bot.federation.products import Product
from commands.federation_model import Grade

PAGE = httpx.URL("https://fs.contoso.com/adfs/ls/")
GOOD, NOTE, WARNING, WRONG = Grade.GOOD, Grade.NOTE, Grade.WARNING, Grade.WRONG


@pytest.mark.parametrize(
    ("answer", "grade", "words"),
    [
        ({"body": b'<input id="p" type="password">'}, GOOD, "sign-in form"),
        ({"body": b"<INPUT TYPE=password>"}, GOOD, "sign-in form"),
        ({"body": b"<div id='hrd'></div>"}, GOOD, "sign-in form"),
        ({"body": b'<form id="loginForm"><span id="errorText"></span></form>'}, GOOD, "sign-in form"),
        ({"status": 401, "challenges": "Negotiate"}, GOOD, "Windows sign-in"),
        ({"status": 401}, WRONG, "HTTP 401"),
        ({"body": b"MSIS7007: The requested relying party trust"}, WRONG, "relying party trust"),
        ({"status": 500, "body": b"MSIS3020: unknown"}, WRONG, "relying party trust"),
        ({"status": 400, "body": b"MSIS9605: no"}, WRONG, "MSIS9605"),
        ({"body": b'<div id="errorArea">An error occurred</div>'}, WRONG, "error page"),
        ({"body": b"<p>Welcome to nginx!</p>"}, WARNING, "neither"),
        ({"status": 503}, WRONG, "is down"),
        ({"status": 302, "location": "https://idp.example/saml"}, NOTE, "idp.example"),
        ({"status": 302, "location": "/adfs/ls/?again"}, WARNING, "without end"),
        ({"status": 302, "location": "http://fs.contoso.com/"}, WRONG, "without TLS"),
        ({"status": 302, "location": "https://[::1"}, WARNING, "no address"),
    ],
)
def test_an_answer_proves_what_it_proves(answer: dict[str, Any], grade: Grade, words: str) -> None:
    document = Document(**{"url": PAGE, "status": 200, "media_type": "text/html", "body": b"", **answer})
    (finding,) = passive_findings(document, Product.AD_FS)
    assert finding.grade is grade
    assert words in finding.what


def test_a_page_of_another_product_is_not_judged() -> None:
    document = Document(url=PAGE, status=200, media_type="text/html", body=b"<script>start()</script>")
    (finding,) = passive_findings(document, Product.OKTA)
    assert finding.grade is NOTE
    assert "Okta" in finding.what


def test_the_question_is_added_to_what_the_address_has() -> None:
    url = passive_url(httpx.URL("https://fs.contoso.com/adfs/ls/?whr=contoso.com"))
    assert dict(url.params) == {
        "whr": "contoso.com",
        "wa": "wsignin1.0",
        "wtrealm": "urn:federation:MicrosoftOnline",
    }
