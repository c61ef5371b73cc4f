"""What a person fills in: from answers in plain words to ``state.values``, with the client's own checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sim.workspace.model import elements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sim.workspace.model import Json

# Element type: the key of its answer in state.values, and the key of what it begins with.
_SINGLE = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "multi_users_select": ("selected_users", "initial_users"),
}
_CHOICE = {"static_select", "radio_buttons"}
_CHOICES = {"multi_static_select", "checkboxes"}


class CannotActError(Exception):
    """A person could not do this: it is not there, not theirs to see, or Slack's client refuses it."""


def values(blocks: list[Json], answers: Mapping[str, object] | None = None) -> Json:
    """Return ``state.values`` of *blocks* with *answers* filled in, and what they begin with elsewhere.

    An answer is found by the input's label, block id or action id; that of a select is an option's label
    or value (a list of them for several). ``CannotActError`` for an answer without its input.
    """
    left = dict(answers or {})
    state: Json = {}
    for block, element in elements(blocks):
        if element["type"] not in _SINGLE and element["type"] not in _CHOICE | _CHOICES:
            continue
        named = [key for key in _keys(block, element) if key in left]
        answered = _filled(element, left.pop(named[0])) if named else _initial(element)
        state.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **answered}
    if left:
        raise CannotActError(f"no input called {', '.join(left)}")
    return state


def check(blocks: list[Json], state: Json) -> None:
    """``CannotActError`` where Slack's client would not send: required and empty, too short, too long."""
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        answered = state[block["block_id"]][element["action_id"]]
        given = next(value for key, value in answered.items() if key != "type")
        label = block["label"]["text"]
        if not given and not block.get("optional"):
            raise CannotActError(f"{label}: this field is required")
        if isinstance(given, str) and not _fits(element, given):
            raise CannotActError(f"{label}: too short or too long")


def _keys(block: Json, element: Json) -> list[str]:
    return [block.get("label", {}).get("text", ""), block["block_id"], element["action_id"]]


def _fits(element: Json, given: str) -> bool:
    shortest, longest = element.get("min_length", 0), element.get("max_length", 3000)
    return not given or bool(shortest <= len(given) <= longest)


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _CHOICE:
        return {"selected_option": element.get("initial_option")}
    if kind in _CHOICES:
        return {"selected_options": element.get("initial_options", [])}
    answer, begins = _SINGLE[kind]
    return {answer: element.get(begins)}


def _filled(element: Json, given: object) -> Json:
    kind = element["type"]
    if kind in _CHOICE:
        return {"selected_option": _option(element, given)}
    if kind in _CHOICES:
        return {
            "selected_options": [_option(element, one) for one in given] if isinstance(given, list) else []
        }
    return {_SINGLE[kind][0]: given}


def _option(element: Json, given: object) -> Json:
    groups = element.get("option_groups", [])
    options: list[Json] = element.get("options", []) + [one for group in groups for one in group["options"]]
    for option in options:
        if given in (option["text"]["text"], option["value"]):
            return option
    raise CannotActError(f"no option {given!r}")
