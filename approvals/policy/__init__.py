"""Who may ask and decide, and for how long. Pure, over facts that were gathered before.

Each rule is a function that answers ``None`` or a ``Refusal``; the first that refuses is
the answer. What is not allowed is refused, and a fact that could not be read refuses too.
"""

from approvals.policy.judging import (
    Asking,
    Changing,
    Prolonging,
    may_approve,
    may_ask,
    may_change,
    may_complete,
    may_consider,
    may_decide,
    may_deny,
    may_end,
    may_prolong,
    may_prolong_to,
    may_read,
    may_request,
    may_see_number,
    may_withdraw,
    still_standing,
)
from approvals.policy.rules import (
    bound_to_nobody,
    one_at_a_time,
    something_to_suspend,
    stale,
    still_active,
    subject_may_be_suspended,
)
from approvals.policy.values import (
    FACTS_LAST,
    HARD_CEILING,
    LONGEST_REASON,
    LONGEST_TICKET,
    Limit,
    Policy,
    Refusal,
    Timing,
)

__all__ = [
    "FACTS_LAST",
    "HARD_CEILING",
    "LONGEST_REASON",
    "LONGEST_TICKET",
    "Asking",
    "Changing",
    "Limit",
    "Policy",
    "Prolonging",
    "Refusal",
    "Timing",
    "bound_to_nobody",
    "may_approve",
    "may_ask",
    "may_change",
    "may_complete",
    "may_consider",
    "may_decide",
    "may_deny",
    "may_end",
    "may_prolong",
    "may_prolong_to",
    "may_read",
    "may_request",
    "may_see_number",
    "may_withdraw",
    "one_at_a_time",
    "something_to_suspend",
    "stale",
    "still_active",
    "still_standing",
    "subject_may_be_suspended",
]
