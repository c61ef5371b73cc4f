"""Changes that stay, in words: what is asked, what it brings about, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from approvals.model import (
    Change,
    EnableMfa,
    OneShot,
    Person,
    PhonePlace,
    Preference,
    Protection,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
)
from bot.slack.render.text import mention, plain, sentence

PLACES: Final[Mapping[PhonePlace, str]] = {
    PhonePlace.MOBILE: "mobile phone",
    PhonePlace.ALTERNATE_MOBILE: "second mobile phone",
    PhonePlace.OFFICE: "office phone",
}
METHODS: Final[Mapping[Preference, str]] = {
    Preference.PUSH: "Microsoft Authenticator (push)",
    Preference.OATH: "an app's or token's code (oath)",
    Preference.SMS: "text message (sms)",
    Preference.VOICE_MOBILE: "call to the mobile phone (voiceMobile)",
    Preference.VOICE_ALTERNATE_MOBILE: "call to the second mobile phone (voiceAlternateMobile)",
    Preference.VOICE_OFFICE: "call to the office phone (voiceOffice)",
}
SECURITY_INFO: Final = "https://aka.ms/mysecurityinfo"
STEPS: Final = f"""\
1. Install *Microsoft Authenticator* on the phone, from the App Store or Google Play.
2. On a computer open {SECURITY_INFO} and sign in.
3. Choose *Add sign-in method*, then *Authenticator app*, and follow it until a QR code is shown.
4. In the app choose *Add account*, *Work or school account*, and scan the code.
5. Approve the test that is sent to the app, and choose *Done*.
6. Under *Default sign-in method* choose the app."""
REMARK: Final = 300
REMARKS: Final = 9
"""With these bounds all of them fit in one section."""


def heading(action: OneShot, name: str) -> str:
    """Return what is asked for somebody of this *name*, in half a line."""
    match action:
        case SetPhone(place=place, shown=shown):
            return f"Set the {PLACES[place]} of {plain(name)} to {plain(shown)}"
        case SetDefaultMethod(method=method):
            return f"Make {method} the default method of {plain(name)}"
        case EnableMfa(to=to):
            return f"Turn MFA on for {plain(name)} ({to})"
        case SetUp():
            return f"Set phone, default method and MFA of {plain(name)}"
        case never:
            assert_never(never)


def brings_about(request: Request, action: OneShot) -> str:
    """Return what an approval brings about."""
    match action:
        case SetUp(changes=changes, made=made):
            rows = [
                f"{number}. {_brings(request, change)}{' *Done.*' if number <= made else ''}"
                for number, change in enumerate(changes, 1)
            ]
            return "\n".join([*rows, "In this order; each is read back, and the first that fails ends it."])
        case SetPhone() | SetDefaultMethod() | EnableMfa():
            return _brings(request, action)
        case never:
            assert_never(never)


def remarks(request: Request) -> str:
    """Return what was found when it was asked, a line each."""
    return "\n".join(f"• {sentence(one, REMARK)}" for one in request.briefing.remarks[:REMARKS])


def being_made(action: OneShot, name: str) -> str:
    """Return what Entra is asked for."""
    return f"Entra is asked to {_asked(action)} of {plain(name)}, and a read has to show it."


def guided(person: Person, method: Preference) -> str:
    """Return what was done for somebody who has set up no app."""
    name = plain(person.name)
    why = f"Nothing was changed: {name} has set up no app, so {method} cannot be the default."
    if person.chat is None:
        return f"{why} {name} has no account here to be told; pass this on:\n{STEPS}"
    return f"{why} {mention(person)} is sent these steps:\n{STEPS}"


def not_made(action: OneShot) -> str:
    """Return what is and is not so after a failure."""
    if not isinstance(action, SetUp):
        return "No read has shown the change."
    done = [_short(change) for change in action.changes[: action.made]]
    left = [_short(change) for change in action.changes[action.made :]]
    return f"Done: {', '.join(done) or 'nothing'}. Not done: {', '.join(left)}."


def warning(action: OneShot, whom: str) -> str:
    """Return what Slack asks before an approval, about *whom*."""
    match action:
        case SetPhone(place=place, shown=shown):
            return (
                f"Sets the {PLACES[place]} of {whom} to {plain(shown)}. Whoever has it can sign in with it."
            )
        case SetDefaultMethod(method=method):
            return f"Makes {method} the default method of {whom}."
        case EnableMfa(to=to):
            return f"Turns MFA on for {whom}: {to}."
        case SetUp(phone=SetPhone(shown=shown), default=default, enable=enable):
            return f"For {whom}: phone {plain(shown)}, default {default.method}, MFA {enable.to}."
        case never:
            assert_never(never)


def _brings(request: Request, change: Change) -> str:
    match change:
        case SetPhone(place=place, shown=shown):
            return (
                f"Registers {plain(shown)} as {PLACES[place]}: a second factor, and good for password reset."
            )
        case SetDefaultMethod(method=method):
            return f"At sign-in Entra offers {METHODS[method]} first."
        case EnableMfa(to=to):
            return f"Per-user MFA: {request.briefing.protection} → *{to}*. {_next_sign_in(request, to)}"
        case never:
            assert_never(never)


def _next_sign_in(request: Request, to: Protection) -> str:
    if to is Protection.ENFORCED:
        return "From the next sign-in a second factor is asked for; legacy apps then need an app password."
    if request.briefing.second_factors:
        return "A second factor is registered, so Entra makes it *enforced* and asks for it from now on."
    return "At the next sign-in a second factor has to be registered; legacy apps work until then."


def _asked(action: OneShot) -> str:
    match action:
        case SetPhone(place=place):
            return f"set the {PLACES[place]}"
        case SetDefaultMethod():
            return "set the default method"
        case EnableMfa():
            return "turn on the MFA"
        case SetUp():
            return "set phone, default method and MFA"
        case never:
            assert_never(never)


def _short(change: Change) -> str:
    match change:
        case SetPhone():
            return "phone"
        case SetDefaultMethod():
            return "default method"
        case EnableMfa():
            return "MFA"
        case never:
            assert_never(never)
