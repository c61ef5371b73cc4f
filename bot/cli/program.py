"""What can be typed in a terminal, and what an error means to a shell.

Each command is imported when it is called, so that asking for help stays fast and ``serve``
never imports the simulated world.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Final, NoReturn

from cyclopts import App, Parameter

from approvals.errors import Never, PortError, RelatchError, UnknownRequest
from bot.exit_codes import DONE, OUTSIDE, USAGE
from bot.trust import BadTrust

INTERRUPTED: Final = 130
"""What a shell expects of a program that Ctrl-C has ended."""


app = App(
    name="relatch",
    help="Temporary MFA exemptions that always close again.",
    help_epilogue="""Exit codes: 0 done, 1 the answer is no, 2 usage or configuration, 3 an outside service
    failed.""",
    version=lambda: version("relatch"),
    default_parameter=Parameter(negative=(), show_default=False),
)
app.command(
    "bot.cli.serving:serve",
    name="serve",
    help="""Run the bot until it is told to stop.

    SIGTERM and Ctrl-C do. Secrets and hosts come from the environment, the rules from the policy
    file. An empty database is migrated; an older or a newer one is refused.""",
    help_epilogue="""Exit codes: 0 told to stop, 2 configuration, a database that does not fit, or a port
    or a database file that is taken, 3 the database does not answer.""",
)
app.command(
    "bot.cli.check:check",
    name="check",
    help="""Look at every setting, permission, channel and connection.

    One line each, with the repair. Nothing is changed; the bot may run beside it.""",
    help_epilogue="""Exit codes: 0 all would work, 1 something would not, 2 usage or configuration.""",
)
app.command(
    "bot.cli.serving:migrate_",
    name="migrate",
    help="""Bring the database to the current schema.

    The database is the one of DATABASE_URL. Several at once are safe.""",
    help_epilogue="""Exit codes: 0 done or already so, 2 configuration, or a newer database, 3 the database
    does not answer.""",
)
app.command(
    "bot.cli.status:status",
    name="status",
    help="""Show what protects somebody now, and what else asks them for MFA.

    The same reads as /mfa status; of protected people the state alone.""",
    help_epilogue="""Exit codes: 0 done, 2 nobody by that address, usage or configuration, 3 Entra does not
    answer.""",
)
app.command(
    "bot.cli.listing:requests",
    name="requests",
    help="Show what is live, due and overdue.",
    help_epilogue="""Exit codes: 0 done, 1 a restore is overdue, 2 usage or configuration, 3 the database
    does not answer.""",
)
app.command(
    "bot.cli.ending:restore",
    name="restore",
    help="""Put MFA back from this machine.

    Works with the bot down or beside it, and waits until a read proves it.""",
    help_epilogue="""Exit codes: 0 proved or already so, 1 not proved in time, 2 an unknown request, usage or
    configuration, 3 Entra or the database does not answer.""",
)
app.command(
    "bot.cli.ending:close",
    name="close",
    help="""Give up on a restore; the only way to.

    MFA stays as it is. It is recorded with your name, and posted.""",
    help_epilogue="""Exit codes: 0 closed, 1 there was nothing to give up, 2 an unknown request, usage or
    configuration, 3 the database does not answer.""",
)
app.command(
    "bot.cli.report:report",
    name="report",
    help="""Show the MFA of the whole tenant.

    Per-user states, registration, methods, administrators without a second factor, live suspensions: as
    tables, as a chart, as CSV. Nothing is changed; what could not be read is said.""",
    help_epilogue="""Exit codes: 0 done, also where a permission or a licence is missing, 2 usage or
    configuration, 3 Entra or the database does not answer.""",
)
app.command(
    "bot.cli.setup:manifest",
    name="manifest",
    help="""Print the Slack app's manifest, as JSON.

    Slack takes it at "Create an app, from a manifest". For HTTP with the address that Slack reaches, or for
    Socket Mode.""",
    help_epilogue="Exit codes: 0 done, 2 usage.",
)
app.command(
    "bot.cli.setup:entra_setup",
    name="entra-setup",
    help="""Print the permissions that the app registration needs.

    The least for the tables that the policy has, with the reason for each; or as a script.""",
    help_epilogue="Exit codes: 0 done, 2 usage or configuration.",
)
app.command(
    "bot.demo.command:demo",
    name="demo",
    help="""Play the story in a simulated world.

    A simulated tenant and workspace; no account is needed. The story takes some seconds, because the
    simulated clock is moved; then the workspace's page stays open in the browser.""",
    help_epilogue="""Exit codes: 0 the tenant is exactly as before, 1 the story did not come out as it should,
    2 usage, or a port that is taken.""",
)
audit = App(
    name="audit",
    help="Say whether the record is whole, or export it.",
    default_parameter=app.default_parameter,
)
audit.command(
    "bot.cli.record:verify",
    name="verify",
    help="Go over the whole record, and print its head.",
    help_epilogue="""Exit codes: 0 whole, 1 broken, 2 usage or configuration, 3 the database does not
    answer.""",
)
audit.command(
    "bot.cli.record:export",
    name="export",
    help="Write the record to standard output, oldest line first.",
    help_epilogue="Exit codes: 0 done, 2 usage or configuration, 3 the database does not answer.",
)
app.command(audit)
domain = App(
    name="domain",
    help="Show, check and explain the sign-in of domains.",
    default_parameter=app.default_parameter,
)
domain.command(
    "bot.cli.domain:list_",
    name="list",
    help="Show every domain of the tenant: managed or federated, and from where.",
    help_epilogue="Exit codes: 0 done, 2 usage or configuration, 3 Entra does not answer.",
)
domain.command(
    "bot.cli.domain:show",
    name="show",
    help="""Show one domain whole.

    Every federation setting with its old name, the certificates, and what the world is told.""",
    help_epilogue="""Exit codes: 0 done, 1 something is wrong, 2 an unknown domain, usage or configuration,
    3 Entra does not answer.""",
)
domain.command(
    "bot.cli.domain:check",
    name="check",
    help="""Test single sign-on without a password.

    Compares Entra with AD FS, and asks the federation service as browsers and clients do.""",
    help_epilogue="""Exit codes: 0 nothing is wrong, 1 something is wrong, 2 an unknown domain, usage or
    configuration, 3 Entra does not answer. Warnings do not count as wrong.""",
)
domain.command(
    "bot.cli.domain:federate",
    name="federate",
    help="Write the runbook for making a domain federated; nothing is changed.",
    help_epilogue="""Exit codes: 0 written, 1 there is nothing to do, 2 an unknown domain, usage or
    configuration, 3 Entra does not answer.""",
)
domain.command(
    "bot.cli.domain:unfederate",
    name="unfederate",
    help="Write the runbook for making a domain managed; nothing is changed.",
    help_epilogue="""Exit codes: 0 written, 1 there is nothing to do, 2 an unknown domain, usage or
    configuration, 3 Entra does not answer.""",
)
app.command(domain)
mailbox = App(
    name="mailbox",
    help="Show mailboxes, and explain why a mail program stays offline.",
    default_parameter=app.default_parameter,
)
mailbox.command(
    "bot.cli.mailbox:show",
    name="show",
    help="""Show what an address is, where its mailbox lives, and what is set on it.

    From Microsoft Graph, and from the Exchange sources that the policy turns on.""",
    help_epilogue="""Exit codes: 0 done, 1 nothing goes by this address, 2 usage or configuration, 3 Entra
    does not answer.""",
)
mailbox.command(
    "bot.cli.mailbox:diagnose",
    name="diagnose",
    help="""Explain an error that a mail program or a test shows.

    What it proves, what it does not, and what to do. Nothing of the text is kept; without --for, nobody is
    asked.""",
    help_epilogue="""Exit codes: 0 explained, 1 nothing in it is known, 2 a file's name instead of a text,
    usage or configuration. What cannot be read of USER is said.""",
)
app.command(mailbox)


def main() -> None:
    """Run ``relatch``; ends the process."""
    try:
        code = app(sys.argv[1:], result_action="return_value")
        sys.stdout.flush()
        sys.exit(code or DONE)
    except UnknownRequest as error:
        _end(f"there is no request {error}", USAGE)
    except PortError as error:
        _end(_answered(error), OUTSIDE)
    except (RelatchError, BadTrust) as error:
        _end(str(error), USAGE)
    except BrokenPipeError:
        _nobody_reads()
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        _end(f"{error.strerror or type(error).__name__}{place}", USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _answered(error: PortError) -> str:
    if isinstance(error, Never) and error.what_to_do:
        return f"{error.why}; {error.what_to_do}"
    return error.why


def _end(why: str, code: int) -> NoReturn:
    sys.stderr.write(f"relatch: {why}\n")
    sys.exit(code)


def _nobody_reads() -> NoReturn:
    """End without a word when whoever read our output has enough; Python would complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(DONE)
