"""A simulated Slack workspace over HTTP, and the people in it.

::

    async with story() as workspace:
        client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
        workspace.deliver_to = "http://127.0.0.1:3000/slack/events"
        await workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
        shown = await workspace.until(lambda: workspace.seen_by("U0HANNA"))

``workspace`` is the whole, ``world`` its state; ``server`` with ``chat``, ``directory``, ``modals`` and
``replies`` is what the app calls; ``acting`` with ``payloads``, ``inputs`` and ``delivery`` is what people do
to the app; ``limits`` (over ``schema``) is what Slack refuses; ``transcript`` is what a person reads.
"""

from bot.sim.workspace.acting import Actor, button
from bot.sim.workspace.delivery import Ack, NotAcknowledgedError
from bot.sim.workspace.faults import CutAfter, CutBefore, Delay, Fault, Hold, HoldAnswer, Refuse, Status
from bot.sim.workspace.inputs import CannotActError
from bot.sim.workspace.limits import problems
from bot.sim.workspace.model import (
    ApiCall,
    Conversation,
    Ephemeral,
    Group,
    Json,
    Kind,
    Message,
    Person,
    Version,
    View,
)
from bot.sim.workspace.story import story
from bot.sim.workspace.workspace import SimulatedWorkspace
from bot.sim.workspace.world import Installation

__all__ = [
    "Ack",
    "Actor",
    "ApiCall",
    "CannotActError",
    "Conversation",
    "CutAfter",
    "CutBefore",
    "Delay",
    "Ephemeral",
    "Fault",
    "Group",
    "Hold",
    "HoldAnswer",
    "Installation",
    "Json",
    "Kind",
    "Message",
    "NotAcknowledgedError",
    "Person",
    "Refuse",
    "SimulatedWorkspace",
    "Status",
    "Version",
    "View",
    "button",
    "problems",
    "story",
]
