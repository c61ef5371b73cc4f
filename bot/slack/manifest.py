"""The Slack app's manifest, made from the table of commands (Slack docs, "App manifests")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from bot.slack.server import PATH
from commands.table import COMMANDS, HELP, SPECS

SCOPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "commands": "to be asked by slash commands",
        "chat:write": "to post cards, notices and pages",
        "im:write": "to tell people in direct messages",
        "users:read": "to see who somebody is, and whether they are a guest or deactivated",
        "users:read.email": "to bind people to the directory, and to find the account of a subject",
        "usergroups:read": "to see who may ask and decide, through user groups",
        "groups:read": "to see that the approvals channel is private, and that the bot is in it",
    }
)
"""What the bot's token has to allow, with the reason for each, and no more: it reads no messages."""

ABOUT: Final = {
    "/mfa": "MFA of a Microsoft 365 user: show, suspend, restore",
    "/domain": "Sign-in of a domain: show and check its federation",
    "/mailbox": "A mailbox: what it is, where it lives, why Outlook stays offline",
}


def manifest(base_url: str | None) -> dict[str, Any]:
    """Return the manifest for an app whose requests are sent to *base_url*; ``None`` is Socket Mode."""
    to = {} if base_url is None else {"url": f"{base_url.rstrip('/')}{PATH}"}
    interactivity = {"is_enabled": True, **({"request_url": to["url"]} if to else {})}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Relatch",
            "description": "Temporary MFA exemptions that always close again",
        },
        "features": {
            "bot_user": {"display_name": "relatch", "always_online": True},
            "slash_commands": [_command(command, to) for command in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": base_url is None,
            "token_rotation_enabled": False,
        },
    }


def _command(command: str, to: dict[str, str]) -> dict[str, Any]:
    return {
        "command": command,
        "description": ABOUT[command],
        "usage_hint": " | ".join([*_verbs(command), HELP]),
        "should_escape": True,
        **to,
    }


def _verbs(command: str) -> list[str]:
    return [spec.verb for spec in SPECS if spec.command == command]
