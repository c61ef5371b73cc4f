"""People who act in the simulated workspace, and a small product that answers them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sim.workspace import (
    CannotActError,
    CutAfter,
    Message,
    NotAcknowledgedError,
    SimulatedWorkspace,
    Status,
    button,
    story,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.webhook import WebhookResponse

Json = dict[str, Any]
NOW = 1_700_000_000.0


class Time(Clock):
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at

    def now(self) -> float:
        return self.at


class Product:
    """Verifies like a real app, keeps what it was sent, and answers what it is told to."""

    def __init__(self, verifier: SignatureVerifier) -> None:
        self.verifier = verifier
        self.seen: list[Json] = []
        self.answer: Callable[[], Awaitable[web.Response]] = self.empty

    async def empty(self) -> web.Response:
        return web.Response()

    def says(self, body: Json | str, status: int = 200) -> None:
        async def answer() -> web.Response:
            if isinstance(body, str):
                return web.Response(text=body, status=status)
            return web.json_response(body, status=status)

        self.answer = answer

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if not self.verifier.is_valid_request(raw, request.headers):
            return web.Response(status=401)
        form = dict(parse_qsl(raw.decode(), keep_blank_values=True))
        self.seen.append(json.loads(form["payload"]) if "payload" in form else form)
        return await self.answer()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def workspace(time: Time) -> AsyncIterator[SimulatedWorkspace]:
    async with story(now=time) as entered:
        yield entered


@pytest.fixture
async def product(workspace: SimulatedWorkspace, time: Time) -> AsyncIterator[Product]:
    served = Product(SignatureVerifier(workspace.signing_secret, clock=time))
    app = web.Application()
    app.router.add_post("/slack/events", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    workspace.deliver_to = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield served
    await runner.cleanup()


@pytest.fixture
def client(workspace: SimulatedWorkspace) -> AsyncWebClient:
    return AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)


def press(label: str, action_id: str, **more: object) -> Json:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, "value": "R-31:1", **more}


CONFIRM = {
    "title": {"type": "plain_text", "text": "Sure?"},
    "text": {"type": "mrkdwn", "text": "MFA goes off."},
    "confirm": {"type": "plain_text", "text": "Approve"},
    "deny": {"type": "plain_text", "text": "Back"},
}
APPROVE = press("Approve", "approve", confirm=CONFIRM)
CARD: list[Json] = [
    {"type": "section", "block_id": "what", "text": {"type": "mrkdwn", "text": "*R-31*"}},
    {"type": "actions", "block_id": "decide", "elements": [APPROVE, press("Deny", "deny")]},
]
MODAL: Json = {
    "type": "modal",
    "callback_id": "deny",
    "private_metadata": "R-31",
    "title": {"type": "plain_text", "text": "Deny"},
    "submit": {"type": "plain_text", "text": "Deny"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "reason", "max_length": 20},
        }
    ],
}


async def card_in(workspace: SimulatedWorkspace, client: AsyncWebClient) -> Message:
    await client.chat_postMessage(channel="C0APPROVALS", text="R-31", blocks=CARD)
    return workspace.channel("C0APPROVALS").messages[-1]


async def respond(url: str, **body: object) -> WebhookResponse:
    return await AsyncWebhookClient(url).send_dict(body)


async def open_modal(workspace: SimulatedWorkspace, client: AsyncWebClient, **changed: object) -> None:
    await client.views_open(trigger_id=workspace.new_trigger("U0OMAR"), view=MODAL | changed)


async def test_a_typed_command_is_slacks_form_signed_on_the_workspaces_clock(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    hanna = workspace.person("U0HANNA")
    ack = await hanna.types("/mfa", "status lee@contoso.com & <!channel>", channel="C0APPROVALS")
    assert (ack.status, ack.body, ack.json()) == (200, "", None)
    assert 0 < ack.seconds < 3
    (form,) = product.seen
    assert form.pop("response_url").startswith(f"{workspace.url}respond/")
    assert form.pop("trigger_id") in workspace.triggers
    assert form.pop("token") == workspace.installation.verification_token
    assert form == {
        "team_id": "T0CONTOSO",
        "team_domain": "contoso",
        "channel_id": "C0APPROVALS",
        "channel_name": "privategroup",
        "user_id": "U0HANNA",
        "user_name": "hanna",
        "command": "/mfa",
        "text": "status lee@contoso.com & <!channel>",
        "api_app_id": "A0RELATCH",
        "is_enterprise_install": "false",
    }


async def test_a_command_typed_to_the_app_comes_from_the_direct_messages(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    await workspace.person("U0HANNA").types("/mfa")
    assert (product.seen[0]["channel_name"], product.seen[0]["text"]) == ("directmessage", "")
    assert product.seen[0]["channel_id"] == workspace.dm("U0HANNA").id


async def test_an_escaped_command_carries_slacks_tokens(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    text = "status @lee, lee@contoso.com in #mfa-approvals & <@nobody"
    await workspace.person("U0HANNA").types("/mfa", text, escaped=True)
    assert product.seen[0]["text"] == (
        "status <@U0LEE|lee>, <mailto:lee@contoso.com|lee@contoso.com> "
        "in <#C0APPROVALS|mfa-approvals> &amp; &lt;@nobody"
    )


async def test_nobody_types_where_they_are_not_or_after_they_left(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    with pytest.raises(CannotActError, match="not in C0APPROVALS"):
        await workspace.person("U0LEE").types("/mfa", "help", channel="C0APPROVALS")
    workspace.change_person("U0HANNA", deleted=True)
    with pytest.raises(CannotActError, match="deactivated"):
        await workspace.person("U0HANNA").types("/mfa", "help")
    assert product.seen == []


async def test_forged_stale_and_replayed_deliveries_can_be_made(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    raw = b"command=%2Fmfa&text=help"
    stale, early = int(NOW) - 301, int(NOW) + 301
    forged = [
        workspace.sign(raw, secret="wrong"),
        workspace.sign(raw, timestamp=stale),
        workspace.sign(raw, timestamp=early),
        workspace.sign(raw + b" "),
        {},
    ]
    assert [(await workspace.deliver(raw, headers)).status for headers in forged] == [401] * 5
    good = workspace.sign(raw)
    assert [(await workspace.deliver(raw, good)).status for _ in range(2)] == [200, 200]
    assert len(product.seen) == 2


async def test_what_a_command_is_answered_with_is_shown_to_its_author(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    hanna = workspace.person("U0HANNA")
    product.says("Looking up lee")
    await hanna.types("/mfa", "status lee")
    product.says({"text": "", "blocks": CARD})
    await hanna.types("/mfa", "status lee")
    product.says("31")
    await hanna.types("/mfa", "status lee")
    product.says({"text": ""})
    await hanna.types("/mfa", "status lee")
    product.says("no", status=500)
    await hanna.types("/mfa", "status lee")
    shown = workspace.seen_by("U0HANNA")
    assert [message.text for message in shown] == [
        "Looking up lee",
        "",
        "31",
        "/mfa failed with the error “no_text”",
        "/mfa failed with the error “dispatch_failed”",
    ]
    assert [message.author for message in shown] == ["U0RELATCH"] * 3 + ["USLACKBOT"] * 2


async def test_a_command_nobody_answers_fails_in_front_of_its_author(workspace: SimulatedWorkspace) -> None:
    hanna = workspace.person("U0HANNA")
    with pytest.raises(RuntimeError, match="deliver_to"):
        await hanna.types("/mfa", "help")
    workspace.deliver_to = f"{workspace.url}respond/cut"
    workspace.fault("response_url", CutAfter())
    with pytest.raises(NotAcknowledgedError):
        await hanna.types("/mfa", "help")
    assert "operation_timeout" in workspace.seen_by("U0HANNA")[-1].text


async def test_a_response_url_says_replaces_and_deletes_before_one_person(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    await workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
    url = product.seen[0]["response_url"]
    first = await respond(url, text="Looking up lee@contoso.com…")
    assert (first.status_code, json.loads(first.body)) == (200, {"ok": True})
    await respond(url, text="Lee Jansen", replace_original=True)
    (shown,) = workspace.seen_by("U0HANNA")
    assert [version.text for version in shown.versions] == ["Looking up lee@contoso.com…", "Lee Jansen"]
    await respond(url, delete_original=True)
    assert workspace.seen_by("U0HANNA") == []
    await respond(url, text="for all", response_type="in_channel")
    assert [message.text for message in workspace.dm("U0HANNA").messages] == ["for all"]
    assert workspace.seen_by("U0OMAR") == []


async def test_a_response_url_takes_five_posts(workspace: SimulatedWorkspace, product: Product) -> None:
    await workspace.person("U0HANNA").types("/mfa", "help")
    answers = [await respond(product.seen[0]["response_url"], text=str(n)) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert json.loads(answers[-1].body) == {"ok": False, "error": "used_url"}
    assert len(workspace.seen_by("U0HANNA")) == 5


async def test_a_response_url_takes_posts_for_half_an_hour(
    workspace: SimulatedWorkspace, product: Product, time: Time
) -> None:
    await workspace.person("U0HANNA").types("/mfa", "help")
    url = product.seen[0]["response_url"]
    time.at += 30 * 60
    assert (await respond(url, text="in time")).status_code == 200
    time.at += 1
    late = await respond(url, text="late")
    assert (late.status_code, json.loads(late.body)["error"]) == (404, "expired_url")
    unknown = await respond(f"{workspace.url}respond/unknown", text="x")
    assert unknown.status_code == 404


async def test_a_response_url_checks_blocks_and_can_be_made_to_fail(
    workspace: SimulatedWorkspace, product: Product
) -> None:
    await workspace.person("U0HANNA").types("/mfa", "help")
    url = product.seen[0]["response_url"]
    refused = await respond(url, text="x", blocks=[{"type": "blink"}])
    assert (refused.status_code, json.loads(refused.body)["error"]) == (400, "invalid_blocks")
    workspace.fault("response_url", Status(500))
    assert (await respond(url, text="x")).status_code == 500
    assert [call.status for call in workspace.called("response_url")] == [400, 500]


async def test_a_click_is_one_payload_with_what_the_button_carries(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    assert button(card, "Approve")[1]["confirm"] == CONFIRM
    ack = await workspace.person("U0OMAR").clicks(card, "Approve")
    assert ack.status == 200
    (payload,) = product.seen
    (action,) = payload["actions"]
    assert (payload["type"], payload["team"]) == ("block_actions", {"id": "T0CONTOSO", "domain": "contoso"})
    assert payload["user"] == {"id": "U0OMAR", "username": "omar", "name": "omar", "team_id": "T0CONTOSO"}
    assert payload["channel"] == {"id": "C0APPROVALS", "name": "mfa-approvals"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": "C0APPROVALS",
        "is_ephemeral": False,
    }
    assert (payload["message"]["ts"], payload["message"]["blocks"]) == (card.ts, CARD)
    assert payload["api_app_id"] == "A0RELATCH"
    assert payload["trigger_id"] in workspace.triggers
    assert payload["state"] == {"values": {}}
    assert action.pop("action_ts") > card.ts
    assert action == {
        "type": "button",
        "action_id": "approve",
        "block_id": "decide",
        "value": "R-31:1",
        "text": {"type": "plain_text", "text": "Approve"},
    }


async def test_a_clicks_response_url_answers_in_private_or_changes_the_card(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    await workspace.person("U0HANNA").clicks(card, "Approve")
    url = product.seen[0]["response_url"]
    await respond(url, text="You asked for this; someone else has to decide.")
    assert [shown.text for shown in workspace.seen_by("U0HANNA")] == [
        "You asked for this; someone else has to decide."
    ]
    assert len(card.versions) == 1
    await respond(url, text="decided", replace_original=True)
    assert card.text == "decided"


async def test_only_a_button_that_is_there_and_visible_can_be_clicked(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    omar = workspace.person("U0OMAR")
    with pytest.raises(CannotActError, match="buttons in the message: Approve, Deny"):
        await omar.clicks(card, "approve")
    with pytest.raises(CannotActError, match="not in C0APPROVALS"):
        await workspace.person("U0SAM").clicks(card, "Approve")
    await client.chat_postEphemeral(channel="C0APPROVALS", user="U0HANNA", text="x", blocks=CARD)
    with pytest.raises(CannotActError, match="only U0HANNA"):
        await omar.clicks(workspace.seen_by("U0HANNA")[0], "Approve")
    await client.chat_delete(channel="C0APPROVALS", ts=card.ts)
    with pytest.raises(CannotActError, match="deleted"):
        await omar.clicks(card, "Approve")
    assert product.seen == []


async def test_an_ephemeral_message_is_clicked_without_its_content(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    accessory = [{**CARD[0], "accessory": press("Use that", "use")}]
    await client.chat_postEphemeral(channel="C0APPROVALS", user="U0HANNA", text="x", blocks=accessory)
    await workspace.person("U0HANNA").clicks(workspace.seen_by("U0HANNA")[0], "Use that")
    (payload,) = product.seen
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    await respond(payload["response_url"], delete_original=True)
    assert workspace.seen_by("U0HANNA") == []


async def test_an_old_card_and_an_edited_button_can_be_clicked(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    await client.chat_update(channel="C0APPROVALS", ts=card.ts, text="R-31 restored")
    omar = workspace.person("U0OMAR")
    with pytest.raises(CannotActError, match="buttons in the message: none"):
        await omar.clicks(card, "Approve")
    payload = omar.pressing(card, "Approve", version=card.versions[0])
    payload["actions"][0]["value"] = "R-1:1"
    payload["user"]["team_id"] = "T0FABRIKAM"
    await workspace.interact(payload)
    assert product.seen[0]["actions"][0]["value"] == "R-1:1"
    assert product.seen[0]["user"]["team_id"] == "T0FABRIKAM"


async def test_a_stranger_in_a_shared_channel_clicks_with_their_own_team(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    workspace.channel("C0APPROVALS").members.append("U0SAM")
    await workspace.person("U0SAM").clicks(card, "Deny")
    assert product.seen[0]["user"]["team_id"] == "T0FABRIKAM"
    assert product.seen[0]["team"]["id"] == "T0CONTOSO"


async def test_a_form_is_opened_by_a_click_and_sent_off(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    card = await card_in(workspace, client)
    omar = workspace.person("U0OMAR")
    await omar.clicks(card, "Deny")
    await client.views_open(trigger_id=product.seen[0]["trigger_id"], view=MODAL)
    view = omar.view
    await omar.submits(view, {"reason": "not now"})
    sent = product.seen[1]
    assert (sent["type"], sent["user"]["id"], sent["view"]["id"]) == ("view_submission", "U0OMAR", view.id)
    assert (sent["view"]["private_metadata"], sent["view"]["callback_id"]) == ("R-31", "deny")
    answer = {"type": "plain_text_input", "value": "not now"}
    assert sent["view"]["state"]["values"] == {"why": {"reason": answer}}
    assert (view.is_open, view.trouble) == (False, "")
    with pytest.raises(CannotActError, match="no modal"):
        _ = omar.view
    with pytest.raises(CannotActError, match="not open"):
        await omar.submits(view, {"reason": "again"})


async def test_errors_stand_beside_the_inputs_until_they_are_put_right(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    await open_modal(workspace, client)
    omar = workspace.person("U0OMAR")
    view = omar.view
    product.says({"response_action": "errors", "errors": {"why": "Say more."}})
    await omar.submits(view, {"Reason": "no"})
    assert (view.is_open, view.errors) == (True, {"why": "Say more."})
    product.says({"response_action": "clear"})
    await omar.submits(view, {"why": "enough said"})
    assert (view.is_open, view.errors) == (False, {})


async def test_a_form_may_be_updated_by_its_answer(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    await open_modal(workspace, client)
    omar = workspace.person("U0OMAR")
    product.says(
        {"response_action": "update", "view": MODAL | {"title": {"type": "plain_text", "text": "Sure?"}}}
    )
    await omar.submits(omar.view, {"reason": "no"})
    assert omar.view.content["title"]["text"] == "Sure?"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, 200),
        ({"response_action": "errors", "errors": {}}, 200),
        ({"response_action": "update", "view": {"type": "modal"}}, 200),
        ({"response_action": "dance"}, 200),
        ("not json", 200),
        ("", 500),
    ],
)
async def test_an_answer_slack_does_not_understand_leaves_the_form_open_in_trouble(
    workspace: SimulatedWorkspace,
    product: Product,
    *,
    client: AsyncWebClient,
    answer: Json | str,
    status: int,
) -> None:
    await open_modal(workspace, client)
    omar = workspace.person("U0OMAR")
    product.says(answer, status)
    await omar.submits(omar.view, {"reason": "no"})
    assert (omar.view.errors, omar.view.trouble) == ({}, "We had some trouble connecting. Try again?")


async def test_slacks_client_does_not_send_a_form_it_can_see_is_wrong(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    await open_modal(workspace, client)
    omar = workspace.person("U0OMAR")
    for answers, why in (
        ({}, "Reason: this field is required"),
        ({"reason": "x" * 21}, "Reason: too short or too long"),
        ({"reason": "x", "ticket": "INC-7"}, "no input called ticket"),
    ):
        with pytest.raises(CannotActError, match=why):
            await omar.submits(omar.view, answers)
    with pytest.raises(CannotActError, match="not open in front of U0NOOR"):
        await workspace.person("U0NOOR").submits(omar.view, {"reason": "x"})
    assert product.seen == []


async def test_every_kind_of_input_is_filled_in_slacks_own_shape(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    options = [
        {"text": {"type": "plain_text", "text": label}, "value": value}
        for label, value in (("30 minutes", "30m"), ("1 hour", "1h"))
    ]

    def asks(block_id: str, **element: object) -> Json:
        label = {"type": "plain_text", "text": block_id.capitalize()}
        filled = {"action_id": "it", **element}
        return {"type": "input", "block_id": block_id, "label": label, "element": filled, "optional": True}

    blocks = [
        asks("time", type="static_select", options=options, initial_option=options[0]),
        asks("tags", type="checkboxes", options=options),
        asks("start", type="datetimepicker", initial_date_time=1_700_000_000),
        asks("who", type="users_select"),
        asks("none", type="radio_buttons", options=options),
        asks("some", type="multi_static_select", options=options, initial_options=options[:1]),
    ]
    await open_modal(workspace, client, blocks=blocks)
    omar = workspace.person("U0OMAR")
    with pytest.raises(CannotActError, match="no option '2 hours'"):
        await omar.submits(omar.view, {"Time": "2 hours"})
    await omar.submits(omar.view, {"Time": "1 hour", "tags": ["30m"], "Who": "U0LEE"})
    values = {block: filled["it"] for block, filled in product.seen[0]["view"]["state"]["values"].items()}
    assert values == {
        "time": {"type": "static_select", "selected_option": options[1]},
        "tags": {"type": "checkboxes", "selected_options": [options[0]]},
        "start": {"type": "datetimepicker", "selected_date_time": 1_700_000_000},
        "who": {"type": "users_select", "selected_user": "U0LEE"},
        "none": {"type": "radio_buttons", "selected_option": None},
        "some": {"type": "multi_static_select", "selected_options": [options[0]]},
    }


async def test_closing_is_told_only_to_an_app_that_asked(
    workspace: SimulatedWorkspace, product: Product, client: AsyncWebClient
) -> None:
    omar = workspace.person("U0OMAR")
    await open_modal(workspace, client)
    assert await omar.closes(omar.view) is None
    assert product.seen == []
    await open_modal(workspace, client, notify_on_close=True)
    ack = await omar.closes(omar.view)
    assert ack is not None
    assert (product.seen[0]["type"], product.seen[0]["view"]["private_metadata"]) == ("view_closed", "R-31")
    assert "trigger_id" not in product.seen[0]


async def test_an_acknowledgement_wakes_who_waits(workspace: SimulatedWorkspace, product: Product) -> None:
    waiting = asyncio.create_task(workspace.until(lambda: product.seen))
    await workspace.person("U0HANNA").types("/mfa", "help")
    assert len(await waiting) == 1
