"""Addresses: a segment stays a segment, and a link stays on its host."""

from __future__ import annotations

from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from approvals.errors import Never
from bot.entra.address import Path, following, path, target

BASE = httpx.URL("https://graph.microsoft.com")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("lee@contoso.com")
@example("lee_fabrikam.com#EXT#@contoso.onmicrosoft.com")
@example("o'brien@contoso.com")
@example('"lee"@contoso.com')
@example("a/b@contoso.com")
@example("100%25@contoso.com")
@example("../../domains")
@example("https://evil.example/users")
@example("//evil.example")
@example("lee@contoso.com?$select=id")
@example("lee\r\nHost: evil.example")
def test_a_segment_stays_one_segment_on_graphs_host(segment: str) -> None:
    try:
        where = path("/users/{}/authentication/requirements", segment)
    except Never:
        assert segment in {".", ".."} or segment.startswith("$")
        return
    url = httpx.URL(f"{BASE}/beta{where}")
    sent = url.raw_path.decode().split("/")
    assert (url.host, url.query, url.fragment) == ("graph.microsoft.com", b"", "")
    assert [sent[:3], unquote(sent[3]), sent[4:]] == [
        ["", "beta", "users"],
        segment,
        ["authentication", "requirements"],
    ]


@pytest.mark.parametrize("segment", ["", ".", "..", "$count", "\ud800"])
def test_a_segment_that_quoting_does_not_tame_is_refused(segment: str) -> None:
    with pytest.raises(Never, match="cannot be the name"):
        path("/users/{}", segment)


@pytest.mark.parametrize("segments", [(), ("a", "b")])
def test_a_wrong_number_of_segments_is_a_fault_of_the_program(segments: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        path("/users/{}", *segments)


def test_a_query_keeps_odata_readable_and_quotes_the_rest() -> None:
    params = {"$select": "id,displayName", "$filter": "displayName eq 'Lee & co+#'"}
    wanted = "/users?$select=id,displayName&$filter=displayName%20eq%20'Lee%20%26%20co%2B%23'"
    assert target(path("/users"), params) == wanted


def test_no_parameters_make_no_question_mark() -> None:
    assert target(Path("/users"), {}) == target(Path("/users"), None) == "/users"


def test_a_next_link_is_followed_as_it_is() -> None:
    link = "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb%20c&$top=5"
    assert str(following(BASE, link)) == link


@pytest.mark.parametrize(
    "link",
    [
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:444/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "https://evil.example/?https://graph.microsoft.com",
        "https://user:pass@graph.microsoft.com/v1.0/users",
        "//evil.example/v1.0/users",
        "/v1.0/users",
        "",
        "https://graph.microsoft.com:99999999/",
        "https://graph.microsoft.com/\n",
        None,
        7,
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: object) -> None:
    with pytest.raises(Never, match="another host"):
        following(BASE, link)


def test_the_default_port_may_be_written_out() -> None:
    assert following(BASE, "https://graph.microsoft.com:443/v1.0/users").host == "graph.microsoft.com"
