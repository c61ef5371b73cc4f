"""What each sign proves, what it does not, and which steps it calls for.

Sources: Microsoft's docs on the deprecation of basic authentication, on SMTP AUTH (Exchange team, 27 January
2026: off by default for existing tenants at the end of December 2026) and on app passwords.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commands.diagnosis.model import Sign, Step


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sign proves and what it does not, in a sentence each, and what to do about it."""

    proves: str
    does_not: str
    steps: tuple[Step, ...]


_CLIENT: Final = (Step.CLIENT, Step.REGISTRY, Step.PROFILE, Step.CLOCK, Step.MAILBOX, Step.TENANT, Step.RULES)
_BASIC: Final = "The client sent a password where Exchange Online takes only a token."
_NOT_MFA: Final = (
    "That turning MFA off would help: Exchange Online refuses basic authentication whatever the MFA "
    "state, and "
    "app passwords are basic authentication too."
)
_CREDENTIALS: Final = (Step.PASSWORD, Step.PROFILE, Step.SIGN_IN_LOG)
_SMTP: Final = (Step.SMTP_MODERN, Step.MAILBOX)

MEANINGS: Final[Mapping[Sign, Meaning]] = {
    Sign.APP_PASSWORD: Meaning(
        f"{_BASIC} The account has to use a second factor, which a password alone cannot bring.",
        _NOT_MFA,
        (*_CLIENT, Step.INTERIM),
    ),
    Sign.HTTP_456: Meaning(
        f"{_BASIC} Microsoft's sign-in service wanted more than that: 456 is its own number for it.",
        _NOT_MFA,
        (*_CLIENT, Step.INTERIM),
    ),
    Sign.BASIC_BLOCKED: Meaning(
        f"{_BASIC} The password was not even looked at.",
        f"That the password is wrong. {_NOT_MFA}",
        (*_CLIENT, Step.INTERIM),
    ),
    Sign.OAUTH_REQUIRED: Meaning(_BASIC, _NOT_MFA, (*_CLIENT, Step.INTERIM)),
    Sign.MODERN_OFF_HERE: Meaning(
        "Modern authentication was turned off on this computer, as an old guide used to advise.",
        "Anything about the account or its MFA.",
        (Step.REGISTRY, Step.PROFILE, Step.INTERIM),
    ),
    Sign.BAD_PASSWORD: Meaning(
        "The password that was sent is not the account's.",
        "That MFA is in the way: it was not reached. A stale password in Windows looks the same.",
        _CREDENTIALS,
    ),
    Sign.EXPIRED_PASSWORD: Meaning(
        "The password has expired or has to be changed.",
        "That MFA is in the way.",
        (Step.PASSWORD, Step.PROFILE),
    ),
    Sign.UNFAMILIAR: Meaning(
        "The sign-in looked risky: an unfamiliar place or device.",
        "That the password is wrong, or that MFA should be off: this is when it is needed.",
        (Step.CLIENT, Step.SIGN_IN_LOG, Step.INTERIM),
    ),
    Sign.STS_FAILED: Meaning(
        "Exchange Online handed the password to the federation service, which failed or was not reached. The "
        "client sent a password.",
        "That the password is wrong, or that MFA is in the way.",
        (Step.FEDERATION, Step.CLIENT, Step.REGISTRY, Step.INTERIM),
    ),
    Sign.OTHER_REASON: Meaning(
        "The client sent a password (LiveIdBasicAuth), and it was refused for the reason that is named.",
        "That turning MFA off would help.",
        (*_CLIENT, Step.SIGN_IN_LOG, Step.INTERIM),
    ),
    Sign.MFA_REQUIRED: Meaning(
        "Sign-in wants a second factor, and the client did not show its page or the person did not finish "
        "it.",
        "Which rule asks for it: the per-user state, Conditional Access, security defaults or the "
        "federation.",
        (Step.CLIENT, Step.PROFILE, Step.RULES, Step.INTERIM, Step.OTHER_FACTOR),
    ),
    Sign.MFA_FAILED: Meaning(
        "The password was right, and the second factor was declined, too late or not to be had.",
        "That the factor is lost, or that it was the person: a request nobody expected is an attack.",
        (Step.SIGN_IN_LOG, Step.RULES, Step.OTHER_FACTOR, Step.ACCESS_PASS),
    ),
    Sign.LOST_FACTOR: Meaning(
        "Somebody says that a second factor is lost or new.",
        "That it is so: see first that it is the person who asks.",
        (Step.RULES, Step.OTHER_FACTOR, Step.ACCESS_PASS),
    ),
    Sign.LOCKED: Meaning(
        "The account is locked, after too many wrong passwords or from a bad address.",
        "That MFA is in the way. An old phone with a stale password does this all day.",
        (Step.WAIT, Step.PROFILE, Step.SIGN_IN_LOG),
    ),
    Sign.DISABLED: Meaning("The account is disabled.", "That MFA is in the way.", (Step.ACCOUNT,)),
    Sign.UNKNOWN_ACCOUNT: Meaning(
        "The tenant that was asked knows no such account.",
        "That the person has no mailbox: the name may be misspelt, or of another tenant.",
        (Step.MAILBOX, Step.PROFILE),
    ),
    Sign.POLICY_BLOCKED: Meaning(
        "A Conditional Access policy blocked it, for the client, the device or the place.",
        "That per-user MFA has anything to do with it: turning that off changes nothing here.",
        (Step.SIGN_IN_LOG, Step.RULES, Step.CLIENT, Step.INTERIM),
    ),
    Sign.SMTP_BASIC: Meaning(
        "A device or program sends mail with a user name and a password, and Exchange Online does not "
        "take them.",
        "That the password is wrong, or that turning MFA off would help.",
        (Step.SMTP_SWITCH, *_SMTP),
    ),
    Sign.SMTP_OFF: Meaning(
        "SMTP AUTH is turned off for this mailbox, or for all of the organisation.",
        "That the password is wrong, or that MFA is in the way.",
        (Step.SMTP_SWITCH, *_SMTP),
    ),
    Sign.SMTP_CRITERIA: Meaning(
        "The password may be right: security defaults or a Conditional Access policy refuse this way of "
        "sending.",
        "That per-user MFA is the cause: with it alone the answer is another one.",
        (Step.SIGN_IN_LOG, Step.RULES, *_SMTP),
    ),
    Sign.SMTP_PASSWORD: Meaning(
        "Exchange Online does not take this user name with this password for sending.",
        "That the password is wrong: with MFA on, the right one is answered the same.",
        (Step.PASSWORD, Step.SMTP_SWITCH, *_SMTP),
    ),
    Sign.SMTP_ANONYMOUS: Meaning(
        "The device tried to send without signing in, or after a sign-in that was refused.",
        "Why the sign-in was refused: the line before this one tells it.",
        (Step.SMTP_SWITCH, *_SMTP),
    ),
    Sign.IMAP_POP_REFUSED: Meaning(
        "A mail program signed in by POP or IMAP with a password. Exchange Online takes only tokens "
        "there, and "
        "answers a right password the same way.",
        "That the password is wrong, or that turning MFA off would help.",
        (Step.CLIENT, Step.PROTOCOL, Step.MAILBOX, Step.INTERIM),
    ),
    Sign.PROTOCOL_OFF: Meaning(
        "The sign-in worked; the mailbox may not be used with this protocol, or belongs to somebody else.",
        "That anything is wrong with password or MFA.",
        (Step.PROTOCOL, Step.MAILBOX),
    ),
    Sign.EWS_OFF: Meaning(
        "Exchange Web Services are off: for most tenants since October 2026, for all from April 2027.",
        "That anything is wrong with password or MFA.",
        (Step.CLIENT, Step.TENANT, Step.INTERIM),
    ),
    Sign.NO_MAILBOX: Meaning(
        "Where it was asked there is no mailbox of this name: it is elsewhere, not there yet, or gone.",
        "That the person has none: it may be on premises, or the client asks the wrong place.",
        (Step.MAILBOX, Step.DNS),
    ),
    Sign.DNS_FAILED: Meaning(
        "A host name was not found from where the test ran.",
        "That it is missing: Autodiscover tries several names, and most are allowed not to exist.",
        (Step.DNS, Step.MAILBOX),
    ),
    Sign.TLS_FAILED: Meaning(
        "The encrypted connection failed: a certificate, or a computer that speaks only old TLS.",
        "Anything about account or MFA: nobody got that far.",
        (Step.CLOCK, Step.DNS),
    ),
    Sign.EMPTY_REQUEST: Meaning(
        "Autodiscover was opened in a browser and answered: error 600 is how it greets an empty request.",
        "That anything is wrong.",
        (Step.MAILBOX,),
    ),
    Sign.HTTP_401: Meaning(
        "The server wants the client to sign in. As the first answer of several it is normal.",
        "That the password is wrong, or that MFA is in the way: only the header beside it tells.",
        (Step.SIGN_IN_LOG, Step.CLIENT, Step.PROFILE, Step.INTERIM),
    ),
    Sign.HTTP_403: Meaning(
        "Whoever asked was known, or did not matter, and may not.",
        "Which rule refused: the sign-in log tells.",
        (Step.SIGN_IN_LOG, Step.RULES, Step.PROTOCOL),
    ),
    Sign.HTTP_404: Meaning(
        "The server has nothing at that address.",
        "That the mailbox is missing: Autodiscover tries several addresses.",
        (Step.DNS, Step.MAILBOX),
    ),
    Sign.HTTP_429: Meaning(
        "The service asked to be called less often.", "That anything is wrong.", (Step.WAIT,)
    ),
    Sign.HTTP_5XX: Meaning(
        "A server failed, or the one behind it was not reached.",
        "Anything about the account: with a federated domain it may be the federation service.",
        (Step.WAIT, Step.FEDERATION),
    ),
}

STEPS: Final[Mapping[Step, str]] = {
    Step.CLIENT: "See which client it is: Outlook's File, Office Account, or the column *Client app* of "
    "the sign-in "
    "log. Upgrade Outlook 2010 and 2013; in other programs choose the sign-in with Microsoft.",
    Step.REGISTRY: "Look at the registry values below, and restart Outlook.",
    Step.PROFILE: "Remove the stored credentials in Windows' Credential Manager, and make a new Outlook "
    "profile.",
    Step.CLOCK: "Check the computer's clock and that it speaks TLS 1.2.",
    Step.PASSWORD: "Let the person sign in at https://outlook.office.com with the same password; change "
    "it if that "
    "fails.",
    Step.ACCOUNT: "Find out why the account was disabled before it is enabled again.",
    Step.WAIT: "Wait a quarter of an hour and try once.",
    Step.MAILBOX: "See where the mailbox lives, its licence and its protocols: `/mailbox show USER`.",
    Step.PROTOCOL: "See whether the protocol is on for the mailbox (`Get-CASMailbox`), and whose mailbox "
    "it is.",
    Step.SMTP_SWITCH: "See `SmtpClientAuthenticationDisabled` of the mailbox and of the organisation. "
    "From the end of "
    "December 2026 it is off by default for existing tenants; an administrator can still turn it on.",
    Step.SMTP_MODERN: "Move the device to OAuth, to High Volume Email, or to a relay that it is allowed "
    "to use.",
    Step.TENANT: "Check that `Get-OrganizationConfig | fl OAuth2ClientProfileEnabled` is True.",
    Step.FEDERATION: "Check the domain's sign-in: `/domain check USER`.",
    Step.RULES: "See what asks for MFA: `/mfa status USER`. Conditional Access and security defaults "
    "block old clients "
    "whatever the per-user state.",
    Step.DNS: "Check autodiscover of the domain (CNAME to autodiscover.outlook.com) and old local overrides.",
    Step.SIGN_IN_LOG: "Read the person's sign-in log in the Entra admin centre: it names the rule and the "
    "client.",
    Step.INTERIM: "Until then: Outlook on the web, the new Outlook, or Outlook on a phone.",
    Step.OTHER_FACTOR: "Let the person use another registered factor, and register the new one with it.",
    Step.ACCESS_PASS: "Else a Temporary Access Pass, where the tenant has them: it lets the person sign "
    "in and register.",
    Step.ASK_FOR_PASS: "Else a Temporary Access Pass lets the person sign in and register: "
    "`/mfa pass USER because the second factor is lost`.",
}
