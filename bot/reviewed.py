"""What the reviewed policy file means to each part of the product."""

from __future__ import annotations

from approvals.model import Lever, Means
from approvals.policy import Limit, PassLimits, Policy, Timing
from bot.config import PolicyFile
from bot.entra.grants import Features
from bot.slack.render.rules import HouseRules


def policy_of(file: PolicyFile) -> Policy:
    """Return the core's policy as the reviewed file has it."""
    suspend = file.suspend
    return Policy(
        means=Means(Lever(suspend.lever), suspend.group or ""),
        default=suspend.default,
        shortest=suspend.shortest,
        longest=suspend.longest,
        approvals=suspend.approvals,
        timing=Timing(suspend.pending, suspend.remind, suspend.warn, suspend.overdue),
        per_person=Limit(suspend.per_person.count, suspend.per_person.per),
        ticket=suspend.ticket,
        revoke_sessions=suspend.revoke_sessions,
        phone=file.phone.approvals if file.phone else None,
        default_method=file.default_method.approvals if file.default_method else None,
        enable=file.enable.approvals if file.enable else None,
        access_pass=_pass_limits(file),
    )


def _pass_limits(file: PolicyFile) -> PassLimits | None:
    table = file.access_pass
    return PassLimits(table.approvals, table.longest) if table else None


def _signs_out(file: PolicyFile) -> bool:
    """Tell whether the subject is signed out at the end; one lever takes it whatever the policy says."""
    return file.suspend.revoke_sessions or Lever(file.suspend.lever).signs_out


def features_of(file: PolicyFile, *, national: bool) -> Features:
    """Return what the policy turns on, as far as permissions go."""
    return Features(
        active_roles=file.protect.roles != "none",
        eligible_roles=file.protect.roles == "active_and_eligible",
        revoke_sessions=_signs_out(file),
        per_user=file.suspend.lever == "per_user" or file.enable is not None,
        exclusion_group=file.suspend.lever == "exclusion_group",
        phone=file.phone is not None,
        default_method=file.default_method is not None,
        access_pass=file.access_pass is not None,
        national=national,
    )


def house_rules(file: PolicyFile) -> HouseRules:
    """Return what messages say of the policy."""
    return HouseRules(
        channel=file.people.channel,
        escalate=tuple(one.id for one in file.people.escalate_to),
        revoke_sessions=_signs_out(file),
        overdue=file.suspend.overdue,
    )
