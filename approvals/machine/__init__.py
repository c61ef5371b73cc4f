"""The life of a request: a pure step from one state to the next.

A step returns the request as it becomes, the work it orders and what the record says. It
is committed whole or not at all. No clock, no log, no I/O; the type checker proves that
every event is handled.
"""

from approvals.machine.life import step
from approvals.machine.pieces import OutOfTurn, Step
from approvals.machine.undecided import opened

__all__ = ["OutOfTurn", "Step", "opened", "step"]
