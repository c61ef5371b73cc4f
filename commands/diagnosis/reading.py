"""What a pasted text shows: the service's reasons, error codes, statuses, and the client.

Forms of ``X-AutoDiscovery-Error``: a capture of 16 May 2022 (HTTP 456), Microsoft's docs, "Considerations for
disabling and replacing TLS 1.0 in AD FS" (503, FederatedStsUnreachable), and a Microsoft lab on modern
authentication (401, BasicAuthBlocked). SMTP: Microsoft's docs on SMTP AUTH. Names, addresses and hashes of
them are never taken out of the text; of ids only those of a tenant and of a request are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from commands.diagnosis.cleaning import LONGEST_PASTE, is_file, plain
from commands.diagnosis.model import Evidence, Outlook, Sign

MOST_REQUESTS: Final = 5
LONGEST_REASON: Final = 40

_REASONS: Final[Mapping[str, Sign]] = {
    "apppasswordrequired": Sign.APP_PASSWORD,
    "basicauthblocked": Sign.BASIC_BLOCKED,
    "basicauthblockstatus": Sign.BASIC_BLOCKED,
    "blockbasicauth": Sign.BASIC_BLOCKED,
    "oauthrequired": Sign.OAUTH_REQUIRED,
    "invalidcreds": Sign.BAD_PASSWORD,
    "logondenied": Sign.BAD_PASSWORD,
    "expiredcreds": Sign.EXPIRED_PASSWORD,
    "passwordexpired": Sign.EXPIRED_PASSWORD,
    "recoverableauthfailed": Sign.UNFAMILIAR,
    "unfamiliarlocation": Sign.UNFAMILIAR,
    "federatedstsfailed": Sign.STS_FAILED,
    "federatedstsunreachable": Sign.STS_FAILED,
    "accountlocked": Sign.LOCKED,
    "accountdisabled": Sign.DISABLED,
}
_CODES: Final[Mapping[str, Sign]] = {
    "50126": Sign.BAD_PASSWORD,
    "50056": Sign.BAD_PASSWORD,
    "50055": Sign.EXPIRED_PASSWORD,
    "50144": Sign.EXPIRED_PASSWORD,
    "50053": Sign.LOCKED,
    "50057": Sign.DISABLED,
    "50034": Sign.UNKNOWN_ACCOUNT,
    "50074": Sign.MFA_REQUIRED,
    "50076": Sign.MFA_REQUIRED,
    "50072": Sign.MFA_REQUIRED,
    "50079": Sign.MFA_REQUIRED,
    "50158": Sign.MFA_REQUIRED,
    "500121": Sign.MFA_FAILED,
    "53000": Sign.POLICY_BLOCKED,
    "53001": Sign.POLICY_BLOCKED,
    "53003": Sign.POLICY_BLOCKED,
    "53004": Sign.POLICY_BLOCKED,
}
"""Microsoft identity platform docs, "Microsoft Entra authentication and authorization error codes"."""

_STATUSES: Final[Mapping[str, Sign]] = {
    "401": Sign.HTTP_401,
    "403": Sign.HTTP_403,
    "404": Sign.HTTP_404,
    "429": Sign.HTTP_429,
    "456": Sign.HTTP_456,
    **dict.fromkeys(("500", "502", "503", "504"), Sign.HTTP_5XX),
}
_LIVE_ID: Final = re.compile(r"LiveIdBasicAuth\s*:\s*([A-Za-z]{3,60})", re.IGNORECASE)
_AADSTS: Final = re.compile(r"AADSTS\s{0,2}(\d{5,7})", re.IGNORECASE)
_STATUS: Final = (
    re.compile(
        r"\bHTTP(?:/\d(?:\.\d)?)?(?:\s+(?:status|error|code|response))*[\s:=]{1,3}(\d{3})\b", re.IGNORECASE
    ),
    re.compile(r"Status(?:[ -]?code)?[\"']?\s{0,3}[:=]\s{0,3}[\"']?(\d{3})\b", re.IGNORECASE),
    re.compile(r"\bstatus(?:\s+code)?\s{1,3}(?:of\s|is\s)?(\d{3})\b", re.IGNORECASE),
    re.compile(r"\berror\s{1,3}(?:code\s{1,3})?(\d{3})\b", re.IGNORECASE),
    re.compile(r"\b(\d{3})\s{1,3}(?:Unauthori[sz]ed|Forbidden|Not Found|Service Unavailable)", re.IGNORECASE),
    re.compile(r"\((\d{3})\)\s{1,3}(?:Unauthori[sz]ed|Forbidden|Not Found|Server)", re.IGNORECASE),
)
_BARE: Final = re.compile(r"(?:error|code|status|http)?\s{0,3}(\d{3})[.!?]?", re.IGNORECASE)
_TENANT: Final = re.compile(r"\bTid\s?=\s?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_REQUEST: Final = re.compile(
    r"\b(?:RequestId|request-id|Trace ID|Correlation ID)[\"']?\s{0,2}[:=]\s{0,2}[\"']?"
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.IGNORECASE,
)
_USER_TYPE: Final = re.compile(r"UserType\s?:\s?(Managed|Federated)", re.IGNORECASE)


def _any(*texts: str) -> re.Pattern[str]:
    return re.compile("|".join(texts), re.IGNORECASE)


_WORDS: Final[Mapping[Sign, re.Pattern[str]]] = {
    Sign.APP_PASSWORD: _any(r"\bAppPasswordRequired\b"),
    Sign.BASIC_BLOCKED: _any(
        r"BasicAuthBlocked", r"Basic Auth Blocked", r"BlockBasicAuth", r"BasicAuthBlockStatus"
    ),
    Sign.MFA_REQUIRED: _any(
        r"must use multi-?factor authentication", r"multi-?factor authentication (?:is )?required"
    ),
    Sign.LOST_FACTOR: _any(
        r"\b(?:lost|stolen|broken|new|dead|replaced|wiped)\s(?:\w{1,12}\s)?(?:phone|mobile|iphone|smartphone|token|"
        r"authenticator|security key|yubikey)\b",
        r"\b(?:phone|mobile|iphone|smartphone|token|authenticator)\s(?:\w{1,12}\s){0,2}"
        r"(?:lost|stolen|broken|wiped|dead|deleted|gone)\b",
    ),
    Sign.SMTP_BASIC: _any(
        r"5\.7\.30\b[^\r\n]{0,80}Basic authentication is not supported",
        r"Basic authentication is not supported for Client Submission",
        r"5\.7\.139\b[^\r\n]{0,80}basic authentication is disabled",
        r"authentication unsuccessful, basic authentication is disabled",
    ),
    Sign.SMTP_OFF: _any(r"SmtpClientAuthentication is disabled"),
    Sign.SMTP_CRITERIA: _any(
        r"did not meet the criteria to be authenticated successfully",
        r"5\.7\.139\b[^\r\n]{0,80}(?:locked by your organization|security defaults)",
    ),
    Sign.SMTP_PASSWORD: _any(
        r"5\.7\.139\b[^\r\n]{0,80}credentials were incorrect", r"\b535 5\.7\.3 Authentication unsuccessful"
    ),
    Sign.SMTP_ANONYMOUS: _any(r"\b530 5\.7\.57\b", r"5\.7\.57[^\r\n]{0,40}Client (?:was )?not authenticated"),
    Sign.IMAP_POP_REFUSED: _any(
        r"\bNO (?:LOGIN|AUTHENTICATE) failed",
        r"-ERR Logon failure",
        r"\[AUTHENTICATIONFAILED\]",
        r"-ERR Authentication failure",
    ),
    Sign.PROTOCOL_OFF: _any(r"User is authenticated but not connected"),
    Sign.EWS_OFF: _any(
        r"EWS(?: is)? (?:disabled|blocked|not allowed)",
        r"Exchange Web Services (?:are|is) (?:not currently available|disabled|blocked)",
        r"ErrorEwsDisabled",
    ),
    Sign.NO_MAILBOX: _any(
        r"MailboxNotEnabledForRESTAPI",
        r"ErrorNonExistentMailbox",
        r"The (?:e-?mail|SMTP) address (?:can't be found|has no mailbox associated with it)",
        r"mailbox is either inactive, soft-deleted, or is hosted on-premise",
    ),
    Sign.MODERN_OFF_HERE: _any(
        r"EnableADAL[\"']?\s{0,12}(?:REG_DWORD\s{0,12})?[:=]?\s{0,4}(?:dword:0{8}|0x0(?![0-9a-f])|0(?![0-9x]))"
    ),
    Sign.DNS_FAILED: _any(
        r"couldn't be resolved in DNS",
        r"could not be resolved",
        r"DNS name does not exist",
        r"name or service not known",
        r"No such host is known",
        r"NXDOMAIN",
    ),
    Sign.TLS_FAILED: _any(
        r"SSL certificate failed one or more certificate validation checks",
        r"certificate name mismatch",
        r"Could not create SSL/TLS secure channel",
        r"do not possess a common algorithm",
        r"handshake failure",
    ),
    Sign.EMPTY_REQUEST: _any(r"<ErrorCode>\s{0,3}600\b", r"ErrorCode[\"']?\s{0,3}[:=]?\s{0,3}600\b"),
}
_CLIENTS: Final[tuple[tuple[re.Pattern[str], Outlook], ...]] = (
    (
        _any(r"\bOutlook[ /]?20(?:03|07|10)\b", r"Microsoft Outlook 1[0-4]\.", r"Microsoft Office/1[0-4]\."),
        Outlook.OLD,
    ),
    (_any(r"\bOutlook[ /]?2013\b", r"Microsoft Outlook 15\.", r"Microsoft Office/15\."), Outlook.V2013),
    (_any(r"\bOutlook[ /]?201[69]\b"), Outlook.V2016),
    (
        _any(r"Microsoft 365 Apps", r"\bOutlook (?:LTSC|2021|2024|for Microsoft 365)\b", r"\bnew Outlook\b"),
        Outlook.CURRENT,
    ),
)


def read(pasted: str) -> Evidence:
    """Return what is recognised in *pasted*; nothing else of it is kept."""
    text = plain(pasted)
    signs = tuple(dict.fromkeys(_signs(text)))
    return Evidence(
        signs=signs,
        reasons=tuple(dict.fromkeys(_unknown(text))),
        federated=_federated(text),
        tenant=_first(_TENANT, text),
        requests=tuple(dict.fromkeys(found.lower() for found in _REQUEST.findall(text)))[:MOST_REQUESTS],
        outlook=next((version for shown, version in _CLIENTS if shown.search(text)), None),
        file=not signs and is_file(pasted),
        cut=len(pasted) > LONGEST_PASTE,
    )


def _signs(text: str) -> Iterator[Sign]:
    yield from _reasons(text)
    yield from (_CODES[code] for code in _AADSTS.findall(text) if code in _CODES)
    yield from (sign for sign, words in _WORDS.items() if words.search(text))
    yield from (_STATUSES[status] for status in _numbers(text) if status in _STATUSES)


def _reasons(text: str) -> Iterator[Sign]:
    """Return the reasons of LiveIdBasicAuth, even of a header that was folded in the middle of a word."""
    compact = "".join(text.split()).lower() if "liveid" in text.lower() else ""
    for rest in compact.split("liveidbasicauth:")[1:]:
        known = next((sign for name, sign in _REASONS.items() if rest.startswith(name)), None)
        yield known or Sign.OTHER_REASON


def _unknown(text: str) -> Iterator[str]:
    for reason in _LIVE_ID.findall(text):
        low = reason.lower()
        folded = any(name.startswith(low) for name in _REASONS)
        if not folded and not low.startswith(tuple(_REASONS)):
            yield reason[:LONGEST_REASON]


def _numbers(text: str) -> Iterator[str]:
    """Return what may be a status: a number that stands alone on its line, or is called one."""
    lines = (line.strip() for line in text.splitlines())
    alone = (_BARE.fullmatch(line) for line in lines if len(line) <= LONGEST_REASON)
    yield from (found[1] for found in alone if found)
    yield from (status for pattern in _STATUS for status in pattern.findall(text))


def _federated(text: str) -> bool | None:
    found = _USER_TYPE.search(text)
    return None if found is None else found[1].lower() == "federated"


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].lower() if found else ""
