"""What Slack refuses in a message or a view, found without Slack.

:func:`problems` is for whoever renders: an empty list means that Slack would take it whole.
:func:`findings` is the same with the error code, for the simulated Web API. The limits are those of
docs.slack.dev, "Block Kit" reference, and of the types and models of slack_sdk; the limit on the sum of
a message's blocks is undocumented (slackapi/bolt-js issues 2509 and 2867: ``msg_blocks_too_long`` at
about 13,200 characters), so that the strictest reading is taken: all of the blocks' JSON.

Characters are counted as sent, that is after escaping. Block types which Relatch does not use are refused
as Slack refuses a type it does not know.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from bot.sim.workspace.model import elements
from bot.sim.workspace.schema import (
    Check,
    Problem,
    anything,
    array,
    boolean,
    both,
    integer,
    one_of,
    record,
    string,
    tagged,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.sim.workspace.model import Json

TEXT_MOST = 40_000
"""Characters of a message's ``text``; what is over is cut off by Slack."""
BLOCKS_TOTAL = 13_200
"""Characters of a message's blocks as JSON, all together."""
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100


def problems(message_or_view: Json) -> list[str]:
    """Say what Slack would refuse (or cut) in *message_or_view*, each in a line with a JSON pointer.

    A view is what has a ``type`` (other than ``message``); anything else is a message, with ``text``,
    ``blocks`` or both.
    """
    return [str(found) for found in findings(message_or_view)]


def findings(message_or_view: Json) -> list[Problem]:
    """Return what :func:`problems` says, with the error code of each."""
    is_message = message_or_view.get("type", "message") == "message"
    return list(_message(message_or_view) if is_message else _view(message_or_view))


def plain(most: int) -> Check:
    """Accept a text object of plain text."""
    return record(
        {"type": one_of("plain_text"), "text": string(most)},
        {"emoji": boolean},
    )


def text(most: int) -> Check:
    """Accept a text object, plain or mrkdwn."""
    return tagged(
        {
            "plain_text": plain(most),
            "mrkdwn": record({"type": anything, "text": string(most)}, {"verbatim": boolean}),
        }
    )


_CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
_TYPE: Mapping[str, Check] = {"type": anything}
_ACTION: Mapping[str, Check] = {"action_id": string(255), "confirm": _CONFIRM, "focus_on_load": boolean}
_HINTED: Mapping[str, Check] = {**_ACTION, "placeholder": plain(150)}
_OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75), "url": string(3000)})
_OPTION_GROUP = record({"label": plain(75), "options": array(_OPTION, 100)}, {})
_OPTIONS: Mapping[str, Check] = {"options": array(_OPTION, 100), "option_groups": array(_OPTION_GROUP, 100)}


def _needs(check: Check, *keys: str) -> Check:
    """Accept what *check* accepts if it has at least one of *keys*."""

    def needs(value: object, at: str) -> Iterator[Problem]:
        if isinstance(value, dict) and not any(key in value for key in keys):
            yield Problem(at, f"must define either `{'` or `'.join(keys)}`")

    return both(check, needs)


def _select(**more: Check) -> Check:
    return record(_TYPE, {**_HINTED, **more})


def _typed(**more: Check) -> Check:
    return record(
        _TYPE, {**_HINTED, "initial_value": string(3000, least=0), "dispatch_action_config": anything, **more}
    )


_MANY = {"max_selected_items": integer(1, 100)}
_LENGTHS: Mapping[str, Check] = {"min_length": integer(0, 3000), "max_length": integer(1, 3000)}
_FEW: Mapping[str, Check] = {"options": array(_OPTION, 10)}

_IMAGE = record({**_TYPE, "alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything})
_BUTTON = record(
    {**_TYPE, "text": plain(75)},
    {
        **_ACTION,
        "value": string(2000, least=0),
        "url": string(3000),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(75),
    },
)
_CHOICES: Mapping[str, Check] = {
    "static_select": _needs(_select(**_OPTIONS, initial_option=_OPTION), "options", "option_groups"),
    "users_select": _select(initial_user=string(255)),
    "conversations_select": _select(initial_conversation=string(255), filter=anything),
    "datepicker": _select(initial_date=string(10)),
    "timepicker": _select(initial_time=string(5), timezone=string(255)),
    "radio_buttons": _needs(record(_TYPE, {**_ACTION, **_FEW, "initial_option": _OPTION}), "options"),
    "checkboxes": _needs(
        record(_TYPE, {**_ACTION, **_FEW, "initial_options": array(_OPTION, 10)}), "options"
    ),
}
_SEVERAL: Mapping[str, Check] = {
    "multi_static_select": _needs(
        _select(**_OPTIONS, **_MANY, initial_options=array(_OPTION, 100)), "options", "option_groups"
    ),
    "multi_users_select": _select(**_MANY, initial_users=array(string(255), 100)),
}
_MOMENT: Mapping[str, Check] = {
    "datetimepicker": record(_TYPE, {**_ACTION, "initial_date_time": integer(1_000_000_000, 9_999_999_999)})
}
_PRESSED: Mapping[str, Check] = {
    "button": _BUTTON,
    "overflow": _needs(record(_TYPE, {**_ACTION, "options": array(_OPTION, 5)}), "options"),
}
_WRITTEN: Mapping[str, Check] = {
    "plain_text_input": _typed(multiline=boolean, **_LENGTHS),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
    "number_input": _typed(is_decimal_allowed=boolean, min_value=string(50), max_value=string(50)),
}

_BLOCK: Mapping[str, Check] = {"block_id": string(255)}
BLOCKS: Mapping[str, Check] = {
    "section": _needs(
        record(
            _TYPE,
            {
                **_BLOCK,
                "text": text(3000),
                "fields": array(text(2000), 10),
                "accessory": tagged({**_PRESSED, **_CHOICES, **_SEVERAL, "image": _IMAGE}),
                "expand": boolean,
            },
        ),
        "text",
        "fields",
    ),
    "header": record({**_TYPE, "text": plain(150)}, _BLOCK),
    "context": record(
        {
            **_TYPE,
            # Slack documents no length of its own for these; the text object's 3,000 holds.
            "elements": array(tagged({"image": _IMAGE, "plain_text": text(3000), "mrkdwn": text(3000)}), 10),
        },
        _BLOCK,
    ),
    "actions": record({**_TYPE, "elements": array(tagged({**_PRESSED, **_CHOICES, **_MOMENT}), 25)}, _BLOCK),
    "divider": record(_TYPE, _BLOCK),
    "image": record(
        {**_TYPE, "alt_text": string(2000)},
        {**_BLOCK, "image_url": string(3000), "title": plain(2000), "slack_file": anything},
    ),
    "input": record(
        {
            **_TYPE,
            "label": plain(2000),
            "element": tagged({**_WRITTEN, **_CHOICES, **_SEVERAL, **_MOMENT}),
        },
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
}

_MODAL = record(
    {**_TYPE, "title": plain(24), "blocks": array(tagged(BLOCKS), VIEW_BLOCKS, least=0)},
    {
        "submit": plain(24),
        "close": plain(24),
        "private_metadata": string(3000, least=0),
        "callback_id": string(255),
        "external_id": string(255),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)


def _message(message: Json) -> Iterator[Problem]:
    said, blocks = message.get("text"), message.get("blocks")
    if not said and not blocks:
        yield Problem("/text", "neither text nor blocks", "no_text")
    if isinstance(said, str) and len(said) > TEXT_MOST:
        yield Problem("/text", f"is cut off after {TEXT_MOST} characters", "message_truncated")
    if blocks:
        yield from array(tagged(BLOCKS), MESSAGE_BLOCKS)(blocks, "/blocks")
        yield from _ids(blocks)
        yield from _total(blocks)
    if message.get("metadata"):
        yield from _metadata(message["metadata"])


def _view(view: Json) -> Iterator[Problem]:
    for found in tagged({"modal": _MODAL})(view, "/view"):
        yield Problem(found.at, found.says, "invalid_arguments")
    blocks = view.get("blocks")
    for found in _ids(blocks, "/view/blocks"):
        yield Problem(found.at, found.says, "invalid_arguments")
    asks = isinstance(blocks, list) and any(_type(block) == "input" for block in blocks)
    if asks and "submit" not in view:
        yield Problem("/view", "missing required field: submit", "invalid_arguments")


def _ids(blocks: object, at: str = "/blocks") -> Iterator[Problem]:
    """Look for a block id twice in *blocks*, and for an action id twice in one of them."""
    known = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    for twice in _repeated(block.get("block_id") for block in known):
        yield Problem(at, f"block_id is not unique: {twice}")
    for place, block in enumerate(known):
        if any(problem for problem in tagged(BLOCKS)(block, "")):
            continue
        for twice in _repeated(element.get("action_id") for _, element in elements([block])):
            yield Problem(f"{at}/{place}", f"action_id is not unique: {twice}")


def _repeated(ids: Iterator[object]) -> list[object]:
    return [
        found for found, count in Counter(one for one in ids if isinstance(one, str)).items() if count > 1
    ]


def _total(blocks: object) -> Iterator[Problem]:
    size = len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"), default=str))
    if size > BLOCKS_TOTAL:
        yield Problem("/blocks", f"{size} characters in all, {BLOCKS_TOTAL} are taken", "msg_blocks_too_long")


def _metadata(metadata: object) -> Iterator[Problem]:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        yield Problem("/metadata", "must have an event_payload object", "invalid_metadata_format")
    elif not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        yield Problem("/metadata", "must have an event_type", "invalid_metadata_format")


def _type(block: object) -> object:
    return block.get("type") if isinstance(block, dict) else None
