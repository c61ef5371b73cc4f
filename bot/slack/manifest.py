"""The Slack app's manifest, made from the table of commands (Slack docs, "App manifests")."""

from __future__ import annotations

from typing import Any, Final

from bot.slack.server import PATH
from commands.table import COMMANDS

SCOPES: Final = (
    "commands",
    "chat:write",
    "im:write",
    "users:read",
    "users:read.email",
    "usergroups:read",
    "groups:read",
)
"""What the bot's token has to allow, and no more: it reads no messages."""

HINTS: Final = {
    "/mfa": "status | disable | restore | help",
    "/domain": "list | show | check | help",
    "/mailbox": "show | help",
}
ABOUT: Final = {
    "/mfa": "MFA of a Microsoft 365 user: show, suspend, restore",
    "/domain": "Sign-in of a domain: show and check its federation",
    "/mailbox": "A mailbox: what it is, where it lives, what is set on it",
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
