"""An access pass in words: what is asked for, what an approval grants, and the one place it is shown."""

from __future__ import annotations

from typing import Final

from slack_sdk.models.blocks import Block, PlainTextObject, SectionBlock
from slack_sdk.models.views import View

from approvals.model import AccessPass, IssuePass, Request, RequestId, State, label
from approvals.service import PassNotShown
from bot.slack.render.blocks import Json, Message, section, small
from bot.slack.render.text import code, mention, moment, plain, sentence, spell

SHOWN_ONCE: Final = "It is shown here once, to you alone. Close this window and it is gone."
OLD_OUTLOOK: Final = "It does not help an Outlook that knows basic authentication only."


def heading(action: IssuePass, name: str) -> str:
    """Return what is asked for somebody of this *name*, in half a line."""
    return f"Temporary Access Pass for {plain(name)}, {spell(action.lasts)}"


def grants(request: Request, action: IssuePass) -> str:
    """Return what an approval brings about."""
    who, whom = mention(request.requester), plain(request.subject.name)
    good = f"{spell(action.lasts)} and {'one sign-in' if action.once else 'every sign-in in that time'}"
    lines = [
        f"{who} is shown one pass, once: it signs {whom} in past password and second factor, for {good}.",
        "MFA stays on, and nothing of it is changed.",
        f"What is signed in with it stays so no longer than the pass is good. {OLD_OUTLOOK}",
    ]
    if request.state is State.APPLYING and not request.pass_is_out and request.ends_at:
        lines.append(f"*Approved*: {who} can have it shown until {moment(request.ends_at)}.")
    return "\n".join(lines)


def granted(request: Request) -> str:
    """Return what the requester is told of an approval that they can use now."""
    return (
        f"Press the button when {plain(request.subject.name)} is there to sign in. "
        "The pass is made in that moment and shown once, to you alone; nobody can show it again."
    )


def approved(request: Request) -> str:
    """Return what whoever approved last is told."""
    until = f" until {moment(request.ends_at)}" if request.ends_at else ""
    return f"{mention(request.requester)} can have the pass shown{until}, once."


def uses(action: IssuePass) -> str:
    """Return what it is good for, in a few words."""
    return f"good for {'one' if action.once else 'every'} sign-in"


def warning(action: IssuePass, whom: str) -> str:
    """Return what Slack asks before an approval, about *whom*."""
    return f"Lets the requester see a pass that signs in as {whom}, {spell(action.lasts)}."


def not_shown(reply: PassNotShown) -> str:
    """Say that nobody has a pass, and what to do."""
    why = sentence(reply.why).rstrip(".")
    removed = "What Entra may have made of it is removed." if _is_out(reply.request) else ""
    return " ".join(
        filter(None, (f"{reply.request.label}: no pass was shown: {why}.", removed, "Ask for another pass."))
    )


def _is_out(request: Request) -> bool:
    return request.state is not State.CLOSED


# --- the screen ----------------------------------------------------------------------------


def being_made(request: RequestId) -> Json:
    """Return the view that opens at once."""
    blocks: list[Block] = [section("pass", "The pass is being made…"), small("once", SHOWN_ONCE)]
    return _view(request, blocks)


def shown(request: Request, issued: AccessPass) -> Json:
    """Return the view with the pass: the only thing that ever holds it."""
    action = request.action
    good = uses(action) if isinstance(action, IssuePass) else ""
    until = f" until {moment(request.ends_at)}" if request.ends_at else ""
    whom = f"*{plain(request.subject.name)}* · {plain(request.subject.upn, 200)}"
    blocks: list[Block] = [
        section("whom", f"{whom}\nTemporary Access Pass, {good}{until}:"),
        _exact(issued.secret),
        section("how", "At sign-in: first the address, then this pass. Tell it to nobody else."),
        small("once", SHOWN_ONCE),
    ]
    return _view(request.id, blocks)


def _exact(secret: str) -> SectionBlock:
    """Return the pass to be read character by character: no mark of Slack's may change it."""
    if "`" in secret:
        return SectionBlock(block_id="pass", text=PlainTextObject(text=secret, emoji=False))
    return section("pass", code(secret, 256))


def instead(request: RequestId, message: Message) -> Json:
    """Return the view that says *message*: there is no pass to be seen, or no longer."""
    return {**being_made(request), "blocks": list(message.blocks)}


def _view(request: RequestId, blocks: list[Block]) -> Json:
    return View(
        type="modal",
        title=PlainTextObject(text=f"Access pass {label(request)}"[:24]),
        close=PlainTextObject(text="Close"),
        blocks=blocks,
    ).to_dict()
