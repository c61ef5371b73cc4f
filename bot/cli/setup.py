"""``relatch manifest`` and ``relatch entra-setup``: what an administrator sets up outside."""

from __future__ import annotations

import json
import os
import sys
from typing import Final, Literal, assert_never

from rich.console import Console
from rich.table import Table

from bot.cli.reading import Https
from bot.config import Exchange, load_policy
from bot.entra.grants import Grant, azure_cli, cloud_of, grants, powershell
from bot.exchange import grants as on_exchange
from bot.exchange.grants import ExchangeGrant, exchange_grants
from bot.exit_codes import DONE, USAGE
from bot.reviewed import features_of
from bot.slack.manifest import manifest as slack_manifest

YOUR_HOST: Final = "https://relatch.contoso.com"
YOUR_ID: Final = "YOUR-APPLICATION-ID"
GUARD: Final = """\
Grant these with admin consent, and no others: never User.ReadWrite.All, never a permission to write
roles. Whoever holds this credential can lower anybody's MFA: guard it."""


def manifest(base_url: Https | None = None, /, *, socket: bool = False) -> int:
    """Print the Slack app's manifest, as JSON (which is YAML too).

    Parameters
    ----------
    base_url
        Where Slack reaches the bot from the internet (HTTP mode); https://relatch.contoso.com unless given.
    socket
        For Socket Mode, which needs no address; so it is without it where SLACK_APP_TOKEN is set and no
        address is given.
    """
    if socket and base_url:
        sys.stderr.write("relatch: in Socket Mode the bot has no address: leave out one of the two\n")
        return USAGE
    through = socket or (base_url is None and bool(os.environ.get("SLACK_APP_TOKEN", "").strip()))
    shown = slack_manifest(None if through else base_url or YOUR_HOST)
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    return DONE


def entra_setup(*, script: Literal["powershell", "azure-cli"] | None = None, national: bool = False) -> int:
    """Print the least application permissions that the policy needs.

    Parameters
    ----------
    script
        The consent as a script instead of a table: powershell or azure-cli.
    national
        For a national cloud, which lacks some of the granular permissions; so it is without it where
        RELATCH_GRAPH_URL is in one.
    """
    cloud = cloud_of(os.environ.get("RELATCH_GRAPH_URL", "").strip())
    policy = load_policy()
    needed = grants(features_of(policy, national=national or cloud is not None))
    exchange = policy.exchange or Exchange()
    more = exchange_grants(admin_api=exchange.admin_api, invoke_command=exchange.invoke_command)
    client = os.environ.get("AZURE_CLIENT_ID", "") or YOUR_ID
    match script:
        case None:
            _print_table(needed, more)
        case "powershell":
            sys.stdout.write(powershell(client, needed, cloud))
            sys.stdout.write(on_exchange.powershell(more) if more else "")
        case "azure-cli":
            sys.stdout.write(azure_cli(client, needed, cloud))
            sys.stdout.write(on_exchange.azure_cli(client, more) if more else "")
        case never:
            assert_never(never)
    return DONE


def _print_table(needed: tuple[Grant, ...], more: tuple[ExchangeGrant, ...]) -> None:
    table = Table("application permission", "needed to", box=None)
    for one in needed:
        table.add_row(one.permission, one.why)
    for other in more:
        table.add_row(other.permission, f"{other.why} (of Office 365 Exchange Online); and {other.role}")
    console = Console(soft_wrap=True)
    console.print(table)
    console.print(f"\n{GUARD}")
