"""What people paste: samples with what is to be recognised in them, and where each is from.

Real ones name their address; addresses and names in them are replaced, hashes kept. The others are marked
``constructed``: shapes from Microsoft's docs, values made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from commands.diagnosis.model import Outlook, Sign

CONSTRUCTED: Final = "constructed"
CAPTURE: Final = "a capture of Autodiscover with exchangelib 4.5.2, 16 May 2022, in a public repository"
TLS_DOCS: Final = (
    "learn.microsoft.com/troubleshoot/windows-server/windows-security/disable-and-replace-tls-1dot0"
)
LAB: Final = "a Microsoft lab, 'Enable ADAL on Local PC', in a public repository"
SPRAY: Final = "error texts that public tools look for in X-AutoDiscovery-Error"
GITHUB: Final = "github.com"


@dataclass(frozen=True, slots=True)
class Sample:
    """A pasted text, the signs in it in order, and its source."""

    name: str
    text: str
    signs: tuple[Sign, ...]
    source: str = CONSTRUCTED
    outlook: Outlook | None = None


HEADER: Final = (
    "X-AutoDiscovery-Error: LiveIdBasicAuth:AppPasswordRequired:<UNH:<PII.Email:"
    "b9Rjt8lxR2vyOYmKJLf+KhYvvk1IckE5k8vkcu1ptTg=@redteamsimulation.com>>"
    "<RequestId=6df82665-ed76-4591-96bf-27769e62baba,ST=11:21:43><UIPH:<PII.IP:"
    "JdMzZuPOa97vH1EqtsCDzJZHYgcksEvcR0jM/lwF4oo=>><HitHrd<V2CACHEFAIL:AppPasswordRequired><Tarpit>"
    "<UserType:ManagedBusiness><LogonFailed-AppPasswordRequired><AS:AppPasswordRequired>"
    "<Tid=c2b84b0b-952b-4784-b195-9b56c3deb663><oAuth:,<V2;"
)
ANSWER: Final = (
    "HTTP/1.1 456\r\nX-BackEndHttpStatus: 456\r\nX-Proxy-BackendServerStatus: 456\r\n"
    f"{HEADER}\r\nContent-Length: 0\r\n"
)
ESCAPED: Final = HEADER.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
MAILED: Final = ESCAPED.replace(
    "@redteamsimulation.com", "<mailto:x@redteamsimulation.com|@redteamsimulation.com>"
)
REPORT: Final = f"""\
<html><head><title>Microsoft Remote Connectivity Analyzer</title><style>td {{ color: red }}</style></head>
<body><table><tr><td class="bad">Attempting to send an Autodiscover POST request to potential Autodiscover
URLs.</td></tr><tr><td>Additional Details<br/>An HTTP 456 response was received from Unknown.<br>Headers
received:<br>{ESCAPED}</td></tr></table></body></html>"""

SAMPLES: Final[tuple[Sample, ...]] = (
    # --- AppPasswordRequired and its company
    Sample("the header alone", HEADER, (Sign.APP_PASSWORD,), CAPTURE),
    Sample("the whole answer", ANSWER, (Sign.APP_PASSWORD, Sign.HTTP_456), CAPTURE),
    Sample("as the chat escapes it", ESCAPED, (Sign.APP_PASSWORD,), CAPTURE),
    Sample("with a link that the chat made of its address", MAILED, (Sign.APP_PASSWORD,), CAPTURE),
    Sample(
        "as Python shows headers",
        "{'X-BackEndHttpStatus': '456', 'X-RUM-Validated': '1', 'X-AutoDiscovery-Error': "
        "'LiveIdBasicAuth:AppPasswordRequired:<UNH:<PII.Email:b9Rj=@redteamsimulation.com>>'}",
        (Sign.APP_PASSWORD, Sign.HTTP_456),
        CAPTURE,
    ),
    Sample("a saved report", REPORT, (Sign.APP_PASSWORD, Sign.HTTP_456)),
    Sample(
        "folded in the middle of a word",
        "X-AutoDiscovery-Error: LiveIdBasicAuth:AppPassword\r\n Required:<UserType:FederatedBusiness>",
        (Sign.APP_PASSWORD,),
    ),
    Sample("the reason alone", "AppPasswordRequired", (Sign.APP_PASSWORD,)),
    Sample(
        "smart quotes and dashes",
        "\u201cX\u2011AutoDiscovery\u2011Error\u201d: "
        "\u2018LiveIdBasicAuth\u200b:AppPasswordRequired:\u2026\u2019",
        (Sign.APP_PASSWORD,),
    ),
    Sample("a number alone", "456", (Sign.HTTP_456,)),
    Sample("a number in words", "HTTP error 456", (Sign.HTTP_456,)),
    Sample(
        "what HTTP 456 was seen with",
        "HTTP 456: See details on Raw tab. AADSTS50076: Due to a configuration change made by your "
        "administrator, "
        "or because you moved to a new location, you must use multi-factor authentication to access ''.",
        (Sign.MFA_REQUIRED, Sign.HTTP_456),
        f"{GITHUB}/jprknight/Office365FiddlerExtension/issues/31",
    ),
    # --- other reasons
    Sample(
        "basic authentication blocked",
        "HTTP/1.1 401 Unauthorized\nX-AutoDiscovery-Error: LiveIdBasicAuth:BasicAuthBlocked..",
        (Sign.BASIC_BLOCKED, Sign.HTTP_401),
        LAB,
    ),
    Sample("blocked, in words", "Basic Auth Blocked", (Sign.BASIC_BLOCKED,), SPRAY),
    Sample("blocked, by status", "BasicAuthBlockStatus - Deny", (Sign.BASIC_BLOCKED,), SPRAY),
    Sample("blocked, by user", "BlockBasicAuth - User blocked", (Sign.BASIC_BLOCKED,), SPRAY),
    Sample(
        "the federation service not reached",
        "HTTP/1.1 503 Service Unavailable\nCache-Control: private\nRetry-After: 30\nServer: "
        "Microsoft-IIS/8.0\n"
        "request-id: 33c23dc6-2359-44a5-a819-03f3f8e85aae\nX-AutoDiscovery-Error: LiveIdBasicAuth:"
        "FederatedStsUnreachable:<X-forwarded-for:10.0.0.1><FederatedSTSFailure>System.Net.WebException: The "
        "underlying connection was closed: An unexpected error occurred on a send.;",
        (Sign.STS_FAILED, Sign.HTTP_5XX),
        TLS_DOCS,
    ),
    Sample("a wrong password", "LiveIdBasicAuth:InvalidCreds:<UserType:Managed>", (Sign.BAD_PASSWORD,)),
    Sample("an expired password", "LiveIdBasicAuth:ExpiredCreds:<X>", (Sign.EXPIRED_PASSWORD,)),
    Sample(
        "an unfamiliar place",
        "LiveIdBasicAuth:RecoverableAuthFailed:<UnfamiliarLocation>",
        (Sign.UNFAMILIAR,),
    ),
    Sample("a token is wanted", "LiveIdBasicAuth:OAuthRequired:<x>", (Sign.OAUTH_REQUIRED,)),
    Sample("a reason nobody knows", "LiveIdBasicAuth:QuantumMismatch:<x>", (Sign.OTHER_REASON,)),
    Sample(
        "several headers at once",
        "X-AutoDiscovery-Error: LiveIdBasicAuth:InvalidCreds:<a>\n"
        f"{HEADER}\nX-AutoDiscovery-Error: LiveIdBasicAuth:InvalidCreds:<b>\nWWW-Authenticate: Basic "
        f'Realm=""',
        (Sign.BAD_PASSWORD, Sign.APP_PASSWORD),
    ),
    # --- SMTP
    Sample(
        "SMTP AUTH ends",
        "550 5.7.30 Basic authentication is not supported for Client Submission.",
        (Sign.SMTP_BASIC,),
        "Exchange team, 'Updated Exchange Online SMTP AUTH Basic Authentication Deprecation Timeline'",
    ),
    Sample(
        "basic authentication is disabled, from a Java program",
        "DEBUG SMTP: AUTH LOGIN failed\njavax.mail.AuthenticationFailedException: 535 5.7.139 Authentication "
        "unsuccessful, basic authentication is disabled. [BM1P287CA0015.INDP287.PROD.OUTLOOK.COM]",
        (Sign.SMTP_BASIC,),
        f"{GITHUB}/rpremraj/mailR/issues/107",
    ),
    Sample(
        "wrong credentials, from a Python program",
        "ERROR: (535, b'5.7.139 Authentication unsuccessful, the user credentials were incorrect. "
        "[PH0PR07CA0004.namprd07.prod.outlook.com]')",
        (Sign.SMTP_PASSWORD,),
        f"{GITHUB}/codassassin/email-bomber-v2.0/issues/1",
    ),
    Sample(
        "off for the mailbox",
        "Invalid Username/Password: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is "
        "disabled "
        "for the Mailbox.",
        (Sign.SMTP_OFF,),
        "a public manual of a program that sends by SMTP AUTH",
    ),
    Sample(
        "off for the organisation",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
        "https://aka.ms/smtp_auth_disabled for more information.",
        (Sign.SMTP_OFF,),
        "learn.microsoft.com, 'Enable or disable authenticated client SMTP submission'",
    ),
    Sample(
        "refused by a rule",
        "530 5.7.57 Client not authenticated to send mail. [BL0PR.prod.outlook.com] 535 5.7.139 "
        "Authentication "
        "unsuccessful, the request did not meet the criteria to be authenticated successfully. Contact your "
        "administrator.",
        (Sign.SMTP_CRITERIA, Sign.SMTP_ANONYMOUS),
        "a public project's log of 5 August 2026",
    ),
    Sample(
        "locked by security defaults",
        "535 5.7.139 user is locked by your organization's security defaults policy.",
        (Sign.SMTP_CRITERIA,),
    ),
    Sample(
        "unsuccessful, from a server program",
        "Unable to send mail: 535 5.7.3 Authentication unsuccessful",
        (Sign.SMTP_PASSWORD,),
        f"{GITHUB}/thingsboard/thingsboard/issues/13935",
    ),
    # --- POP and IMAP
    Sample(
        "IMAP from a migration",
        "Host2 failure: Error login on [outlook.office365.com] with user [****] auth [LOGIN]: 2 NO LOGIN "
        "failed.",
        (Sign.IMAP_POP_REFUSED,),
        f"{GITHUB}/imapsync/imapsync/issues/317",
    ),
    Sample(
        "IMAP in a trace",
        "C: A00000001 AUTHENTICATE PLAIN XXXXXXXX\nS: A00000001 NO AUTHENTICATE failed.\nC: A00000003 LOGOUT",
        (Sign.IMAP_POP_REFUSED,),
        f"{GITHUB}/jstedfast/MailKit/issues/460",
    ),
    Sample(
        "IMAP from a filter",
        "1011 NO LOGIN failed.",
        (Sign.IMAP_POP_REFUSED,),
        f"{GITHUB}/lefcha/imapfilter/issues/258",
    ),
    Sample(
        "POP",
        "unexpected data: -ERR Logon failure: unknown user name or bad password.",
        (Sign.IMAP_POP_REFUSED,),
        f"{GITHUB}/nicm/fdm/issues/123",
    ),
    Sample(
        "IMAP with the reason",
        "b'[AUTHENTICATIONFAILED] AuthFailed:LogonDenied-BasicAuthBlocked-<UserType:OutlookCom> "
        "LogonFailed-BasicAuthBlocked'",
        (Sign.BASIC_BLOCKED, Sign.IMAP_POP_REFUSED),
        "a public mail client's tests",
    ),
    Sample("connected to nothing", "A1 BAD User is authenticated but not connected.", (Sign.PROTOCOL_OFF,)),
    # --- sign-in
    Sample(
        "a second factor is wanted",
        "AADSTS50079: The user is required to use multi-factor authentication.",
        (Sign.MFA_REQUIRED,),
    ),
    Sample(
        "the second factor failed",
        "AADSTS500121: Authentication failed during strong authentication request.",
        (Sign.MFA_FAILED,),
    ),
    Sample("locked", "AADSTS50053: You've tried to sign in too many times.", (Sign.LOCKED,)),
    Sample("disabled", "AADSTS50057: The user account is disabled.", (Sign.DISABLED,)),
    Sample(
        "not known", "AADSTS50034: The user account does not exist in the directory.", (Sign.UNKNOWN_ACCOUNT,)
    ),
    Sample(
        "blocked by a policy",
        "AADSTS53003: Access has been blocked by Conditional Access policies.",
        (Sign.POLICY_BLOCKED,),
    ),
    Sample(
        "a phone is broken", "Lee's phone is broken and the authenticator app with it", (Sign.LOST_FACTOR,)
    ),
    Sample(
        "a new phone",
        "she has a new phone, and sign-in fails: AADSTS500121",
        (Sign.MFA_FAILED, Sign.LOST_FACTOR),
    ),
    # --- Outlook and the analyzer
    Sample(
        "modern authentication turned off",
        r"HKEY_CURRENT_USER\SOFTWARE\Microsoft\Office\16.0\Common\Identity    EnableADAL    REG_DWORD    0x0",
        (Sign.MODERN_OFF_HERE,),
    ),
    Sample(
        "Outlook 2013 shows itself",
        "User-Agent: Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.4569; Pro)\nHTTP/1.1 "
        "401 Unauthorized",
        (Sign.HTTP_401,),
        outlook=Outlook.V2013,
    ),
    Sample(
        "Outlook 2010 in words",
        "Outlook 2010 keeps asking, error (401) Unauthorized",
        (Sign.HTTP_401,),
        outlook=Outlook.OLD,
    ),
    Sample(
        "a name that is not there",
        "Testing TCP port 443 on host autodiscover.contoso.com: Host name autodiscover.contoso.com "
        "couldn't be "
        "resolved in DNS InfoDomainNonexistent.",
        (Sign.DNS_FAILED,),
    ),
    Sample(
        "a bad certificate",
        "The SSL certificate failed one or more certificate validation checks.",
        (Sign.TLS_FAILED,),
    ),
    Sample(
        "a browser's view",
        '<Error Time="10:26:43.6042510" Id="2672970607"><ErrorCode>600</ErrorCode><Message>Invalid '
        "Request</Message>",
        (Sign.EMPTY_REQUEST,),
        f"{GITHUB}/sensepost/ruler/issues/103",
    ),
    Sample(
        "no mailbox",
        '"code": "MailboxNotEnabledForRESTAPI", "message": "The mailbox is either inactive"',
        (Sign.NO_MAILBOX,),
    ),
    Sample(
        "web services off",
        "The remote server returned an error: (403) Forbidden. EWS is disabled",
        (Sign.EWS_OFF, Sign.HTTP_403),
    ),
    Sample("too many requests", "Status Code: 429", (Sign.HTTP_429,)),
    Sample("nothing at the address", "HTTP/1.1 404 Not Found", (Sign.HTTP_404,)),
)
