"""What an exit code of ``relatch`` means; part of the outside contract."""

from typing import Final

DONE: Final = 0
NO: Final = 1
"""The answer is "no": unhealthy, overdue, not proved, a broken chain."""
USAGE: Final = 2
"""Usage or configuration."""
OUTSIDE: Final = 3
"""An outside service failed."""
