"""Whatever is pasted: nothing raises, little is kept, and it does not matter how it was escaped."""

from __future__ import annotations

from html import escape

from hypothesis import example, given
from hypothesis import strategies as st

from commands.diagnosis import Evidence, explain, read
from commands.diagnosis.model import Sign
from commands.parse import Parsed, parse
from commands.wishes import Diagnose
from tests.pasted import HEADER, SAMPLES

pieces = st.one_of(
    st.text(max_size=30),
    st.sampled_from([one.text for one in SAMPLES]),
    st.sampled_from(
        ["<", ">", "&lt;", "&amp;", "<td>", "<mailto:", "|", "for ", "\ud800", "\x00", "\u202e", "LiveId"]
    ),
)
pastes = st.lists(pieces, max_size=8).map("".join)


@given(pastes)
@example("LiveIdBasicAuth:" * 50)
@example("&#xd800;&#0;&#x110000;")
def test_nothing_raises_and_little_is_kept(text: str) -> None:
    found = read(text)
    assert len(repr(found)) < 5_000
    if found.recognised:
        explained = explain(found)
        assert explained.proves
        assert explained.suspension == ""


@given(pastes)
def test_the_command_takes_it_or_says_that_there_is_nothing(text: str) -> None:
    found = parse("/mailbox", f"diagnose {text}")
    if isinstance(found, Parsed):
        assert isinstance(found.wish, Diagnose)
        assert isinstance(found.wish.evidence, Evidence)


@given(st.text(alphabet=st.characters(exclude_characters="&<>|"), max_size=200))
def test_a_header_is_found_in_any_company_however_it_was_escaped(noise: str) -> None:
    for header in (HEADER, escape(HEADER, quote=False), escape(escape(HEADER, quote=False), quote=False)):
        assert Sign.APP_PASSWORD in read(f"{noise} {header} {noise}").signs
