"""What a person sees, as text."""

from __future__ import annotations

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.workspace import story, transcript

CARD: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "R-31"}},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*Suspend MFA for Lee Jansen*\nAsked by <@U0HANNA>"},
        "fields": [{"type": "mrkdwn", "text": "until <!date^1700000000^{time}|22:13 UTC>"}],
        "accessory": {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Use that"}},
    },
    {"type": "divider"},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "b", "text": {"type": "plain_text", "text": "Approve"}},
            {"type": "button", "action_id": "c", "text": {"type": "plain_text", "text": "Deny"}},
        ],
    },
    {
        "type": "context",
        "elements": [
            {"type": "image", "image_url": "https://contoso.com/i.png", "alt_text": "clock"},
            {"type": "mrkdwn", "text": "&lt;!channel&gt; lapses"},
        ],
    },
    {"type": "image", "image_url": "https://contoso.com/i.png", "alt_text": "chart"},
]


async def test_a_conversation_reads_as_people_see_it() -> None:
    async with story(now=lambda: 1_700_000_000.0) as workspace:
        client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
        posted = await client.chat_postMessage(channel="C0APPROVALS", text="R-31", blocks=CARD)
        await client.chat_postMessage(channel="C0APPROVALS", text="MFA off", thread_ts=posted["ts"])
        await client.chat_postEphemeral(channel="C0APPROVALS", user="U0HANNA", text="Sent to <@U0OMAR>")
        seen = workspace.transcript().splitlines()
    assert seen == [
        "== #mfa-approvals",
        "-- 22:13:20",
        "R-31",
        "Suspend MFA for Lee Jansen",
        "Asked by @Hanna",
        "until 22:13",
        "[Use that]",
        "-" * 40,
        "[Approve] [Deny]",
        "(clock) <!channel> lapses",
        "(chart)",
        "    22:13:20 MFA off",
        "== only to Hanna de Boer",
        "Sent to @Omar",
    ]


async def test_a_modal_reads_with_its_inputs_and_what_is_wrong() -> None:
    option = {"text": {"type": "plain_text", "text": "1 hour"}, "value": "1h"}
    time = {"type": "static_select", "action_id": "t", "options": [option], "initial_option": option}
    hint = {"type": "plain_text", "text": "why"}
    why = {"type": "plain_text_input", "action_id": "r", "placeholder": hint}
    asks = [
        {"type": "input", "block_id": name, "label": {"type": "plain_text", "text": name}, "element": element}
        for name, element in (("Time", time), ("Reason", why), ("Ticket", {"type": "plain_text_input"}))
    ]
    words = {key: {"type": "plain_text", "text": key.capitalize()} for key in ("title", "submit", "close")}
    async with story() as workspace:
        client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
        modal = {"type": "modal", **words, "blocks": asks}
        await client.views_open(trigger_id=workspace.new_trigger("U0OMAR"), view=modal)
        view = workspace.views_of("U0OMAR")[0]
        view.errors = {"Reason": "Say more."}
        assert transcript.view(view, workspace.names) == [
            "Title",
            "Time: [1 hour v]",
            "Reason: [why]",
            "Ticket: []",
            "! Say more.",
            "[Submit] [Close]",
        ]
