"""What is configured: secrets and hosts from the environment, policy from one TOML file.

``load()`` reads both and raises one ``ConfigurationError`` that holds every fault in either.
"""

from bot.config.environment import (
    VARIABLES,
    Certificate,
    ClientSecret,
    Database,
    Entra,
    FederatedToken,
    HttpMode,
    Listen,
    Logs,
    Network,
    Slack,
    SocketMode,
    Variable,
)
from bot.config.faults import ConfigurationError, Fault
from bot.config.identifiers import EntraGroup, Mentionable, Principal, SlackGroup, SlackUser
from bot.config.policy_file import PolicyFile
from bot.config.policy_tables import Exchange, Federation
from bot.config.settings import (
    Configuration,
    Settings,
    StoreSettings,
    TenantSettings,
    load,
    load_policy,
    load_settings,
    load_with_policy,
)

__all__ = [
    "VARIABLES",
    "Certificate",
    "ClientSecret",
    "Configuration",
    "ConfigurationError",
    "Database",
    "Entra",
    "EntraGroup",
    "Exchange",
    "Fault",
    "FederatedToken",
    "Federation",
    "HttpMode",
    "Listen",
    "Logs",
    "Mentionable",
    "Network",
    "PolicyFile",
    "Principal",
    "Settings",
    "Slack",
    "SlackGroup",
    "SlackUser",
    "SocketMode",
    "StoreSettings",
    "TenantSettings",
    "Variable",
    "load",
    "load_policy",
    "load_settings",
    "load_with_policy",
]
