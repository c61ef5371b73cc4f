"""The forms: an input's block id is its name, so that a fault finds its place."""

from __future__ import annotations

from typing import assert_never

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from approvals.model import RequestId, label
from bot.slack.render.blocks import Json, section
from bot.slack.render.text import sentence
from commands.model import FormName, FormOpened, Input

REASON_MOST = 1_000
TIME_MOST = 20
FAULT_MOST = 200


def form(opened: FormOpened) -> Json:
    """Return the view to open."""
    match opened.form:
        case FormName.DENY:
            return _view(opened, "Deny", "The requester sees the reason.", _reason("Why not?"))
        case FormName.EXTEND:
            said = "More time is a request of its own; an approver decides."
            return _view(opened, "Extend", said, _duration(), _reason("What is the time needed for?"))
        case never:
            assert_never(never)


def faults(found: dict[str, str]) -> dict[str, str]:
    """Return what is wrong by input, as Slack shows it beside each (plain text)."""
    return {name: sentence(why, FAULT_MOST) for name, why in found.items()}


def _view(opened: FormOpened, verb: str, said: str, *inputs: InputBlock) -> Json:
    return View(
        type="modal",
        callback_id=opened.form.value,
        private_metadata=opened.about,
        title=PlainTextObject(text=_title(verb, opened.request)),
        submit=PlainTextObject(text=verb),
        close=PlainTextObject(text="Cancel"),
        blocks=[section("about", f"*{label(opened.request)}* · {said}"), *inputs],
    ).to_dict()


def _title(verb: str, request: RequestId) -> str:
    """Return the title, which Slack bounds at 24 characters."""
    return f"{verb} {label(request)}"[:24]


def _reason(hint: str) -> InputBlock:
    written = PlainTextInputElement(
        action_id=Input.REASON.value,
        multiline=True,
        max_length=REASON_MOST,
        placeholder=PlainTextObject(text=hint),
    )
    return InputBlock(block_id=Input.REASON.value, label=PlainTextObject(text="Reason"), element=written)


def _duration() -> InputBlock:
    written = PlainTextInputElement(
        action_id=Input.DURATION.value,
        max_length=TIME_MOST,
        placeholder=PlainTextObject(text="30m, 1h, 1h30m"),
    )
    return InputBlock(block_id=Input.DURATION.value, label=PlainTextObject(text="Time"), element=written)
