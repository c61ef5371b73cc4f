"""The use cases: what people may do to a request, each one transaction."""

from approvals.policy import Refusal
from approvals.service.front import Service
from approvals.service.model import (
    Ask,
    Asked,
    AskForMore,
    Click,
    Counted,
    Moved,
    Refused,
    Role,
)

__all__ = ["Ask", "AskForMore", "Asked", "Click", "Counted", "Moved", "Refusal", "Refused", "Role", "Service"]
