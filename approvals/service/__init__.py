"""The use cases: what people may do to a request, each one transaction."""

from approvals.service.front import Service
from approvals.service.model import (
    Ask,
    AskForMore,
    Asked,
    Click,
    Counted,
    Moved,
    Refused,
    Role,
)

__all__ = ["Ask", "AskForMore", "Asked", "Click", "Counted", "Moved", "Refused", "Role", "Service"]
