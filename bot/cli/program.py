"""What can be typed in a terminal, and what an error means to a shell.

Each command is imported when it is called, so that asking for help stays fast and ``serve``
never imports the simulated world.
"""

from __future__ import annotations

import sys

from cyclopts import App, Parameter

from approvals.errors import PortError, RelatchError, UnknownRequest
from bot.exit_codes import OUTSIDE, USAGE

app = App(
    name="relatch",
    help="Temporary MFA exemptions that always close again.",
    default_parameter=Parameter(negative=()),
)
app.command("bot.cli.serving:serve", name="serve", help="Run the bot.")
app.command("bot.cli.serving:migrate_", name="migrate", help="Bring the database to the current schema.")
app.command("bot.cli.listing:requests", name="requests", help="Show what is live, due and overdue.")
app.command("bot.cli.ending:restore", name="restore", help="Put MFA back from this machine.")
app.command("bot.cli.ending:close", name="close", help="Give up on a restore; the only way to.")
app.command("bot.demo.command:demo", name="demo", help="Play the story in a simulated world.")

audit = App(name="audit", help="The record: whether it is whole, and what it says.")
audit.command("bot.cli.record:verify", name="verify", help="Say whether the record is whole.")
audit.command("bot.cli.record:export", name="export", help="Write the record to standard output.")
app.command(audit)


def main() -> None:
    """Run ``relatch``; ends the process."""
    try:
        app()
    except UnknownRequest as error:
        _end(f"there is no request {error}", USAGE)
    except PortError as error:
        what_to_do = getattr(error, "what_to_do", "")
        _end(f"{error.why}{'; ' if what_to_do else ''}{what_to_do}", OUTSIDE)
    except (RelatchError, ValueError) as error:
        _end(str(error), USAGE)
    except OSError as error:
        _end(error.strerror or type(error).__name__, USAGE)


def _end(why: str, code: int) -> None:
    sys.stderr.write(f"relatch: {why}\n")
    sys.exit(code)
