"""What Graph tells of mail: licences, mailbox settings, inbox rules, contacts, and the usage report.

Graph docs, "mailboxSettings", "messageRule", "licenseDetails", "orgContact", "getMailboxUsageDetail". The
report is answered with a 302 to an address that needs no token, good for a few minutes; whoever brings one
there is found out.
"""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256

from bot.sim.tenant.mail_model import NO_MAILBOX, PURPOSES, Contact, Mailbox
from bot.sim.tenant.model import User
from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.users import found
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, not_found

DOWNLOAD = "reportdownload"
LAG = timedelta(days=2)
REASONS = {
    404: "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
    403: "Access is denied. Check credentials and try again.",
    503: "The mailbox is being moved.",
}
COLUMNS = (
    *("Report Refresh Date", "User Principal Name", "Display Name", "Is Deleted", "Deleted Date"),
    *("Created Date", "Last Activity Date", "Item Count", "Storage Used (Byte)"),
    *("Issue Warning Quota (Byte)", "Prohibit Send Quota (Byte)", "Prohibit Send/Receive Quota (Byte)"),
    *("Deleted Item Count", "Deleted Item Size (Byte)", "Deleted Item Quota (Byte)"),
    *("Has Archive", "Report Period"),
)


def licences(call: Call) -> Answer:
    """Answer ``GET /users/{id}/licenseDetails``."""
    user = found(call)
    listed = [
        {
            "id": one.sku_id,
            "skuId": one.sku_id,
            "skuPartNumber": one.part,
            "servicePlans": [
                {"servicePlanName": name, "provisioningStatus": status, "appliesTo": "User"}
                for name, status in one.plans
            ],
        }
        for one in user.licences
    ]
    return collection(call, listed, Listing(f"users('{user.id}')/licenseDetails"))


def settings(call: Call) -> Answer:
    """Answer ``GET /users/{id}/mailboxSettings``; Exchange's error where it has no mailbox for them."""
    user = found(call)
    mailbox = _mailbox(call, user)
    purpose = PURPOSES.get(mailbox.kind, "others") if mailbox.purpose is None else mailbox.purpose
    body = {
        "@odata.context": call.context(f"users('{user.id}')/mailboxSettings"),
        "automaticRepliesSetting": dict(mailbox.replies),
        "timeZone": "W. Europe Standard Time",
        "language": {"locale": "en-GB", "displayName": "English (United Kingdom)"},
        "userPurpose": purpose,
    }
    return Answer(body=body)


def rules(call: Call) -> Answer:
    """Answer ``GET /users/{id}/mailFolders/inbox/messageRules``."""
    user = found(call)
    context = f"users('{user.id}')/mailFolders('inbox')/messageRules"
    return collection(call, _mailbox(call, user).rules, Listing(context))


def contacts(call: Call) -> Answer:
    """Answer ``GET /contacts``."""
    return collection(call, map(_contact, call.tenant.contacts.values()), CONTACTS)


def get_contact(call: Call) -> Answer:
    """Answer ``GET /contacts/{id}``."""
    contact = call.tenant.contacts.get(call.keys["contact"].casefold())
    if contact is None:
        raise not_found(call.keys["contact"])
    return Answer(body={"@odata.context": call.context("contacts/$entity"), **_contact(contact)})


def usage(call: Call) -> Answer:
    """Answer ``GET /reports/getMailboxUsageDetail(period='D7')`` with where the report is fetched."""
    return Answer(status=302, headers={"Location": f"{call.origin}/{DOWNLOAD}/{call.received.request_id}"})


def download(call: Call) -> Answer | None:
    """Answer a fetch of the report; None for any other path."""
    if call.received.method != "GET" or call.segments[0] != DOWNLOAD:
        return None
    issued = {one.request_id for one in call.tenant.journal.requests if one.path.startswith("/reports/")}
    if "authorization" in call.headers or call.segments[-1] not in issued:
        return Answer(status=400, body="<html><body>Bad Request</body></html>")
    return Answer(body=report(call.tenant), headers={"Content-Type": "application/octet-stream"})


def report(tenant: Tenant) -> str:
    """Return the usage report as it is written: with a mark at its beginning, two days old."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows(_rows(tenant, (tenant.now() - LAG).date()))
    return f"\ufeff{text.getvalue()}"


def _rows(tenant: Tenant, refreshed: date) -> Iterable[tuple[object, ...]]:
    for mailbox in tenant.mailboxes.values():
        owner = tenant.users.get(mailbox.owner) or tenant.deleted.get(mailbox.owner)
        if owner is None or not mailbox.online:
            continue
        gone = mailbox.owner in tenant.deleted
        names = (owner.upn, owner.display_name)
        shown = [sha256(name.encode()).hexdigest()[:32].upper() for name in names]
        yield (
            refreshed.isoformat(),
            *(shown if tenant.conceals_names else names),
            gone,
            refreshed.isoformat() if gone else "",
            owner.created_at.date().isoformat(),
            mailbox.last_activity.isoformat() if mailbox.last_activity else "",
            *(mailbox.items, mailbox.used, mailbox.warns_at, mailbox.stops_sending_at, mailbox.stops_at),
            *(17, 1_234_567, 32_212_254_720, False, 7),
        )


def _mailbox(call: Call, user: User) -> Mailbox:
    mailbox = call.tenant.mailboxes.get(user.id)
    if mailbox is not None and mailbox.online and not mailbox.inactive and mailbox.refusal is None:
        return mailbox
    status, code = (mailbox.refusal if mailbox else None) or NO_MAILBOX
    raise Rejected(status, code, REASONS.get(status, "The request failed."))


def _contact(one: Contact) -> Json:
    return {"id": one.id, "displayName": one.name, "mail": one.mail, "proxyAddresses": list(one.proxies)}


CONTACTS = Listing("contacts", frozenset({"id", "displayName", "mail", "proxyAddresses"}))
LICENCES = frozenset(
    {"LicenseAssignment.Read.All", "User.Read.All", "Directory.Read.All", "User.ReadWrite.All"}
)
SETTINGS = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
CONTACT = frozenset({"OrgContact.Read.All", "Directory.Read.All"})
REPORTS = frozenset({"Reports.Read.All"})
ROUTES = (
    Route(method="GET", path="users/{user}/licenseDetails", needs=LICENCES, handler=licences),
    Route(method="GET", path="users/{user}/mailboxSettings", needs=SETTINGS, handler=settings),
    Route(method="GET", path="users/{user}/mailFolders/inbox/messageRules", needs=SETTINGS, handler=rules),
    Route(method="GET", path="contacts", needs=CONTACT, handler=contacts),
    Route(method="GET", path="contacts/{contact}", needs=CONTACT, handler=get_contact),
    Route(method="GET", path="reports/getMailboxUsageDetail(period='D7')", needs=REPORTS, handler=usage),
)
