"""A person who acts: types, clicks, fills in and closes, only as far as a person can."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.sim.workspace import chat, content, inputs, modals, mrkdwn, payloads
from bot.sim.workspace.delivery import NotAcknowledgedError
from bot.sim.workspace.inputs import CannotActError
from bot.sim.workspace.model import Conversation, Ephemeral, Json, Message, Person, Version, View, elements
from bot.sim.workspace.refusals import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sim.workspace.delivery import Ack, Post
    from bot.sim.workspace.world import World

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack says in a modal whose app did not answer properly."""

_TYPED = re.compile(r"(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]*\w)|@(?P<user>[\w.-]*\w)|#(?P<channel>[\w-]+)")


class Actor:
    """The hands of one person. What no person could do raises ``CannotActError``.

    ``commanding``, ``pressing`` and ``filling`` return what would be sent, for tests that alter it and
    send it with ``workspace.command`` or ``workspace.interact``.
    """

    def __init__(self, world: World, courier: Post, user_id: str) -> None:
        self._world = world
        self._courier = courier
        self._id = world.people[user_id].id

    @property
    def profile(self) -> Person:
        """Who this is, now."""
        return self._world.people[self._id]

    @property
    def view(self) -> View:
        """The modal in front of this person."""
        views = self._world.views_of(self._id)
        if not views:
            raise CannotActError(f"no modal is open for {self._id}")
        return views[-1]

    async def types(self, command: str, text: str = "", *, channel: str = "", escaped: bool = False) -> Ack:
        """Type the slash *command* with *text* in *channel* (default: the messages with the app).

        *escaped* sends what Slack sends for a command that has "escape channels, users, and links" on;
        without it the text goes as typed. ``NotAcknowledgedError`` if the app is silent for 3 s.
        """
        form = self.commanding(command, text, channel=channel, escaped=escaped)
        try:
            ack = await self._courier.command(form)
        except NotAcknowledgedError:
            self._told(form, f"{command} failed with the error “operation_timeout”")
            raise
        if ack.status != 200:  # noqa: PLR2004 - HTTP's own number
            self._told(form, f"{command} failed with the error “dispatch_failed”")
        elif ack.body:
            self._answered(form, ack.body)
        self._world.changed()
        return ack

    async def clicks(self, message: Message, label: str) -> Ack:
        """Press the button that reads *label* in *message*, and confirm if Slack asks."""
        ack = await self._courier.interact(self.pressing(message, label))
        self._world.changed()
        return ack

    async def presses(self, message: Message, block_id: str, action_id: str) -> Ack:
        """Press the element *action_id* of the block *block_id*, as who sees *message* may."""
        self._sees(message)
        pressed = _element(message, block_id, action_id)
        payload = payloads.block_actions(self._world, self.profile, message, pressed=pressed)
        ack = await self._courier.interact(payload)
        self._world.changed()
        return ack

    def says(self, text: str, *, channel: str) -> Message:
        """Post *text* in *channel*, for people to read; the app is not told."""
        where = self._world.channel(channel)
        self._in(where)
        said = content.version(self._world, content.taken({"text": self._escaped(text)}))
        ts = self._world.next_ts()
        message = Message(channel=channel, ts=ts, author=self._id, versions=[said])
        where.posts.append(message)
        self._world.changed()
        return message

    async def submits(self, view: View, answers: Mapping[str, object] | None = None) -> Ack:
        """Fill *answers* into *view* (by label, block id or action id) and send it off.

        What the app answers is done to the view: closed, updated, or errors beside the inputs.
        """
        payload = self.filling(view, answers)
        view.errors, view.trouble = {}, TROUBLE
        try:
            ack = await self._courier.interact(payload)
            if ack.status == 200:  # noqa: PLR2004 - HTTP's own number
                self._settle(view, ack)
        finally:
            self._world.changed()
        return ack

    async def closes(self, view: View) -> Ack | None:
        """Close *view*; None if the app did not ask to be told (``notify_on_close``)."""
        self._in_front(view)
        view.is_open = False
        self._world.changed()
        if not view.content.get("notify_on_close"):
            return None
        return await self._courier.interact(payloads.view_closed(self._world, self.profile, view))

    def commanding(
        self, command: str, text: str = "", *, channel: str = "", escaped: bool = False
    ) -> dict[str, str]:
        """Return the form :meth:`types` sends."""
        where = self._world.channel(channel) if channel else self._world.dm(self._id)
        self._in(where)
        typed = self._escaped(text) if escaped else text
        return payloads.command(self._world, self.profile, where, line=(command, typed))

    def pressing(self, message: Message, label: str, *, version: Version | None = None) -> Json:
        """Return the payload :meth:`clicks` sends.

        *version* is for a person whose screen still shows an older version of *message*.
        """
        self._sees(message)
        pressed = button(message, label, version=version)
        return payloads.block_actions(self._world, self.profile, message, pressed=pressed)

    def filling(self, view: View, answers: Mapping[str, object] | None = None) -> Json:
        """Return the payload :meth:`submits` sends."""
        self._in_front(view)
        blocks = view.content["blocks"]
        values = inputs.values(blocks, answers)
        inputs.check(blocks, values)
        return payloads.view_submission(self._world, self.profile, view, values)

    def _in(self, where: Conversation) -> None:
        if self.profile.deleted:
            raise CannotActError(f"{self._id} is deactivated")
        if self._id not in where.members:
            raise CannotActError(f"{self._id} is not in {where.id}")

    def _sees(self, message: Message) -> None:
        self._in(self._world.channel(message.channel))
        if message.deleted_at is not None:
            raise CannotActError("the message is deleted")
        if isinstance(message, Ephemeral) and message.to != self._id:
            raise CannotActError(f"only {message.to} sees this message")

    def _in_front(self, view: View) -> None:
        if view not in self._world.views_of(self._id):
            raise CannotActError(f"the view is not open in front of {self._id}")

    def _escaped(self, text: str) -> str:
        people = {one.name: f"<@{one.id}|{one.name}>" for one in self._world.people.values()}
        channels = {one.name: f"<#{one.id}|{one.name}>" for one in self._world.conversations.values()}

        def token(found: re.Match[str]) -> str:
            if found["mail"]:
                return f"<mailto:{found['mail']}|{found['mail']}>"
            known = people if found["user"] else channels
            return known.get(found["user"] or found["channel"], found[0])

        return _TYPED.sub(token, mrkdwn.escape(text))

    def _told(self, form: dict[str, str], text: str) -> None:
        """Let Slack itself say *text* to this person alone."""
        said = content.taken({"text": text})
        chat.show(self._world, self._id, form["channel_id"], said).author = "USLACKBOT"

    def _answered(self, form: dict[str, str], body: str) -> None:
        """Show an acknowledgement's body, as Slack does with the answer of a slash command."""
        try:
            said = json.loads(body)
        except ValueError:
            said = body
        try:
            message = said if isinstance(said, dict) else {"text": body}
            chat.show(self._world, self._id, form["channel_id"], content.taken(message))
        except ApiError as refused:
            self._told(form, f"{form['command']} failed with the error “{refused.answer['error']}”")

    def _settle(self, view: View, ack: Ack) -> None:
        """Do to *view* what the app answered to its submission; nonsense leaves the trouble standing."""
        try:
            answer = ack.json() or {}
        except ValueError:
            return
        match answer:
            case {"response_action": "errors", "errors": dict(errors)} if _beside_inputs(view, errors):
                view.errors, view.trouble = errors, ""
            case {"response_action": "update", "view": sent} if not _refused(sent):
                modals.replace(self._world, view, sent)
                view.trouble = ""
            case {"response_action": "clear"}:
                for one in self._world.views_of(self._id):
                    one.is_open = False
                view.trouble = ""
            case {"response_action": _}:
                return
            case _:
                view.is_open, view.trouble = False, ""


def button(message: Message, label: str, *, version: Version | None = None) -> tuple[Json, Json]:
    """Return the block and the button that reads *label*; ``CannotActError`` if there is not exactly one."""
    blocks = (version or message.versions[-1]).blocks
    buttons = [(block, one) for block, one in elements(blocks) if one["type"] == "button"]
    found = [(block, one) for block, one in buttons if one["text"]["text"] == label]
    if len(found) != 1:
        seen = ", ".join(one["text"]["text"] for _, one in buttons) or "none"
        raise CannotActError(f"{len(found)} buttons read {label!r}; buttons in the message: {seen}")
    return found[0]


def _element(message: Message, block_id: str, action_id: str) -> tuple[Json, Json]:
    for block, element in elements(message.blocks):
        if (block["block_id"], element.get("action_id")) == (block_id, action_id):
            return block, element
    raise CannotActError(f"nothing in the message is {block_id}/{action_id}")


def _beside_inputs(view: View, errors: Json) -> bool:
    """Whether every error belongs to an input block; Slack shows none of them otherwise."""
    blocks = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    return bool(errors) and errors.keys() <= blocks


def _refused(sent: object) -> bool:
    try:
        modals.checked(sent)
    except ApiError:
        return True
    return False
