"""What the simulated Slack refuses in messages and views."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.sim.workspace import problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: object) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str = "Approve", **more: object) -> Json:
    return {"type": "button", "text": plain(label), "action_id": "approve", **more}


def actions(*elements: Json, **more: object) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(text: str = "one", value: str = "1") -> Json:
    return {"text": plain(text), "value": value}


def select(*options: Json) -> Json:
    return {"type": "static_select", "action_id": "s", "options": list(options)}


def asking(**more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "reason"}
    return {"type": "input", "label": plain("Reason"), "element": element, **more}


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": plain("Deny"), "submit": plain("Deny"), "blocks": list(blocks), **more}


def message(*blocks: Json) -> Json:
    return {"text": "fallback", "blocks": list(blocks)}


def confirm(**changed: Json) -> Json:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("MFA goes off."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    } | changed


AT_THE_LIMIT = {
    "50 blocks": message(*[section() for _ in range(50)]),
    "100 blocks in a view": modal(*[section() for _ in range(100)]),
    "section of 3,000": message(section("x" * 3000)),
    "10 fields of 1,000": message({"type": "section", "fields": [mrkdwn("x" * 1000)] * 10}),
    "field of 2,000": message({"type": "section", "fields": [mrkdwn("x" * 2000)]}),
    "header of 150": message({"type": "header", "text": plain("x" * 150)}),
    "10 context elements": message({"type": "context", "elements": [mrkdwn("x")] * 10}),
    "25 actions": message(actions(*[button(action_id=f"a{n}") for n in range(25)])),
    "button label of 75 and value of 2,000": message(actions(button("x" * 75, value="v" * 2000))),
    "ids of 255": message(actions(button(action_id="a" * 255), block_id="b" * 255)),
    "100 options": message(section(accessory=select(*[option() for _ in range(100)]))),
    "option of 75 and 150": message(section(accessory=select(option("x" * 75, "v" * 150)))),
    "confirm at its limits": message(
        actions(
            button(
                confirm=confirm(
                    title=plain("t" * 100),
                    text=plain("x" * 300),
                    confirm=plain("y" * 30),
                    deny=plain("n" * 30),
                )
            )
        )
    ),
    "modal words of 24": modal(title=plain("t" * 24), submit=plain("s" * 24), close=plain("c" * 24)),
    "private_metadata of 3,000": modal(section(), private_metadata="m" * 3000),
    "text of 40,000": {"text": "x" * 40_000},
    "metadata": {"text": "x", "metadata": {"event_type": "request", "event_payload": {"id": "R-1"}}},
    "an optional input": modal(asking(optional=True, hint=plain("why"))),
}

OVER = {
    "51 blocks": (message(*[section() for _ in range(51)]), "no more than 50 items allowed", "/blocks"),
    "101 blocks in a view": (modal(*[section()] * 101), "no more than 100 items allowed", "/view/blocks"),
    "section of 3,001": (message(section("x" * 3001)), "less than 3001 characters", "/blocks/0/text/text"),
    "empty section": (message(section("")), "more than 0 characters", "/blocks/0/text/text"),
    "section of nothing": (
        message({"type": "section"}),
        "must define either `text` or `fields`",
        "/blocks/0",
    ),
    "11 fields": (
        message({"type": "section", "fields": [mrkdwn("x")] * 11}),
        "no more than 10 items",
        "/blocks/0/fields",
    ),
    "field of 2,001": (
        message({"type": "section", "fields": [mrkdwn("x" * 2001)]}),
        "less than 2001 characters",
        "/blocks/0/fields/0/text",
    ),
    "header of 151": (
        message({"type": "header", "text": plain("x" * 151)}),
        "less than 151",
        "/blocks/0/text/text",
    ),
    "mrkdwn header": (message({"type": "header", "text": mrkdwn("x")}), "plain_text", "/blocks/0/text/type"),
    "11 context elements": (
        message({"type": "context", "elements": [mrkdwn("x")] * 11}),
        "no more than 10 items",
        "/blocks/0/elements",
    ),
    "button in a context": (
        message({"type": "context", "elements": [button()]}),
        "unsupported type: button",
        "/blocks/0/elements/0",
    ),
    "26 actions": (
        message(actions(*[button(action_id=f"a{n}") for n in range(26)])),
        "no more than 25 items",
        "/blocks/0/elements",
    ),
    "no actions": (message(actions()), "no fewer than 1 items", "/blocks/0/elements"),
    "label of 76": (
        message(actions(button("x" * 76))),
        "less than 76 characters",
        "/blocks/0/elements/0/text/text",
    ),
    "value of 2,001": (
        message(actions(button(value="v" * 2001))),
        "less than 2001 characters",
        "/blocks/0/elements/0/value",
    ),
    "numeric value": (
        message(actions(button(value=31))),
        "must provide a string",
        "/blocks/0/elements/0/value",
    ),
    "loud style": (
        message(actions(button(style="loud"))),
        "one of: primary, danger",
        "/blocks/0/elements/0/style",
    ),
    "action_id of 256": (
        message(actions(button(action_id="a" * 256))),
        "less than 256 characters",
        "/blocks/0/elements/0/action_id",
    ),
    "block_id of 256": (message(section(block_id="b" * 256)), "less than 256", "/blocks/0/block_id"),
    "block_id twice": (
        message(section(block_id="b"), section(block_id="b")),
        "block_id is not unique: b",
        "/blocks",
    ),
    "action_id twice": (
        message(actions(button(), button())),
        "action_id is not unique: approve",
        "/blocks/0",
    ),
    "block_id twice in a view": (
        modal(section(block_id="b"), section(block_id="b")),
        "block_id is not unique: b",
        "/view/blocks",
    ),
    "101 options": (
        message(section(accessory=select(*[option()] * 101))),
        "no more than 100 items",
        "/blocks/0/accessory/options",
    ),
    "option of 76": (
        message(section(accessory=select(option("x" * 76)))),
        "less than 76",
        "/blocks/0/accessory/options/0/text/text",
    ),
    "option value of 151": (
        message(section(accessory=select(option("x", "v" * 151)))),
        "less than 151",
        "/blocks/0/accessory/options/0/value",
    ),
    "select of nothing": (
        message(section(accessory={"type": "static_select"})),
        "must define either `options` or `option_groups`",
        "/blocks/0/accessory",
    ),
    "confirm title of 101": (
        message(actions(button(confirm=confirm(title=plain("t" * 101))))),
        "less than 101",
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "confirm text of 301": (
        message(actions(button(confirm=confirm(text=plain("t" * 301))))),
        "less than 301",
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "confirm button of 31": (
        message(actions(button(confirm=confirm(deny=plain("t" * 31))))),
        "less than 31",
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    "modal title of 25": (modal(title=plain("t" * 25)), "less than 25", "/view/title/text"),
    "modal submit of 25": (modal(submit=plain("t" * 25)), "less than 25", "/view/submit/text"),
    "modal close of 25": (modal(close=plain("t" * 25)), "less than 25", "/view/close/text"),
    "private_metadata of 3,001": (
        modal(private_metadata="m" * 3001),
        "less than 3001",
        "/view/private_metadata",
    ),
    "callback_id of 256": (modal(callback_id="c" * 256), "less than 256", "/view/callback_id"),
    "input without submit": (
        {"type": "modal", "title": plain("Deny"), "blocks": [asking()]},
        "missing required field: submit",
        "/view",
    ),
    "input without label": (
        modal({"type": "input", "element": {"type": "plain_text_input"}}),
        "missing required field: label",
        "/view/blocks/0",
    ),
    "button as input": (
        modal({"type": "input", "label": plain("x"), "element": button()}),
        "unsupported type: button",
        "/view/blocks/0/element",
    ),
    "private_metadata that is no text": (
        modal(private_metadata={"id": 31}),
        "must provide a string",
        "/view/private_metadata",
    ),
    "emoji that is no boolean": (
        message({"type": "header", "text": {**plain("x"), "emoji": "yes"}}),
        "must provide a boolean",
        "/blocks/0/text/emoji",
    ),
    "length that is no number": (
        modal(asking(element={"type": "plain_text_input", "max_length": "20"})),
        "must provide an integer",
        "/view/blocks/0/element/max_length",
    ),
    "length beyond 3,000": (
        modal(asking(element={"type": "plain_text_input", "max_length": 3001})),
        "must be from 1 to 3000",
        "/view/blocks/0/element/max_length",
    ),
    "metadata without type": (
        {"text": "x", "metadata": {"event_type": "", "event_payload": {}}},
        "must have an event_type",
        "/metadata",
    ),
    "confirm that is no object": (
        message(actions(button(confirm=["Sure?"]))),
        "must provide an object",
        "/blocks/0/elements/0/confirm",
    ),
    "unknown block": (message({"type": "blink"}), "unsupported type: blink", "/blocks/0"),
    "unknown view": ({"type": "popup"}, "unsupported type: popup", "/view"),
    "misspelt field": (
        message(section(acessory=button())),
        "invalid additional property: acessory",
        "/blocks/0",
    ),
    "blocks that are no list": ({"blocks": {"type": "divider"}}, "must provide an array", "/blocks"),
    "block that is no object": ({"blocks": ["hello"]}, "must provide an object", "/blocks/0"),
    "text of 40,001": ({"text": "x" * 40_001}, "cut off after 40000", "/text"),
    "nothing said": ({"blocks": []}, "neither text nor blocks", "/text"),
    "metadata without payload": (
        {"text": "x", "metadata": {"event_type": "request"}},
        "must have an event_payload object",
        "/metadata",
    ),
}


@pytest.mark.parametrize("payload", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_what_is_at_the_limit_is_taken(payload: Json) -> None:
    assert problems(payload) == []


@pytest.mark.parametrize(("payload", "says", "at"), OVER.values(), ids=OVER.keys())
def test_what_is_over_the_limit_is_named_once_with_its_place(payload: Json, says: str, at: str) -> None:
    (problem,) = problems(payload)
    assert says in problem
    assert problem.endswith(f"[json-pointer:{at}]")


def test_legal_blocks_are_too_long_together_above_13200_characters() -> None:
    blocks = [section("x" * 2600) for _ in range(5)]
    (problem,) = problems(message(*blocks))
    assert "13200 are taken" in problem
    assert problems(message(*blocks[:4])) == []


def test_ids_may_repeat_in_different_blocks_as_actions_and_not_as_blocks() -> None:
    assert problems(message(actions(button(), block_id="a"), actions(button(), block_id="b"))) == []


def test_what_the_models_of_slack_sdk_build_is_taken() -> None:
    ask = ConfirmObject(title="Sure?", text="MFA goes off.", confirm="Approve", deny="Back")
    press = ButtonElement(text="Approve", action_id="approve", value="R-1:1", style="primary", confirm=ask)
    blocks = [
        HeaderBlock(text="R-31"),
        SectionBlock(text=MarkdownTextObject(text="*R-31*"), fields=[MarkdownTextObject(text="a")]),
        DividerBlock(),
        ContextBlock(elements=[MarkdownTextObject(text="lapses at 17:40")]),
        ActionsBlock(elements=[press]),
    ]
    reason = InputBlock(label="Reason", element=PlainTextInputElement(action_id="r", multiline=True))
    view = View(type="modal", title=PlainTextObject(text="Deny"), submit="Deny", blocks=[reason])
    assert problems({"text": "R-31", "blocks": [block.to_dict() for block in blocks]}) == []
    assert problems(view.to_dict()) == []


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "blocks", "elements", "element", "accessory", "block_id", "fields"]
            ),
            inner | st.sampled_from(["section", "actions", "button", "input", "modal", "mrkdwn"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(blocks=JUNK, view=st.booleans())
def test_no_payload_however_broken_makes_the_check_raise(blocks: object, *, view: bool) -> None:
    payload = {"type": "modal", "blocks": blocks} if view else {"text": "x", "blocks": blocks}
    assert all(isinstance(problem, str) for problem in problems(payload))
