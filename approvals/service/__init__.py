"""The use cases: what people may do to a request, each one transaction."""

from approvals.policy import Refusal
from approvals.service.front import Service
from approvals.service.model import (
    Ask,
    AskChange,
    Asked,
    AskForMore,
    Click,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refused,
    Revealed,
    Role,
    Unconfirmed,
)

__all__ = [
    "Ask",
    "AskChange",
    "AskForMore",
    "Asked",
    "Click",
    "Counted",
    "Moved",
    "PassNotShown",
    "PassShown",
    "Refusal",
    "Refused",
    "Revealed",
    "Role",
    "Service",
    "Unconfirmed",
]
