"""From what was pasted to plain text: links, entities, tags and typography undone, bounded.

Everything here takes time in proportion to the text, whatever is in it: anybody in the workspace can paste.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

LONGEST_PASTE: Final = 250_000
"""Characters that are looked at: more than anybody reads, less than a delivery may hold."""
LONGEST_NAME: Final = 300

_LINK: Final = re.compile(r"<(?:mailto:|https?://)([^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
_TAG: Final = re.compile(
    r"</?(?:html|head|title|meta|link|body|div|span|table|thead|tbody|tr|td|th|ul|ol|li|p|br|hr|b|i|em|strong|"
    r"pre|code|h[1-6]|a|img|font|center|script|style|button|input|label|nobr)\b[^<>]{0,4000}>",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_QUOTES: Final = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"') | dict.fromkeys(
    map(ord, "\u2018\u2019\u201a\u00b4"), "'"
)
_FILE: Final = re.compile(
    r"[\"'<(]?[^\r\n<>|]{1,250}\.(?:html?|txt|log|saz|har|zip|7z|png|jpe?g|gif|heic|pdf|docx?|xlsx?|msg|eml|"
    r"xml|csv|etl|pcap(?:ng)?|evtx|json|reg)[\"'>)]?",
    re.IGNORECASE,
)
_CONTENTS: Final = ("PK\x03\x04", "%PDF-", "\x89PNG", "\ufffdPNG", "GIF8", "data:image/", "\xd0\xcf\x11\xe0")


def plain(pasted: str) -> str:
    """Return *pasted* as text that can be searched, at most ``LONGEST_PASTE`` characters of it."""
    text = _LINK.sub(lambda found: found[2] or found[1], pasted[:LONGEST_PASTE])
    for _ in range(2):  # the chat escapes what an HTML page had escaped already
        text = html.unescape(text) if "&" in text else text
    text = _TAG.sub(" ", text)
    text = unicodedata.normalize("NFKC", text).translate(_DASHES | _QUOTES)
    return _HIDDEN.sub("", text)


def is_file(pasted: str) -> bool:
    """Return whether *pasted* is a file's name, a link to one, or what is inside one that is no text."""
    if pasted.lstrip().startswith(_CONTENTS):
        return True
    name = plain(pasted[:LONGEST_NAME]).strip()
    return len(pasted) <= LONGEST_NAME and _FILE.fullmatch(name) is not None
