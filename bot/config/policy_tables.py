"""The tables of the policy file, key by key, with their defaults.

A table that is absent is a feature that is off (``None``); ``[people]`` and ``[suspend]`` are required,
and without ``[protect]`` its strictest defaults hold. Each key's description is what the reference in the
documentation says, and what is expected of a required key that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
)

from approvals.policy import HARD_CEILING
from bot.config.durations import Duration, PerSpan, Rate, spoken
from bot.config.faults import shown, unfit
from bot.config.identifiers import (
    ChannelId,
    DirectoryPerson,
    Guid,
    ReadMentionable,
    ReadPrincipal,
    Region,
    SlackUserId,
)
from bot.config.tickets import TicketPattern

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_LEVERS: Final = ("per_user", "exclusion_group")
_LEVERS_TO_COME: Final = ("pim_group",)


def _lever(value: object) -> str:
    if value in _LEVERS:
        return str(value)
    found = f"{shown(value)}, which comes with a later version" if value in _LEVERS_TO_COME else shown(value)
    raise unfit('"per_user" or "exclusion_group"', found)


def _nothing_when_empty(value: object) -> object:
    return None if value == "" else value


Quorum: TypeAlias = Annotated[StrictInt, Field(ge=1, le=20)]
Lever: TypeAlias = Annotated[Literal["per_user", "exclusion_group"], BeforeValidator(_lever)]
OptionalGroup: TypeAlias = Annotated[Guid | None, BeforeValidator(_nothing_when_empty)]
OptionalRegion: TypeAlias = Annotated[Region | None, BeforeValidator(_nothing_when_empty)]
Bindings: TypeAlias = Annotated[Mapping[SlackUserId, DirectoryPerson], AfterValidator(MappingProxyType)]


class Table(BaseModel):
    """One table: every key is known, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class People(Table):
    """``[people]``: who may ask, who may decide, and how Slack accounts are bound to the directory."""

    channel: ChannelId = Field(description="the private channel for cards, by its id (C…)")
    requesters: Annotated[tuple[ReadPrincipal, ...], Field(min_length=1)] = Field(
        description="who may ask and read: Slack user groups (S…), users (U…, W…), Entra groups' object ids"
    )
    approvers: Annotated[tuple[ReadPrincipal, ...], Field(min_length=1)] = Field(
        description="who may decide, written like requesters"
    )
    escalate_to: tuple[ReadMentionable, ...] = Field(
        default=(),
        description="who is mentioned when a request waits too long or a restore is overdue: Slack ids",
    )
    match_by: Literal["table", "email"] = Field(
        description='"table" (people.table) or "email" (Slack\'s confirmed address); there is no default'
    )
    table: Bindings = Field(
        default_factory=dict,
        description='for match_by = "table": Slack user = user principal name or object id',
        validate_default=True,
    )

    @field_validator("table")
    @classmethod
    def _filled_where_used(cls, value: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        if value or info.data.get("match_by") != "table":
            return value
        raise unfit('at least one Slack user with a name, since match_by is "table"', "none")


class Suspend(Table):
    """``[suspend]``: how, how long and on whose word MFA may be suspended."""

    lever: Lever = Field(default="per_user", description="how MFA is lowered: per_user or exclusion_group")
    group: OptionalGroup = Field(
        default=None,
        description="object id of the exclusion group, for exclusion_group alone",
        validate_default=True,
    )
    longest: Duration = Field(
        default=4 * _HOUR, description="the longest suspension, extensions included; 24h at most"
    )
    shortest: Duration = Field(
        default_factory=lambda known: min(_MINUTE, known["longest"]),
        description="the shortest suspension that may be asked for",
    )
    default: Duration = Field(
        default_factory=lambda known: max(known["shortest"], min(_HOUR, known["longest"])),
        description="how long a suspension lasts when nothing is said",
    )
    approvals: Quorum = Field(default=1, description="distinct approvers needed")
    pending: Duration = Field(default=8 * _HOUR, description="an undecided request lapses after this")
    remind: Duration = Field(
        default=15 * _MINUTE,
        description="approvers are reminded after this, then doubling; "
        "escalate_to is mentioned from the second time",
    )
    warn: Duration = Field(
        default=10 * _MINUTE, description="the requester is warned this long before the end"
    )
    overdue: Duration = Field(
        default=2 * _MINUTE,
        description="a restore later than this pages escalate_to, then doubling to 4h",
    )
    ticket: TicketPattern = Field(
        default=None, description="regular expression for the whole ticket; empty: no ticket is needed"
    )
    per_person: PerSpan = Field(
        default=Rate(5, _DAY), description="most requests in a span of time, per requester and action"
    )
    revoke_sessions: StrictBool = Field(default=True, description="sign the subject out at the end")

    @field_validator("group")
    @classmethod
    def _with_its_lever(cls, value: str | None, info: ValidationInfo) -> str | None:
        match info.data.get("lever"), value:
            case "exclusion_group", None:
                raise unfit("the object id of the exclusion group, which this lever needs", "none")
            case "per_user", str():
                raise unfit('nothing, since lever is "per_user"', shown(value))
            case _:
                return value

    @field_validator("longest")
    @classmethod
    def _below_the_ceiling(cls, value: timedelta) -> timedelta:
        return _between(value, (timedelta(seconds=1), HARD_CEILING))

    @field_validator("shortest")
    @classmethod
    def _not_above_longest(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        return _between(value, (timedelta(seconds=1), info.data.get("longest", value)))

    @field_validator("default")
    @classmethod
    def _within_both(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        return _between(value, (info.data.get("shortest", value), info.data.get("longest", value)))


def _between(value: timedelta, ends: tuple[timedelta, timedelta]) -> timedelta:
    lowest, highest = ends
    if lowest <= value <= highest:
        return value
    raise unfit(f"a duration from {spoken(lowest)} to {spoken(highest)}", spoken(value))


class Protect(Table):
    """``[protect]``: whom no command may change. What is left out is as strict as it can be."""

    roles: Literal["active_and_eligible", "active", "none"] = Field(
        default="active_and_eligible", description="which holders of directory roles are protected"
    )
    groups: tuple[Guid, ...] = Field(
        default=(), description="object ids: their members are protected, transitively"
    )
    users: tuple[DirectoryPerson, ...] = Field(
        default=(), description="user principal names or object ids; one that is nobody's stops the start"
    )


class Phone(Table):
    """``[phone]``: setting an authentication phone."""

    approvals: Quorum = Field(default=1, description="distinct approvers needed")
    region: OptionalRegion = Field(
        default=None, description="country of numbers that are written without a country code, such as NL"
    )
    shared_limit: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(
        default=2, description="a number used by more people than this is flagged"
    )


class Enable(Table):
    """``[enable]``: turning per-user MFA on."""

    approvals: Quorum = Field(default=1, description="distinct approvers needed")


class DefaultMethod(Table):
    """``[default_method]``: setting the default second factor."""

    approvals: Quorum = Field(default=1, description="distinct approvers needed")


class AccessPass(Table):
    """``[pass]``: Temporary Access Passes."""

    approvals: Quorum = Field(default=2, description="distinct approvers needed")
    longest: Duration = Field(default=8 * _HOUR, description="the longest life of a pass")


class Federation(Table):
    """``[federation]``: checks of federated domains."""

    allow_private_addresses: StrictBool = Field(
        default=False, description="may checks connect to RFC 1918, loopback and link-local hosts?"
    )
    certificate_warn: Duration = Field(
        default=35 * _DAY, description="a certificate that ends within this is a warning"
    )
    certificate_critical: Duration = Field(
        default_factory=lambda known: min(15 * _DAY, known["certificate_warn"]),
        description="a certificate that ends within this is critical",
    )

    @field_validator("certificate_critical")
    @classmethod
    def _after_the_warning(cls, value: timedelta, info: ValidationInfo) -> timedelta:
        return _between(value, (timedelta(seconds=1), info.data.get("certificate_warn", value)))


class Exchange(Table):
    """``[exchange]``: further sources for mailboxes."""

    admin_api: StrictBool = Field(default=False, description="Exchange Online Admin API v2.0, preview")
    invoke_command: StrictBool = Field(default=False, description="InvokeCommand, unsupported by Microsoft")
