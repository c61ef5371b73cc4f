"""A picture of somebody of whom nothing else asks, to be changed by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from approvals.model import ChangesNothing, Hindrance, RequestId, Source
from approvals.service import Refused, Unconfirmed
from commands.model import Doubtful
from commands.picture import (
    Access,
    Elsewhere,
    Idp,
    Picture,
    Preference,
    Registration,
    SignIn,
    SignInDomain,
)

QUIET = Elsewhere(security_defaults=False, access=Access(()), domain=SignInDomain("contoso.com", Idp.MANAGED))
PICTURE = Picture(
    preference=Preference(method="Authenticator push", system_preferred=False),
    registration=Registration(
        registered=True,
        capable=True,
        passwordless=False,
        password_reset=True,
        at=datetime(2026, 11, 21, 19, 40, tzinfo=UTC),
    ),
    elsewhere=QUIET,
)

NOW = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)
DOUBTFUL = Doubtful(
    Unconfirmed(
        Refused("preflight", "“<!here>” asks all the same.", "Ask anyway.", NOW, RequestId(31)),
        ChangesNothing((Hindrance(Source.CONDITIONAL_ACCESS, "<!here>"),)),
        timedelta(hours=1),
    ),
    "/mfa disable lee-id for 1h because phone broken",
)
SIGN_INS = (
    SignIn(at=NOW, app="Office 365 Exchange Online", client="IMAP4", where="NL", problem="", legacy=True),
    SignIn(at=NOW, app="<!here>", client="", where="", problem="wrong password (50126)", legacy=False),
)
