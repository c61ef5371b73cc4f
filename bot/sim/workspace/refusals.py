"""How a simulated method says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sim.workspace.model import Json
    from bot.sim.workspace.schema import Problem


class ApiError(Exception):
    """The call is answered ``{"ok": false, "error": …}``; *more* goes into the answer as it is."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}

    @classmethod
    def because(cls, found: list[Problem]) -> ApiError:
        """Refuse because of *found*, the first of which names the error."""
        return cls(
            found[0].code,
            errors=[f"{problem.says} [json-pointer:{problem.at}]" for problem in found],
            response_metadata={"messages": [str(problem) for problem in found]},
        )


class ThrottledError(Exception):
    """The call is answered 429, to be tried again after *seconds* (a whole number, at least 1)."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds
