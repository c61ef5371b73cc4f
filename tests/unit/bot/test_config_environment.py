from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from bot.config import (
    Certificate,
    ClientSecret,
    Configuration,
    ConfigurationError,
    FederatedToken,
    HttpMode,
    Settings,
    SocketMode,
    StoreSettings,
    TenantSettings,
    load,
    load_policy,
    load_settings,
)

EXAMPLE = Path(__file__).parents[3] / "docker" / "relatch.example.toml"
CLIENT = "11111111-2222-3333-4444-555555555555"
WORKING = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-planted",
    "SLACK_SIGNING_SECRET": "planted-signing-secret",
    "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
    "AZURE_CLIENT_ID": CLIENT.upper(),
    "AZURE_CLIENT_SECRET": "planted~client~secret",
    "RELATCH_POLICY": str(EXAMPLE),
}


def faults(environ: Mapping[str, str]) -> dict[str, str]:
    """Return place and the rest of every fault that loading *environ* reports."""
    with pytest.raises(ConfigurationError) as caught:
        load(environ)
    return {fault.place: f"expected {fault.expected}; found {fault.found}" for fault in caught.value.faults}


def settings(**changed: str) -> Settings:
    return load({**WORKING, **changed}).settings


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in WORKING.items() if name not in names}


def test_the_least_that_is_needed_loads_with_the_defaults_of_the_reference() -> None:
    configuration = load(WORKING)

    assert isinstance(configuration, Configuration)
    found = configuration.settings
    assert found.slack.api_url == "https://slack.com/api/"
    assert found.entra.authority == "https://login.microsoftonline.com"
    assert found.entra.graph == "https://graph.microsoft.com"
    assert found.entra.exchange == "https://outlook.office365.com"
    assert found.entra.client_id == CLIENT
    assert str(found.database.url) == "sqlite+aiosqlite:///relatch.db"
    assert (found.listen.host, found.listen.port, found.listen.ops_port) == ("127.0.0.1", 3000, 3001)
    assert found.logs.level == "INFO"
    assert (found.network.ca_file, found.network.https_proxy, found.network.no_proxy) == (None, None, "")
    assert configuration.policy.people.channel == "C0APPROVALS"


def test_an_empty_environment_is_told_everything_that_is_required_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    found = faults({})

    assert list(found) == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "relatch.toml",
    ]
    assert all("found no" in words for words in found.values())


def test_environment_and_policy_file_are_reported_together(tmp_path: Path) -> None:
    policy = tmp_path / "relatch.toml"
    policy.write_text(EXAMPLE.read_text().replace('longest     = "4h"', 'longest     = "40h"'))

    found = faults({**WORKING, "RELATCH_POLICY": str(policy), "RELATCH_PORT": "http"})

    assert set(found) == {"RELATCH_PORT", "relatch.toml: suspend.longest"}


def test_the_report_names_each_variable_on_a_line_of_its_own() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({**without("AZURE_TENANT_ID"), "RELATCH_LOG_LEVEL": "loud"})

    assert str(caught.value).splitlines() == [
        "2 faults in the configuration:",
        "  AZURE_TENANT_ID: expected the tenant's id, or one of its domains; found nothing",
        '  RELATCH_LOG_LEVEL: expected "DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL"; found "loud"',
    ]


def test_an_empty_variable_counts_as_unset_and_space_around_a_value_is_dropped() -> None:
    found = settings(
        SLACK_APP_TOKEN=" ", AZURE_FEDERATED_TOKEN_FILE="", SLACK_BOT_TOKEN=" xoxb-1-2-planted\n"
    )

    assert isinstance(found.transport, HttpMode)
    assert isinstance(found.credential, ClientSecret)
    assert found.slack.bot_token.get_secret_value() == "xoxb-1-2-planted"


def test_an_app_token_chooses_socket_mode_which_needs_no_signing_secret() -> None:
    chosen = load({**without("SLACK_SIGNING_SECRET"), "SLACK_APP_TOKEN": "xapp-planted"}).settings.transport

    assert isinstance(chosen, SocketMode)
    assert chosen.app_token.get_secret_value() == "xapp-planted"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-planted-user-token"),
        ("SLACK_BOT_TOKEN", "xoxb-planted\u2013dash"),
        ("SLACK_BOT_TOKEN", "xoxb-planted inside"),
        ("SLACK_BOT_TOKEN", "xoxb-planted\nX-Injected: 1"),
        ("SLACK_APP_TOKEN", "xoxb-planted-bot-token"),
        ("AZURE_CLIENT_ID", "planted~client~secret"),
        ("AZURE_TENANT_ID", "planted~client~secret"),
        ("AZURE_TENANT_ID", "common"),
        ("HTTPS_PROXY", "socks5://hanna:planted@proxy.contoso.com"),
        ("HTTPS_PROXY", "http://hanna:planted@proxy.contoso.com:port"),
        ("DATABASE_URL", "postgresql://relatch:planted@db:port/relatch"),
        ("DATABASE_URL", "postgresql://relatch:pla@planted:1@db/relatch"),
        ("DATABASE_URL", "mysql://relatch:planted@db/relatch"),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "planted"),
        ("SLACK_API_URL", "https://hanna:planted@slack.com/api/"),
        ("RELATCH_GRAPH_URL", "xoxb-planted"),
        ("RELATCH_HOST", "-----BEGIN PRIVATE KEY-----planted"),
    ],
)
def test_a_refused_value_is_described_and_not_shown(name: str, value: str) -> None:
    found = faults({**WORKING, name: value})

    assert list(found) == [name]
    assert "planted" not in str(found)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8).map("Q~{}".format))
def test_no_secret_is_ever_in_the_report_or_the_repr(secret: str) -> None:
    environ = {
        **WORKING,
        "SLACK_BOT_TOKEN": f"q{secret}",
        "SLACK_SIGNING_SECRET": secret,
        "AZURE_CLIENT_SECRET": secret,
        "AZURE_CLIENT_ID": f"~{secret}",
        "DATABASE_URL": f"postgresql://u:{secret}@db:~/x",
    }
    with pytest.raises(ConfigurationError) as caught:
        load(environ)

    assert secret not in f"{caught.value} {caught.value!r}"
    good = {"SLACK_SIGNING_SECRET": secret, "AZURE_CLIENT_SECRET": secret}
    assert secret not in repr(load({**WORKING, **good}))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "found none"),
        (
            ["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"],
            "found AZURE_CLIENT_SECRET and AZURE_FEDERATED_TOKEN_FILE",
        ),
        (
            ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"],
            "found AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH",
        ),
    ],
)
def test_exactly_one_credential_is_wanted(names: list[str], told: str) -> None:
    found = faults({**without("AZURE_CLIENT_SECRET"), **dict.fromkeys(names, str(EXAMPLE))})

    assert list(found) == ["AZURE_CLIENT_SECRET"]
    assert found["AZURE_CLIENT_SECRET"].endswith(told)


def test_a_certificate_comes_with_its_password() -> None:
    environ = {
        **without("AZURE_CLIENT_SECRET"),
        "AZURE_CLIENT_CERTIFICATE_PATH": str(EXAMPLE),
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": "planted",
    }
    found = load(environ).settings

    assert isinstance(found.credential, Certificate)
    assert found.credential.path == EXAMPLE
    assert "planted" in found.secrets()


def test_workload_identity_works_as_its_webhook_sets_it() -> None:
    found = load(
        {
            **without("AZURE_CLIENT_SECRET"),
            "AZURE_FEDERATED_TOKEN_FILE": str(EXAMPLE),
            "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
        }
    ).settings

    assert isinstance(found.credential, FederatedToken)
    assert found.entra.authority == "https://login.microsoftonline.com"


def test_files_must_be_there_and_hold_something(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    cases = {
        tmp_path / "none.pem": "no file",
        tmp_path: "no file",
        empty: "empty",
        tmp_path / ("n" * 300): "",
    }
    for path, told in cases.items():
        environ = {**without("AZURE_CLIENT_SECRET"), "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}
        assert told in faults(environ)["AZURE_CLIENT_CERTIFICATE_PATH"]


def test_more_authorities_come_from_a_file_with_certificates(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(authority))

    assert settings(SSL_CERT_FILE=str(authority)).network.ca_file == authority
    assert "PEM" in faults({**WORKING, "SSL_CERT_FILE": str(EXAMPLE)})["SSL_CERT_FILE"]


@pytest.mark.parametrize("name", ["RELATCH_GRAPH_URL", "RELATCH_EXCHANGE_URL", "AZURE_AUTHORITY_HOST"])
@pytest.mark.parametrize(
    "address",
    [
        "http://graph.contoso.com",
        "http://127.0.0.1:8080",
        "https://graph.contoso.com/v1.0",
        "https://graph.contoso.com?x=1",
        "https://graph.contoso.com#x",
        "https://graph.contoso.com@evil.contoso.com",
        "https://graph.contoso.com\\@evil.contoso.com",
        "https://graph contoso.com",
        "https://gr\u00e4ph.contoso.com",
        "https://",
        "https://:443",
        "https://[::1",
        "https://graph.contoso.com:99999",
        "ftp://graph.contoso.com",
    ],
)
def test_a_microsoft_address_is_https_and_nothing_but_a_host(name: str, address: str) -> None:
    assert list(faults({**WORKING, name: address})) == [name]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://Graph.Microsoft.US/", "https://graph.microsoft.us"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_microsoft_address_is_kept_without_its_last_slash(address: str, kept: str) -> None:
    assert settings(RELATCH_GRAPH_URL=address).entra.graph == kept


def test_the_login_host_may_be_a_bare_name_as_in_the_azure_sdks() -> None:
    assert settings(AZURE_AUTHORITY_HOST="login.microsoftonline.us").entra.authority == (
        "https://login.microsoftonline.us"
    )


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://slack-gov.com/api", "https://slack-gov.com/api/"),
        ("http://127.0.0.1:8420/api/", "http://127.0.0.1:8420/api/"),
        ("http://localhost:8420", "http://localhost:8420/"),
        ("http://[::1]:8420/api/", "http://[::1]:8420/api/"),
    ],
)
def test_slack_may_be_on_loopback_without_https(address: str, kept: str) -> None:
    assert settings(SLACK_API_URL=address).slack.api_url == kept


@pytest.mark.parametrize(
    "address",
    [
        "http://slack.com/api/",
        "http://127.0.0.1.contoso.com/",
        "http://localhost.contoso.com/",
        "http://10.0.0.1/api/",
        "ws://127.0.0.1/",
    ],
)
def test_slack_elsewhere_needs_https(address: str) -> None:
    assert list(faults({**WORKING, "SLACK_API_URL": address})) == ["SLACK_API_URL"]


@pytest.mark.parametrize(
    ("address", "driven"),
    [
        ("sqlite:///other.db", "sqlite+aiosqlite:///other.db"),
        ("sqlite+aiosqlite:///other.db", "sqlite+aiosqlite:///other.db"),
        ("postgresql://relatch:p%40ss@db/relatch", "postgresql+psycopg://relatch:***@db/relatch"),
        ("postgres://relatch@db:5433/relatch", "postgresql+psycopg://relatch@db:5433/relatch"),
        ("postgresql+psycopg://db/relatch", "postgresql+psycopg://db/relatch"),
        ("postgresql://u:@/db?host=/run/pg", "postgresql+psycopg://u:***@/db?host=%2Frun%2Fpg"),
    ],
)
def test_a_database_is_driven_by_what_we_bring(address: str, driven: str) -> None:
    assert str(settings(DATABASE_URL=address).database.url) == driven


def test_the_password_of_the_database_is_among_the_secrets() -> None:
    found = settings(DATABASE_URL="postgresql://relatch:p%40ss@db/relatch")

    assert found.database.url.password == "p@ss"
    assert set(found.secrets()) == {
        "p@ss",
        WORKING["AZURE_CLIENT_SECRET"],
        WORKING["SLACK_BOT_TOKEN"],
        WORKING["SLACK_SIGNING_SECRET"],
    }


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite:///file:x",
        "sqlite://relatch.db",
        "sqlite:///relatch.db?mode=ro",
        "sqlite:///no/such/directory/relatch.db",
        "sqlite:////",
        "postgresql+asyncpg://db/relatch",
        "relatch.db",
    ],
)
def test_a_database_that_would_not_keep_what_it_is_told_is_refused(address: str) -> None:
    assert list(faults({**WORKING, "DATABASE_URL": address})) == ["DATABASE_URL"]


@pytest.mark.parametrize(
    "port", ["-1", "65536", "3000 ", "\u0663\u0660\u0660\u0660", "0000080", "3e3", "+80"]
)
def test_a_port_is_a_small_number(port: str) -> None:
    if port.strip() != port:
        assert settings(RELATCH_PORT=port).listen.port == 3000
    else:
        assert list(faults({**WORKING, "RELATCH_PORT": port})) == ["RELATCH_PORT"]


def test_a_port_set_by_kubernetes_is_explained() -> None:
    assert "enableServiceLinks" in faults({**WORKING, "RELATCH_PORT": "tcp://10.0.0.1:3000"})["RELATCH_PORT"]


def test_the_two_ports_differ_unless_the_system_picks_them() -> None:
    assert list(faults({**WORKING, "RELATCH_OPS_PORT": "3000"})) == ["RELATCH_OPS_PORT"]
    assert settings(RELATCH_PORT="0", RELATCH_OPS_PORT="0").listen.ops_port == 0


def test_a_misspelt_variable_is_met_with_the_right_one() -> None:
    found = faults({**without("SLACK_BOT_TOKEN"), "SLACK_BOT_TOKN": "xoxb-1", "RELATCH_LOG_FORMT": "json"})

    assert "SLACK_BOT_TOKN is set" in found["SLACK_BOT_TOKEN"]
    assert 'did you mean "RELATCH_LOG_FORMAT"?' in found["RELATCH_LOG_FORMT"]


def test_other_peoples_variables_are_left_alone() -> None:
    settings(
        RELATCH_SERVICE_HOST="10.0.0.1",
        RELATCH_PORT_3000_TCP_PORT="3000",
        SLACK_API_TOKEN="x",
        AZURE_CONFIG_DIR="/x",
        PATH="/bin",
    )


def test_the_small_proxy_variables_win_as_they_do_elsewhere() -> None:
    found = settings(HTTPS_PROXY="http://big:1", https_proxy="http://small:1", no_proxy="contoso.com").network

    assert found.https_proxy is not None
    assert found.https_proxy.get_secret_value() == "http://small:1"
    assert found.no_proxy == "contoso.com"


def test_logs_are_for_machines_unless_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    for watched, expected in ((True, "console"), (False, "json")):
        monkeypatch.setattr("sys.stderr.isatty", lambda watched=watched: watched, raising=False)
        assert settings().logs.format == expected
    assert settings(RELATCH_LOG_FORMAT="console", RELATCH_LOG_LEVEL="debug").logs.level == "DEBUG"


def test_a_command_reads_only_the_variables_that_it_needs() -> None:
    assert load_settings(StoreSettings, {}).database.url.drivername == "sqlite+aiosqlite"
    assert load_policy({"RELATCH_POLICY": str(EXAMPLE)}).path == EXAMPLE
    with pytest.raises(ConfigurationError) as caught:
        load_settings(TenantSettings, {})
    assert [fault.place for fault in caught.value.faults] == [
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
    ]
    with pytest.raises(ConfigurationError):
        load_policy({"RELATCH_POLICY": "/no/such/file"})


def test_the_process_environment_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///mine.db")
    monkeypatch.setenv("RELATCH_POLICY", str(EXAMPLE))

    assert load_settings(StoreSettings).database.url.database == "mine.db"
    assert load_policy().people.match_by == "table"


@given(st.dictionaries(st.sampled_from([*WORKING, "DATABASE_URL", "RELATCH_PORT", "HTTPS_PROXY"]), st.text()))
def test_whatever_is_in_the_environment_is_read_or_reported(changed: dict[str, str]) -> None:
    environ = {**WORKING, **changed, "RELATCH_POLICY": str(EXAMPLE)}
    try:
        told = set(load(environ).settings.model_fields_set)
    except ConfigurationError as error:
        told = {fault.place for fault in error.faults}

    assert told <= {*environ, *Settings.model_fields}
