"""A line for each person, safe to open in a spreadsheet; what is not known is said in its cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Final, TextIO

from bot.cli.cells import cell
from bot.report.model import Picture, Suspended
from bot.report.scratch import Line
from commands.federation_model import Unread

COLUMNS: Final = (
    *("user_principal_name", "name", "type", "account", "per_user_mfa", "mfa_registered", "mfa_capable"),
    *("passwordless_capable", "administrator", "methods", "report_as_of", "suspension", "suspended_until"),
)
NOT_READ: Final = "not read"
NOT_REPORTED: Final = "not in the report"


def write(out: TextIO, lines: Iterable[Line], picture: Picture) -> None:
    """Write everybody to *out*, as they come."""
    suspended = picture.suspensions
    by_person = None if isinstance(suspended, Unread) else {one.subject: one for one in suspended}
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    reported = not isinstance(picture.registrations, Unread)
    writer.writerows(
        [cell(text) for text in (*_account(line), *_report(line, reported=reported), *_live(line, by_person))]
        for line in lines
    )


def _account(line: Line) -> tuple[str, ...]:
    one = line.account
    kind = "guest" if one.guest else "member"
    account = ("blocked" if one.blocked else "enabled") if line.listed else "not in the directory's list"
    return one.upn, one.name, kind, account, one.state or NOT_READ


def _report(line: Line, *, reported: bool) -> tuple[str, ...]:
    if not line.reported:
        return (NOT_REPORTED if reported else NOT_READ,) * 6
    one = line.registration
    flags = (one.registered, one.capable, one.passwordless, one.admin)
    as_of = one.updated.isoformat(timespec="seconds") if one.updated else NOT_REPORTED
    return *map(_flag, flags), ", ".join(one.methods), as_of


def _flag(value: bool | None) -> str:  # noqa: FBT001 - what a report says of somebody
    return NOT_REPORTED if value is None else "yes" if value else "no"


def _live(line: Line, suspended: Mapping[str, Suspended] | None) -> tuple[str, str]:
    if suspended is None:
        return NOT_READ, NOT_READ
    one = suspended.get(line.account.id)
    if one is None:
        return "", ""
    return f"{one.request} {one.state}", one.until.isoformat(timespec="seconds") if one.until else ""
