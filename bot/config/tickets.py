"""The regular expression for ticket numbers: it meets whatever people type, so it must end soon.

Python's ``re`` backtracks. A pattern that repeats a group which holds a repetition or a choice, such as
``(a+)+``, can take longer than the universe lasts on forty characters. Ticket numbers need no such thing.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

from bot.config.faults import shown, unfit

LONGEST_PATTERN: Final = 200
MOST_REPETITIONS: Final = 3
_EXPECTED: Final = "a regular expression in quotes, or nothing in quotes"

# An escaped sign, a set of signs, or any one sign.
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEATS: Final = frozenset("*+{")


def ticket_pattern(text: object) -> re.Pattern[str] | None:
    """Read the pattern of a mandatory ticket; the empty text makes tickets optional (``None``)."""
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise unfit(_EXPECTED, shown(text))
    if len(text) > LONGEST_PATTERN:
        raise unfit(f"a regular expression of at most {LONGEST_PATTERN} characters", shown(text))
    pattern = _compiled(text)
    _refuse_endless(pattern)
    return pattern


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise unfit("a regular expression that Python understands", f"{shown(text)} ({error})") from error


def _refuse_endless(pattern: re.Pattern[str]) -> None:
    tokens = _TOKEN.findall(pattern.pattern)
    repeated = any(first == ")" and second in _REPEATS for first, second in pairwise(tokens))
    # With (?x), spaces could stand between a group and its repetition.
    if repeated or pattern.flags & re.VERBOSE:
        raise unfit(
            "a regular expression that repeats no group, since such can run for ever", shown(pattern.pattern)
        )
    if sum(token in _REPEATS for token in tokens) > MOST_REPETITIONS:
        raise unfit(
            f"a regular expression with at most {MOST_REPETITIONS} of *, + and {{", shown(pattern.pattern)
        )


TicketPattern: TypeAlias = Annotated[re.Pattern[str] | None, BeforeValidator(ticket_pattern)]
