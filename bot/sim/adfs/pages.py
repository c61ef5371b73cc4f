"""The passive sign-in page of AD FS and its error page.

A relying party the farm knows gets the form; one it does not know gets an error with the number MSIS7007,
a request that is none of WS-Federation one with MSIS7065. Which HTTP status a farm gives its error pages
differs between versions; it is a setting here.
"""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from bot.sim.adfs.delivery import Document
from bot.sim.adfs.farm import Farm

CONTENT_TYPE = "text/html; charset=utf-8"
COOKIE = "MSISLoopDetectionCookie=MjAyNi0xMS0yMjoxNTo0MDowMFpcMQ==; path=/adfs; secure; HttpOnly"

UNKNOWN_PARTY = (
    "MSIS7007: The requested relying party trust '{realm}' is unspecified or unsupported. If a relying party "
    "trust was specified, it is possible that you do not have permission to access the trust relying party. "
    "Contact your administrator for details."
)
NO_HANDLER = (
    "MSIS7065: There are no registered protocol handlers on path {path} to process the incoming request."
)
PAGE = """<!DOCTYPE html>
<html lang="en-US">
<head><title>{title}</title><meta name="robots" content="noindex, nofollow" /></head>
<body dir="ltr" class="body"><div id="fullPage"><div id="contentWrapper" class="float"><div id="content">
<div id="header">{name}</div><div id="workArea">{body}</div>
</div></div></div></body>
</html>
"""
FORM = """<div id="authArea" class="groupMargin"><div id="loginArea">
<div id="loginMessage" class="groupMargin">Sign in</div>
<form method="post" id="loginForm" autocomplete="off" novalidate="novalidate" action="{action}">
<input id="userNameInput" name="UserName" type="email" value="{user}" placeholder="someone@example.com" />
<input id="passwordInput" name="Password" type="password" placeholder="Password" />
<span id="submitButton" class="submit" role="button">Sign in</span>
<input id="optionForms" type="hidden" name="AuthMethod" value="FormsAuthentication" />
</form></div></div>"""
ERROR = """<div id="errorArea"><div id="openingMessage" class="groupMargin bigText">An error occurred</div>
<div id="errorMessage" class="groupMargin">An error occurred. Contact your administrator for more information.
</div><div id="errorDetails"><ul><li>Activity ID: 00000000-0000-0000-0b00-0080000000d1</li>{details}
<li>Node name: 7b1ee3a1-0d24-4d5b-9a4c-6b3b6c0f1a2e</li><li>Cookie: enabled</li></ul></div></div>"""


def render(farm: Farm, path: str, query: Mapping[str, str]) -> Document:
    """Return the page for a request on the passive path."""
    realm = query.get("wtrealm", "")
    match query.get("wa", ""):
        case "wsignin1.0" if realm in farm.relying_parties:
            return _form(farm, path, query)
        case "wsignin1.0":
            return _error(farm, UNKNOWN_PARTY.format(realm=realm))
        case "wsignout1.0" | "wsignoutcleanup1.0":
            return _page(farm, "Sign Out", "<div>You have successfully signed out.</div>")
        case _:
            return _error(farm, NO_HANDLER.format(path=path))


def _form(farm: Farm, path: str, query: Mapping[str, str]) -> Document:
    action = escape(f"{path}?{urlencode(query)}")
    return _page(farm, "Sign In", FORM.format(action=action, user=escape(query.get("username", ""))))


def _error(farm: Farm, message: str) -> Document:
    details = f"<li>Error details: {escape(message)}</li>" if farm.sign_in.details else ""
    return _page(farm, "Error", ERROR.format(details=details), status=farm.sign_in.error_status)


def _page(farm: Farm, title: str, body: str, *, status: int = 200) -> Document:
    text = PAGE.format(title=title, name=escape(farm.display_name), body=body)
    return Document(text.encode(), CONTENT_TYPE, status, {"Set-Cookie": COOKIE, "Cache-Control": "no-store"})
