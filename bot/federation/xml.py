"""XML from strangers: parsed without entities, network or DTD, or not at all."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
NAMES: Final = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": DS,
    "fed": "http://docs.oasis-open.org/wsfed/federation/200706",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12": "http://schemas.xmlsoap.org/wsdl/soap12/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
MOST: Final = 200
LONGEST: Final = 2_000
_HTML: Final = re.compile(rb"<(?:!doctype\s+)?html", re.IGNORECASE)


class NotXml(ValueError):
    """The document cannot be read; the text says why."""


def parse(document: bytes) -> Element:
    """Return the root of *document*; ``NotXml`` for what is not well-formed, or has a DTD.

    A byte order mark and UTF-16 are read. lxml accepts a DTD and drops its entities, so that it has to
    be refused afterwards.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.LxmlError, ValueError, LookupError):
        raise NotXml(_why_not(document)) from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise NotXml("it has a DTD, which is refused")
    return root


def texts(root: Element, xpath: str) -> tuple[str, ...]:
    """Return what *xpath* finds, without the white space around it, each once; empty ones are left out.

    The text of an element is what stands in it and below it, comments left out.
    """
    found = root.xpath(xpath, namespaces=NAMES)
    listed = found if isinstance(found, list) else [found]
    stripped = (_text(one).strip() for one in listed[:MOST])
    return tuple(dict.fromkeys(text for text in stripped if text))


def addresses(root: Element, xpath: str) -> tuple[str, ...]:
    """Return what *xpath* finds as ``texts`` does, without what is too long to be an address."""
    return tuple(text for text in texts(root, xpath) if len(text) <= LONGEST)


def _text(found: object) -> str:
    return str(found.xpath("string()")) if isinstance(found, Element) else str(found)


def _why_not(document: bytes) -> str:
    if not document.strip():
        return "it is empty"
    if _HTML.search(document[:1_000]):
        return "it is a web page, not XML"
    return "it is not well-formed XML"
