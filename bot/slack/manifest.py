"""The Slack app's manifest, made from the table of commands (Slack docs, "App manifests")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from bot.slack.server import PATH
from commands.table import COMMANDS

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

HINTS: Final = {
    "/mfa": "status | disable | restore | help",
    "/domain": "list | show | check | help",
    "/mailbox": "show | diagnose | help",
}
ABOUT: Final = {
    "/mfa": "MFA of a Microsoft 365 user: show, suspend, restore",
    "/domain": "Sign-in of a domain: show and check its federation",
    "/mailbox": "A mailbox: what it is, where it lives, why Outlook stays offline",
}


def manifest(base_url: str) -> dict[str, Any]:
    """Return the manifest for an app whose requests are sent to *base_url*, without a slash at its end."""
    url = f"{base_url.rstrip('/')}{PATH}"
    commands = [
        {
            "command": command,
            "description": ABOUT[command],
            "usage_hint": HINTS[command],
            "should_escape": True,
            "url": url,
        }
        for command in COMMANDS
    ]
    return {
        "display_information": {
            "name": "Relatch",
            "description": "Temporary MFA exemptions that always close again",
        },
        "features": {
            "bot_user": {"display_name": "relatch", "always_online": True},
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "interactivity": {"is_enabled": True, "request_url": url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
