"""The simulated Web API as slack_sdk's own client meets it."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.workspace import (
    Conversation,
    CutAfter,
    CutBefore,
    Delay,
    Hold,
    HoldAnswer,
    Installation,
    Kind,
    Person,
    Refuse,
    SimulatedWorkspace,
    Status,
    story,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

CARD = [{"type": "section", "block_id": "what", "text": {"type": "mrkdwn", "text": "*R-31*"}}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Deny"}, "blocks": CARD}


class Time:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def workspace(time: Time) -> AsyncIterator[SimulatedWorkspace]:
    async with story(now=time) as entered:
        yield entered


@pytest.fixture
def client(workspace: SimulatedWorkspace) -> AsyncWebClient:
    return AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)


async def error(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


def test_a_workspace_warns_that_it_is_a_simulation(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        story()
    assert "simulated Slack workspace" in caplog.text


def test_no_secret_is_shown_or_the_same_twice() -> None:
    first, second = (Installation(team_id="T0CONTOSO", team_domain="contoso") for _ in range(2))
    assert first.bot_token not in repr(first)
    assert first.signing_secret not in repr(first)
    assert first.bot_token != second.bot_token


async def test_the_token_is_checked_and_never_logged(workspace: SimulatedWorkspace) -> None:
    right = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
    wrong = AsyncWebClient("xoxb-wrong", base_url=workspace.api_url)
    none = AsyncWebClient(base_url=workspace.api_url)
    tested = await right.auth_test()
    assert (tested["team_id"], tested["user_id"]) == ("T0CONTOSO", "U0RELATCH")
    assert await error(wrong.auth_test()) == "invalid_auth"
    assert await error(none.auth_test()) == "not_authed"
    async with aiohttp.ClientSession() as session:
        form = {"token": workspace.bot_token}
        async with session.post(f"{workspace.api_url}auth.test", data=form) as answer:
            assert (await answer.json())["ok"] is True
    assert workspace.bot_token not in repr(workspace.calls)


async def test_a_method_slack_does_not_have_is_unknown(client: AsyncWebClient) -> None:
    assert await error(client.api_call("chat.shout")) == "unknown_method"


async def test_a_scope_that_was_not_granted_is_named() -> None:
    installation = Installation(team_id="T0CONTOSO", team_domain="contoso", scopes=frozenset({"commands"}))
    async with SimulatedWorkspace(installation, people=[]) as workspace:
        client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
        with pytest.raises(SlackApiError) as caught:
            await client.users_info(user="U0HANNA")
    answer = caught.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "users:read",
        "commands",
    )
    assert answer.headers["X-OAuth-Scopes"] == "commands"


async def test_a_message_is_posted_threaded_edited_and_deleted(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "request", "event_payload": {"id": "R-31"}}
    posted = await client.chat_postMessage(
        channel="C0APPROVALS", text="R-31", blocks=CARD, metadata=metadata, unfurl_links=False
    )
    channel, ts = posted["channel"], posted["ts"]
    first = await client.chat_postMessage(channel=channel, text="approved", thread_ts=ts)
    await client.chat_postMessage(channel=channel, text="restored", thread_ts=first["ts"])
    await client.chat_update(channel=channel, ts=ts, text="R-31 restored")

    (card,) = workspace.channel("C0APPROVALS").messages
    assert [version.text for version in card.versions] == ["R-31", "R-31 restored"]
    assert (card.blocks, card.versions[0].blocks) == ([], CARD)
    assert (card.metadata, card.unfurl) == (metadata, False)
    assert [line.text for line in workspace.channel("C0APPROVALS").thread(ts)] == ["approved", "restored"]

    await client.chat_delete(channel=channel, ts=ts)
    assert workspace.channel("C0APPROVALS").messages == []
    assert await error(client.chat_update(channel=channel, ts=ts, text="late")) == "message_not_found"


async def test_a_block_without_an_id_gets_one_and_others_keep_theirs(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    press = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    await client.chat_postMessage(
        channel="C0APPROVALS", text="x", blocks=[*CARD, {"type": "actions", "elements": [press]}]
    )
    (card,) = workspace.channel("C0APPROVALS").messages
    assert card.blocks[0]["block_id"] == "what"
    assert card.blocks[1]["block_id"]
    assert card.blocks[1]["elements"][0]["action_id"]


async def test_channels_say_why_nothing_can_be_posted(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    shut = Conversation(id="C0OLD", name="old", kind=Kind.PUBLIC, members=["U0RELATCH"], is_archived=True)
    hidden = Conversation(id="C0HIDDEN", name="hidden", kind=Kind.PRIVATE, members=["U0OMAR"])
    away = Conversation(id="C0AWAY", name="away", kind=Kind.PUBLIC, members=["U0OMAR"])
    workspace.conversations |= {one.id: one for one in (shut, hidden, away)}
    refused = {
        channel: await error(client.chat_postMessage(channel=channel, text="x"))
        for channel in ("C0OLD", "C0HIDDEN", "C0AWAY", "C0NONE")
    }
    assert refused == {
        "C0OLD": "is_archived",
        "C0HIDDEN": "channel_not_found",
        "C0AWAY": "not_in_channel",
        "C0NONE": "channel_not_found",
    }
    assert await error(client.conversations_info(channel="C0HIDDEN")) == "channel_not_found"
    assert workspace.everything() == []


async def test_bad_blocks_are_refused_with_slacks_messages(client: AsyncWebClient) -> None:
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0APPROVALS", text="x", blocks=long)
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    wide = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}} for _ in range(5)]
    assert await error(client.chat_postMessage(channel="C0APPROVALS", text="x", blocks=wide)) == (
        "msg_blocks_too_long"
    )
    form = {"channel": "C0APPROVALS", "blocks": "[not json"}
    assert await error(client.api_call("chat.postMessage", data=form)) == "invalid_blocks_format"
    assert await error(client.api_call("chat.postMessage", json={"channel": "C0APPROVALS"})) == "no_text"
    bad = {"event_type": "request"}
    assert (
        await error(client.chat_postMessage(channel="C0APPROVALS", text="x", metadata=bad))
        == "invalid_metadata_format"
    )


async def test_a_very_long_text_is_cut_with_a_warning_and_refused_in_an_edit(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0APPROVALS", text="x" * 40_001)
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(workspace.channel("C0APPROVALS").messages[0].text) == 40_000
    edit = client.chat_update(channel="C0APPROVALS", ts=posted["ts"], text="x" * 40_001)
    assert await error(edit) == "msg_too_long"


async def test_only_the_apps_own_messages_can_be_changed(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0APPROVALS", text="x")
    workspace.channel("C0APPROVALS").messages[0].author = "U0OMAR"
    where = {"channel": "C0APPROVALS", "ts": posted["ts"]}
    assert await error(client.chat_update(text="y", **where)) == "cant_update_message"
    assert await error(client.chat_delete(**where)) == "cant_delete_message"


async def test_an_ephemeral_message_is_seen_by_one_person(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C0APPROVALS", user="U0HANNA", text="only you")
    assert [shown.text for shown in workspace.seen_by("U0HANNA")] == ["only you"]
    assert workspace.seen_by("U0OMAR") == []
    assert workspace.channel("C0APPROVALS").messages == []
    outside = client.chat_postEphemeral(channel="C0APPROVALS", user="U0LEE", text="x")
    assert await error(outside) == "user_not_in_channel"


async def test_direct_messages_are_opened_once_and_reached_by_user_id_too(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    opened = await client.conversations_open(users=["U0HANNA"])
    dm = opened["channel"]["id"]
    await client.chat_postMessage(channel=dm, text="one")
    await client.chat_postMessage(channel="U0HANNA", text="two")
    assert [message.text for message in workspace.dm("U0HANNA").messages] == ["one", "two"]
    workspace.change_person("U0LEE", deleted=True)
    assert await error(client.conversations_open(users="U0LEE")) == "user_disabled"
    assert await error(client.conversations_open(users="U0RELATCH")) == "cannot_dm_bot"
    assert await error(client.conversations_open(users="U0NOBODY")) == "user_not_found"


async def test_a_channel_tells_whether_it_is_private_shared_and_ours(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    told = (await client.conversations_info(channel="C0APPROVALS"))["channel"]
    assert (told["is_private"], told["is_ext_shared"], told["is_member"]) == (True, False, True)
    workspace.channel("C0APPROVALS").is_ext_shared = True
    told = (await client.conversations_info(channel="C0APPROVALS"))["channel"]
    assert (told["is_shared"], told["is_ext_shared"]) == (True, True)


async def test_members_come_in_pages(client: AsyncWebClient) -> None:
    pages = [
        page["members"] async for page in await client.conversations_members(channel="C0APPROVALS", limit=2)
    ]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [member for page in pages for member in page] == [
        "U0RELATCH",
        "U0HANNA",
        "U0OMAR",
        "U0NOOR",
        "U0DUTY",
    ]


async def test_a_cursor_that_is_none_and_a_thread_that_is_none_are_refused(client: AsyncWebClient) -> None:
    assert await error(client.conversations_members(channel="C0APPROVALS", cursor="x")) == "invalid_cursor"
    reply = client.chat_postMessage(channel="C0APPROVALS", text="x", thread_ts="1.000000")
    assert await error(reply) == "thread_not_found"


async def test_a_body_that_cannot_be_read_is_a_call_without_arguments(workspace: SimulatedWorkspace) -> None:
    headers = {"Authorization": f"Bearer {workspace.bot_token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body in (b"{not json", b"[]", b""):
            async with session.post(f"{workspace.api_url}chat.postMessage", data=body) as answer:
                assert (await answer.json())["error"] == "channel_not_found"


async def test_people_are_told_apart(workspace: SimulatedWorkspace, client: AsyncWebClient) -> None:
    async def user(user_id: str) -> dict[str, Any]:
        return dict((await client.users_info(user=user_id))["user"])

    hanna, guest, sam = await user("U0HANNA"), await user("U0GUEST"), await user("U0SAM")
    assert hanna["profile"]["email"] == "hanna@contoso.com"
    assert (hanna["team_id"], hanna["deleted"], hanna["is_restricted"]) == ("T0CONTOSO", False, False)
    assert hanna["is_email_confirmed"] is True
    assert guest["is_restricted"] is True
    assert (sam["team_id"], sam["is_stranger"]) == ("T0FABRIKAM", True)
    assert "email" not in sam["profile"]
    workspace.change_person("U0LEE", deleted=True)
    lee = await user("U0LEE")
    assert lee["deleted"] is True
    assert "is_restricted" not in lee
    assert await error(client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_people_are_found_by_address_while_they_are_active(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    found = await client.users_lookupByEmail(email="Lee@contoso.com")
    assert found["user"]["id"] == "U0LEE"
    workspace.change_person("U0LEE", deleted=True)
    for nobody in ("lee@contoso.com", "sam@fabrikam.com", "nobody@contoso.com"):
        assert await error(client.users_lookupByEmail(email=nobody)) == "users_not_found"


async def test_the_address_needs_its_own_scope() -> None:
    lee = Person(id="U0LEE", name="lee", real_name="Lee", email="lee@contoso.com", team_id="T0CONTOSO")
    installation = Installation(team_id="T0CONTOSO", team_domain="contoso", scopes=frozenset({"users:read"}))
    async with SimulatedWorkspace(installation, people=[lee]) as workspace:
        client = AsyncWebClient(workspace.bot_token, base_url=workspace.api_url)
        assert "email" not in (await client.users_info(user="U0LEE"))["user"]["profile"]


async def test_user_groups_have_members_and_need_a_paid_plan(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    assert (await client.usergroups_users_list(usergroup="S0SECURITY"))["users"] == ["U0OMAR", "U0NOOR"]
    workspace.change_group("S0DUTY", disabled=True)
    listed = await client.usergroups_list(include_users=True)
    assert {group["id"]: group["users"] for group in listed["usergroups"]} == {
        "S0HELPDESK": ["U0HANNA"],
        "S0SECURITY": ["U0OMAR", "U0NOOR"],
    }
    assert await error(client.usergroups_users_list(usergroup="S0DUTY")) == "no_such_subteam"
    with_disabled = await client.usergroups_users_list(usergroup="S0DUTY", include_disabled=True)
    assert with_disabled["users"] == ["U0DUTY"]
    workspace.paid_plan = False
    assert await error(client.usergroups_users_list(usergroup="S0SECURITY")) == "plan_upgrade_required"


async def test_a_trigger_opens_one_view_within_three_seconds(
    workspace: SimulatedWorkspace, client: AsyncWebClient, time: Time
) -> None:
    trigger = workspace.new_trigger("U0OMAR")
    late = workspace.new_trigger("U0OMAR")
    time.now += 3
    opened = await client.views_open(trigger_id=trigger, view=MODAL)
    assert workspace.views_of("U0OMAR")[0].id == opened["view"]["id"]
    assert await error(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    time.now += 0.5
    assert await error(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"
    assert await error(client.views_open(trigger_id="1.2", view=MODAL)) == "invalid_trigger_id"


async def test_a_view_is_updated_by_the_hash_it_was_made_for(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    trigger = workspace.new_trigger("U0OMAR")
    view = (await client.views_open(trigger_id=trigger, view={**MODAL, "external_id": "deny-31"}))["view"]
    changed = {**MODAL, "title": {"type": "plain_text", "text": "Denied"}}
    await client.views_update(view_id=view["id"], hash=view["hash"], view=changed)
    assert workspace.views_of("U0OMAR")[0].content["title"]["text"] == "Denied"
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    assert await error(stale) == "hash_conflict"
    assert await error(client.views_update(view_id="V0", view=MODAL)) == "not_found"
    bad = client.views_update(
        view_id=view["id"], view={**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}
    )
    assert await error(bad) == "invalid_arguments"
    form = {"view_id": view["id"], "view": '"not a view"'}
    assert await error(client.api_call("views.update", data=form)) == "invalid_arguments"
    message = client.api_call("views.update", json={"view_id": view["id"], "view": {"blocks": CARD}})
    assert await error(message) == "invalid_arguments"


async def test_a_channel_takes_a_short_burst_and_then_one_post_a_second(
    workspace: SimulatedWorkspace, client: AsyncWebClient, time: Time
) -> None:
    for number in range(5):
        await client.chat_postMessage(channel="C0APPROVALS", text=str(number))
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0APPROVALS", text="too fast")
    assert caught.value.response.status_code == 429
    assert (caught.value.response["error"], caught.value.response.headers["Retry-After"]) == (
        "ratelimited",
        "1",
    )
    await client.chat_postMessage(channel="U0HANNA", text="another channel")
    time.now += 1
    await client.chat_postMessage(channel="C0APPROVALS", text="in time")
    workspace.rate_limited = False
    await client.chat_postMessage(channel="C0APPROVALS", text="unlimited")
    assert len(workspace.channel("C0APPROVALS").messages) == 7


async def test_a_fault_refuses_as_often_as_it_is_told(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C0APPROVALS", text="x")
    fault = workspace.fault(r"chat\.(update|delete)", Refuse("edit_window_closed"), times=2)
    where = {"channel": "C0APPROVALS", "ts": posted["ts"]}
    assert await error(client.chat_update(text="y", **where)) == "edit_window_closed"
    assert await error(client.chat_delete(**where)) == "edit_window_closed"
    await client.chat_update(text="z", **where)
    assert fault.taken == 2


async def test_a_fault_may_look_at_the_arguments_and_be_lifted(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    fault = workspace.fault(
        r"chat\..*", Refuse("is_archived"), times=None, where=lambda call: call["channel"] == "C0APPROVALS"
    )
    await client.chat_postMessage(channel="U0HANNA", text="x")
    for _ in range(2):
        assert await error(client.chat_postMessage(channel="C0APPROVALS", text="x")) == "is_archived"
    fault.lift()
    await client.chat_postMessage(channel="C0APPROVALS", text="x")


@pytest.mark.parametrize(("code", "says"), [(429, "ratelimited"), (500, None), (503, None)])
async def test_a_fault_may_be_an_http_status(
    workspace: SimulatedWorkspace, client: AsyncWebClient, code: int, says: str | None
) -> None:
    workspace.fault("auth.test", Status(code, retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == code
    assert caught.value.response.get("error") == says


async def test_a_cut_connection_comes_before_or_after_the_effect(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    client.retry_handlers.clear()
    for cut, effects in ((CutBefore(), 0), (CutAfter(), 1)):
        workspace.fault("chat.postMessage", cut)
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel="C0APPROVALS", text="x")
        assert len(workspace.channel("C0APPROVALS").messages) == effects
    assert [call.status for call in workspace.called("chat.postMessage")] == [0, 0]


async def test_a_held_call_waits_for_its_gate_before_or_after_the_effect(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    for kind, meanwhile in ((Hold, 0), (HoldAnswer, 2)):
        gate = asyncio.Event()
        fault = workspace.fault("chat.postMessage", kind(gate))
        posting = asyncio.create_task(client.chat_postMessage(channel="C0APPROVALS", text="x"))
        await workspace.until(partial(getattr, fault, "taken"))
        assert len(workspace.channel("C0APPROVALS").messages) == meanwhile
        gate.set()
        await posting
    assert len(workspace.channel("C0APPROVALS").messages) == 2


async def test_delays_add_to_what_goes_wrong_after_them(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    gate = asyncio.Event()
    gate.set()
    workspace.fault("auth.test", Delay(0))
    workspace.fault("auth.test", Hold(gate))
    workspace.fault("auth.test", Refuse("account_inactive"))
    assert await error(client.auth_test()) == "account_inactive"
    assert (await client.auth_test())["ok"] is True


async def test_every_call_is_logged_in_order_with_its_time_and_answer(
    workspace: SimulatedWorkspace, client: AsyncWebClient, time: Time
) -> None:
    await client.auth_test()
    time.now += 60
    await error(client.chat_postMessage(channel="C0NONE", text="x"))
    assert [(call.at, call.method, call.answer["ok"]) for call in workspace.calls] == [
        (1_700_000_000.0, "auth.test", True),
        (1_700_000_060.0, "chat.postMessage", False),
    ]
    assert workspace.calls[1].arguments["channel"] == "C0NONE"


async def test_timestamps_never_repeat_even_when_the_clock_jumps_back(
    client: AsyncWebClient, time: Time
) -> None:
    stamps = []
    for shift in (0, 0, -3600, 0):
        time.now += shift
        stamps.append((await client.chat_postMessage(channel="C0APPROVALS", text="x"))["ts"])
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1700000000.000000"


async def test_hostile_text_that_was_not_escaped_shows_in_who_was_pinged(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    quiet = [{"type": "section", "text": {"type": "plain_text", "text": "<!everyone>"}}]
    await client.chat_postMessage(channel="C0APPROVALS", text="&lt;!channel&gt;", blocks=quiet)
    assert workspace.pinged() == frozenset()
    loud = [{"type": "context", "elements": [{"type": "mrkdwn", "text": "<!channel> <@U0OMAR>"}]}]
    await client.chat_postMessage(channel="C0APPROVALS", text="<!subteam^S0DUTY>", blocks=loud)
    await client.chat_update(
        channel="C0APPROVALS", ts=workspace.channel("C0APPROVALS").messages[1].ts, text="calm"
    )
    assert workspace.channel("C0APPROVALS").messages[1].mentions == {"channel", "U0OMAR", "S0DUTY"}
    assert workspace.pinged() == {"channel", "U0OMAR", "S0DUTY"}


async def test_waiting_ends_with_the_change_or_says_what_there_was_to_see(
    workspace: SimulatedWorkspace, client: AsyncWebClient
) -> None:
    waiting = asyncio.create_task(workspace.until(lambda: workspace.channel("C0APPROVALS").messages))
    await client.chat_postMessage(channel="C0APPROVALS", text="R-31 by <@U0HANNA>")
    assert [message.text for message in await waiting] == ["R-31 by <@U0HANNA>"]
    with pytest.raises(TimeoutError, match="R-31 by @Hanna"):
        await workspace.until(lambda: False, timeout=0.01)
