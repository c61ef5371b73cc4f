import re
from dataclasses import fields
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import ConfigurationError, EntraGroup, PolicyFile, SlackGroup, SlackUser, load_policy
from bot.config.policy_file import LARGEST, read_policy

EXAMPLE = Path(__file__).parents[3] / "docker" / "relatch.example.toml"
GROUP = "AAAAAAAA-2222-3333-4444-555555555555"
PEOPLE = """
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
match_by = "email"
"""
LEAST = f"{PEOPLE}\n[suspend]\n"


def read(text: str | bytes, path: Path) -> PolicyFile:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_policy({"RELATCH_POLICY": str(path)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "relatch.toml"


def faults(text: str | bytes, path: Path) -> dict[str, str]:
    """Return place (without the file's name) and the rest of every fault in *text*."""
    with pytest.raises(ConfigurationError) as caught:
        read(text, path)
    return {
        fault.place.removeprefix("relatch.toml: "): f"expected {fault.expected}; found {fault.found}"
        for fault in caught.value.faults
    }


def test_the_example_is_read_whole() -> None:
    policy = load_policy({"RELATCH_POLICY": str(EXAMPLE)})

    assert policy.sha256 == sha256(EXAMPLE.read_bytes()).hexdigest()
    assert policy.people.requesters == (SlackGroup("S0HELPDESK"), SlackUser("U0HANNA"))
    assert policy.people.escalate_to == (SlackGroup("S0DUTY"),)
    assert dict(policy.people.table) == {"U0HANNA": "hanna@contoso.com"}
    assert policy.suspend.longest == timedelta(hours=4)
    assert policy.suspend.ticket is None
    assert (policy.suspend.per_person.count, policy.suspend.per_person.per) == (5, timedelta(days=1))
    assert policy.federation is not None
    assert policy.federation.certificate_warn == timedelta(days=35)
    assert policy.access_pass is not None
    assert policy.access_pass.approvals == 2
    assert None not in [getattr(policy, field.name) for field in fields(policy)]


def test_a_table_that_is_absent_is_off_and_protection_is_as_strict_as_it_can_be(path: Path) -> None:
    policy = read(LEAST, path)

    assert [policy.phone, policy.enable, policy.default_method] == [None] * 3
    assert [policy.access_pass, policy.federation, policy.exchange] == [None] * 3
    assert policy.protect.roles == "active_and_eligible"
    assert policy.people.escalate_to == ()


def test_a_table_without_keys_is_on_with_its_defaults(path: Path) -> None:
    policy = read(LEAST + "[phone]\n[pass]\n[federation]\n", path)

    assert policy.phone is not None
    assert (policy.phone.approvals, policy.phone.region, policy.phone.shared_limit) == (1, None, 2)
    assert policy.access_pass is not None
    assert policy.access_pass.longest == timedelta(hours=8)
    assert policy.federation is not None
    assert not policy.federation.allow_private_addresses


def test_nothing_read_can_be_changed(path: Path) -> None:
    policy = read(EXAMPLE.read_bytes(), path)

    with pytest.raises((AttributeError, ValueError)):
        policy.suspend.longest = timedelta(days=9)
    with pytest.raises(TypeError):
        policy.people.table["U0OMAR"] = "omar@contoso.com"  # type: ignore[index]  # what must not work


def test_every_fault_is_reported_at_once_with_key_found_and_expected(path: Path) -> None:
    found = faults(
        """
surprise = 1
[people]
channel = "#mfa-approvals"
requesters = ["S0HELPDESK", "hanna@contoso.com"]
approvers = []
mach_by = "email"
[people.table]
hanna = "hanna@contoso.com"
U0OMAR = "omar"
[suspend]
lever = "pim_group"
longest = "40h"
default = 60
approvals = 0
ticket = "(a+)+"
per_person = "5 a day"
revoke_sessions = "yes"
[protect]
roles = "some"
groups = ["security"]
[phone]
region = "nl"
[exchnge]
""",
        path,
    )

    assert found == {
        "people.channel": "expected a channel's id (C…), which stands at the end of its details in Slack; "
        'found "#mfa-approvals"',
        "people.requesters (item 2)": "expected a Slack user group (S…), a Slack user (U… or W…) or an Entra "
        "group's object id (Slack shows it in the profile's or group's menu: Copy ID); "
        'found "hanna@contoso.com"',
        "people.approvers": "expected at least one; found a list",
        "people.match_by": 'expected "table" (people.table) or "email" (Slack\'s confirmed address); '
        "there is no default; found nothing",
        "people.table.hanna": "expected a Slack user (U… or W…) (Slack shows it in the profile's or group's "
        'menu: Copy ID); found "hanna"',
        "people.table.U0OMAR": "expected a user principal name, such as hanna@contoso.com, or an object id; "
        'found "omar"',
        "people.mach_by": 'expected a known key (did you mean "match_by"?); found an unknown key',
        "suspend.lever": 'expected "per_user" or "exclusion_group"; found "pim_group", which comes '
        "with a later version",
        "suspend.longest": "expected a duration from 1s to 1d; found 1d16h",
        "suspend.default": "expected a duration in quotes, such as 90s, 45m or 1h30m; found 60",
        "suspend.approvals": "expected 1 or more; found 0",
        "suspend.ticket": "expected a regular expression that repeats no group, since such can run for ever; "
        'found "(a+)+"',
        "suspend.per_person": "expected a number, a slash and a duration in quotes, such as 5/1d; "
        'found "5 a day"',
        "suspend.revoke_sessions": 'expected true or false, without quotes; found "yes"',
        "protect.roles": 'expected "active_and_eligible", "active" or "none"; found "some"',
        "protect.groups (item 1)": "expected an object id, such as 11111111-2222-3333-4444-555555555555; "
        'found "security"',
        "phone.region": 'expected a country in two capital letters, such as NL; found "nl"',
        "surprise": "expected one of people, suspend, protect, phone, enable, default_method, pass, "
        "federation, exchange; found an unknown key",
        "exchnge": 'expected a known key (did you mean "exchange"?); found an unknown key',
    }


@pytest.mark.parametrize("table", ["people", "suspend"])
def test_people_and_suspend_are_required(table: str, path: Path) -> None:
    kept = {"people": "[suspend]\n", "suspend": PEOPLE}[table]

    assert faults(kept, path) == {table: f"expected the table [{table}]; found nothing"}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("approvals = true", "approvals"),
        ('approvals = "1"', "approvals"),
        ("approvals = 1.5", "approvals"),
        ("approvals = 1000", "approvals"),
        ("longest = 4", "longest"),
        ('longest = "25h"', "longest"),
        ('warn = "0s"', "warn"),
        ('remind = "-5m"', "remind"),
        ('overdue = "0.5s"', "overdue"),
        ('pending = "367d"', "pending"),
        ('pending = "9999w 9999d"', "pending"),
        ("ticket = 7", "ticket"),
        ('group = "helpdesk"', "group"),
        ("per_person = 5", "per_person"),
        ('per_person = "0/1d"', "per_person"),
        ('per_person = "5/0s"', "per_person"),
        ("lever = []", "lever"),
        ('lever = "exclusion_group"', "group"),
        ('group = "e5000000-0000-4000-8000-000000000001"', "group"),
        ('lever = "exclusion_group"\ngroup = ""', "group"),
    ],
)
def test_a_value_of_another_kind_is_refused_at_its_key(line: str, key: str, path: Path) -> None:
    assert list(faults(LEAST + line, path)) == [f"suspend.{key}"]


def test_an_exclusion_group_belongs_to_its_lever(path: Path) -> None:
    group = "e5000000-0000-4000-8000-000000000001"
    suspend = read(f'{LEAST}lever = "exclusion_group"\ngroup = "{group}"\n', path).suspend
    assert (suspend.lever, suspend.group) == ("exclusion_group", group)


@pytest.mark.parametrize("text", ["people = 1", "[[people]]", "people = []", 'people = "S0"'])
def test_a_table_must_be_one(text: str, path: Path) -> None:
    assert faults(f"{text}\n[suspend]", path)["people"].startswith("expected a table; found")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("5s", 5),
        ("90s", 90),
        ("45m", 2700),
        ("1h30m", 5400),
        ("1 h 30 min", 5400),
        ("1H30M", 5400),
        ("1.5h", 5400),
        (" 2h ", 7200),
        ("1d", 86_400),
    ],
)
def test_durations_are_written_as_people_write_them(written: str, seconds: int, path: Path) -> None:
    assert read(f'{LEAST}longest = "{written}"', path).suspend.longest == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1",
        "1:30",
        "+1h",
        "-1h",
        "1h-30m",
        "\u0661h",
        "\uff11h",
        "1h30",
        "1,5h",
        "one hour",
        "1mo",
        "1h1h",
        "P1D",
        "99999h",
        "1h because",
        "1h\u00a030m because",
        "1" * 5000 + "h",
        "inf d",
    ],
)
def test_other_writings_of_a_duration_are_refused(written: str, path: Path) -> None:
    assert list(faults(f'{LEAST}longest = "{written}"', path)) == ["suspend.longest"]


@given(st.text(max_size=60))
def test_no_text_in_place_of_a_duration_does_harm(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    escaped = "".join(f"\\U{ord(sign):08x}" for sign in text)
    path.write_text(f'{LEAST}longest = "{escaped}"')

    match read_policy(path):
        case PolicyFile() as policy:
            assert timedelta(seconds=1) <= policy.suspend.longest <= timedelta(hours=24)
        case faults:
            assert [fault.place for fault in faults] == ["any.toml: suspend.longest"]


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('shortest = "2h"\ndefault = "1h"', "default"),
        ('longest = "30m"\ndefault = "1h"', "default"),
        ('shortest = "5h"', "shortest"),
        ('shortest = "2h"\nlongest = "1h"', "shortest"),
    ],
)
def test_shortest_default_and_longest_are_in_order(lines: str, key: str, path: Path) -> None:
    assert list(faults(LEAST + lines, path)) == [f"suspend.{key}"]


@pytest.mark.parametrize(
    ("lines", "shortest", "default"),
    [
        ('longest = "30m"', 60, 1800),
        ('longest = "5s"', 5, 5),
        ('shortest = "2h"', 7200, 7200),
        ("", 60, 3600),
    ],
)
def test_what_is_left_out_follows_what_is_said(lines: str, shortest: int, default: int, path: Path) -> None:
    suspend = read(LEAST + lines, path).suspend

    assert (suspend.shortest, suspend.default) == (timedelta(seconds=shortest), timedelta(seconds=default))


def test_a_certificate_is_critical_after_it_was_a_warning(path: Path) -> None:
    early = 'certificate_warn = "10d"\ncertificate_critical = "20d"'

    assert list(faults(f"{LEAST}[federation]\n{early}", path)) == ["federation.certificate_critical"]
    short = read(f'{LEAST}[federation]\ncertificate_warn = "10d"', path).federation
    assert short is not None
    assert short.certificate_critical == timedelta(days=10)


def test_binding_by_table_needs_the_table(path: Path) -> None:
    by_table = LEAST.replace('"email"', '"table"')

    assert list(faults(by_table, path)) == ["people.table"]
    assert list(faults(by_table + "[people.table]\n", path)) == ["people.table"]
    bound = read(
        f'{by_table}[people.table]\nU0OMAR = "{GROUP}"\nW0LEE = "lee@contoso.com"', path
    ).people.table
    assert dict(bound) == {"U0OMAR": GROUP.lower(), "W0LEE": "lee@contoso.com"}


def test_protected_people_and_groups_are_kept_by_id_or_name(path: Path) -> None:
    listed = read(f'{LEAST}[protect]\ngroups = ["{GROUP}"]\nusers = ["ceo@contoso.com", "{GROUP}"]', path)

    assert listed.protect.groups == (GROUP.lower(),)
    assert listed.protect.users == ("ceo@contoso.com", GROUP.lower())
    assert list(faults(f"{LEAST}[protect]\nusers = [1]\n", path)) == ["protect.users (item 1)"]
    assert list(faults(LEAST.replace('"S0SECURITY"', "7"), path)) == ["people.approvers (item 1)"]


def test_entra_groups_may_ask_and_decide_but_cannot_be_mentioned(path: Path) -> None:
    listed = LEAST.replace('"S0SECURITY"', f'"{GROUP}"')

    assert read(listed, path).people.approvers == (EntraGroup(GROUP.lower()),)
    escalating = listed.replace("match_by", f'escalate_to = ["{GROUP}"]\nmatch_by')
    assert list(faults(escalating, path)) == ["people.escalate_to (item 1)"]


@pytest.mark.parametrize(
    "pattern",
    [r"INC-\d{4,6}", r"(INC|REQ)-\d+", r"[A-Z][A-Z0-9]+-\d+", r"#\d+", r"[)*+]\d", r"\)+", r"(?i:inc)?\d{5}"],
)
def test_a_ticket_pattern_is_an_ordinary_regular_expression(pattern: str, path: Path) -> None:
    found = read(f"{LEAST}ticket = '{pattern}'", path).suspend.ticket

    assert found == re.compile(pattern, re.ASCII)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[a",
        "*",
        "(a+)+",
        "(a|a)*",
        "(?:x*){2,}",
        "(?x)(a+) +",
        "a*b*c*d*",
        "a{1,2}" * 40,
        "(" * 150 + ")" * 50,
    ],
)
def test_a_ticket_pattern_that_is_none_or_need_not_end_is_refused(pattern: str, path: Path) -> None:
    assert list(faults(f"{LEAST}ticket = '{pattern}'", path)) == ["suspend.ticket"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[people", "at end of document"),
        (b"[people]\nchannel = C0\n", "at line 2"),
        (b"[people]\n[people]\n", "at line 2"),
        (b"a = '\xff'", "another encoding (at byte 5)"),
        ("a = 1".encode("utf-16"), "another encoding"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"# " + b"x" * LARGEST, "bytes"),
    ],
)
def test_a_file_that_is_no_toml_is_one_fault(content: bytes, told: str, path: Path) -> None:
    found = faults(content, path)

    assert list(found) == [str(path)]
    assert told in found[str(path)]


def test_a_byte_order_mark_and_windows_lines_do_no_harm(path: Path) -> None:
    text = b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode()

    assert read(text, path).sha256 == sha256(text).hexdigest()


@pytest.mark.parametrize("place", ["", "none.toml", "file/below.toml", "n" * 300])
def test_a_policy_file_that_cannot_be_read_is_one_fault(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError) as caught:
        load_policy({"RELATCH_POLICY": str(tmp_path / place)})

    assert [fault.place for fault in caught.value.faults] == [str(tmp_path / place)]


def test_a_device_is_no_policy_file() -> None:
    with pytest.raises(ConfigurationError, match="no regular file"):
        load_policy({"RELATCH_POLICY": "/dev/zero"})


def test_a_token_pasted_into_the_policy_is_not_repeated(path: Path) -> None:
    found = faults(LEAST.replace("C0APPROVALS", "xoxb-planted"), path)

    assert "planted" not in str(found)
