"""Which account in Entra an account in the chat belongs to, and what bars it from doing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from approvals.errors import Gone
from approvals.model import Person
from bot.entra.users import Found, User, Users
from bot.people.chat import Account
from bot.people.rules import MatchBy, Rules

OTHER_WORKSPACE: Final = "Your account belongs to another workspace."
UNKNOWN: Final = "Slack knows no such account."


@dataclass(frozen=True, slots=True)
class Bound:
    """Who an account is; ``barred`` says in words why it may do nothing, and is empty otherwise."""

    person: Person | None
    barred: str


def bar(rules: Rules, account: Account) -> str:
    """Say what bars *account* whoever it is bound to, or nothing."""
    if account.stranger or account.team != rules.home:
        return OTHER_WORKSPACE
    if account.deleted:
        return "Your Slack account is deactivated."
    if account.bot:
        return "Apps and bots may do nothing here."
    return "Guests of the workspace may do nothing here." if account.guest else ""


async def bind(users: Users, rules: Rules, accounts: Sequence[Account]) -> list[Bound]:
    """Bind all of *accounts*, in their order. What cannot be read raises: it must not look like nobody."""
    match rules.match_by:
        case MatchBy.TABLE:
            return await _by_table(users, rules, accounts)
        case MatchBy.EMAIL:
            return await _by_email(users, accounts)


async def _by_table(users: Users, rules: Rules, accounts: Sequence[Account]) -> list[Bound]:
    listed = [account.chat for account in accounts if account.chat in rules.table]
    found = dict(zip(listed, await users.by_keys([rules.table[chat] for chat in listed]), strict=True))
    unlisted = Bound(None, "Your Slack account stands in no line of people.table.")
    return [_entered(found[account.chat]) if account.chat in found else unlisted for account in accounts]


def _entered(found: Found) -> Bound:
    match found:
        case User():
            return _judged(found)
        case Gone():
            return Bound(None, "The account that people.table names for you does not exist in Entra.")
        case error:
            raise error


async def _by_email(users: Users, accounts: Sequence[Account]) -> list[Bound]:
    """Bind by the confirmed address, which must be a UPN or proxy address of one enabled member."""
    addresses = sorted({account.email for account in accounts if _is_confirmed(account)})
    found = dict(zip(addresses, await users.with_address(addresses), strict=True))
    unconfirmed = Bound(None, "Slack has not confirmed your e-mail address.")
    return [
        _matched(account.email, found[account.email]) if _is_confirmed(account) else unconfirmed
        for account in accounts
    ]


def _is_confirmed(account: Account) -> bool:
    return account.email_confirmed and account.email != ""


def _matched(address: str, found: Sequence[User]) -> Bound:
    signing = [one for one in found if address.casefold() in one.signs]
    members = [one for one in signing if one.enabled and not one.guest]
    match members, signing:
        case [one], _:
            return _judged(one)
        case [], [one]:
            return _judged(one)
        case [], _:
            return Bound(None, "No enabled member in Entra has your Slack account's e-mail address.")
        case _:
            return Bound(None, "Several members in Entra have your Slack account's e-mail address.")


def _judged(user: User) -> Bound:
    if user.guest:
        return Bound(user.person, "Your account in Entra is a guest's.")
    return Bound(user.person, "" if user.enabled else "Your account in Entra is disabled.")
