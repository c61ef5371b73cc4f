"""The compose files and the proxy: what they promise is read from them, and tried where it can be."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import trustme
import yaml

from bot.config import VARIABLES
from bot.lifecycle import ANSWERS_PATIENCE, WORK_PATIENCE
from tests.docker.image import described, steps

PROJECT = Path(__file__).parents[2]
DOCKER = PROJECT / "docker"
FILES = ("compose.sqlite.yaml", "compose.postgres.yaml")
OURS = {variable.name for variable in VARIABLES}
EXAMPLE = set(re.findall(r"^#?([A-Z_]+)=", (DOCKER / "env.example").read_text("utf-8"), re.MULTILINE))
NOT_OURS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|xox|xapp", re.IGNORECASE)

Service: TypeAlias = dict[str, Any]


def compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCKER / name).read_text("utf-8"))
    return found


def services() -> Iterator[tuple[str, str, Service]]:
    for name in FILES:
        for service, found in compose(name)["services"].items():
            yield name, service, found


EVERY = [pytest.param(found, id=f"{name}:{service}") for name, service, found in services()]
OF_RELATCH = [
    pytest.param(found, id=f"{name}:{service}")
    for name, service, found in services()
    if found["image"] == "relatch"
]


# --- each container -------------------------------------------------------------------------


@pytest.mark.parametrize("service", EVERY)
def test_no_container_can_do_more_than_it_has_to(service: Service) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices"}
    assert any(one.partition(":")[0] == "/tmp" for one in service["tmpfs"])  # noqa: S108 - the container's


@pytest.mark.parametrize("service", EVERY)
def test_nothing_runs_as_root(service: Service) -> None:
    if service["image"] == "relatch":
        assert "user" not in service
        assert described(steps(DOCKER / "Dockerfile")).user == "10001:10001"
    else:
        assert service["user"] not in {"root", "0", "0:0"}


@pytest.mark.parametrize("service", EVERY)
def test_every_image_of_others_is_pinned_by_a_tag(service: Service) -> None:
    assert service["image"] == "relatch" or re.fullmatch(r"[a-z]+:[\d.]+-[a-z]+", service["image"])


@pytest.mark.parametrize("service", EVERY)
def test_what_stays_up_says_whether_it_is_well(service: Service) -> None:
    if service["restart"] == "no":
        assert service["command"] == ["migrate"]
        return
    if service["image"] == "relatch":
        # The image has the check.
        assert "healthcheck" not in service
        assert described(steps(DOCKER / "Dockerfile")).health
    else:
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("service", EVERY)
def test_no_secret_stands_in_a_file_and_every_variable_is_known(service: Service) -> None:
    known = OURS if service["image"] == "relatch" else NOT_OURS
    environment = service.get("environment", {})
    assert environment.keys() <= known
    assert OURS == EXAMPLE
    for name, value in environment.items():
        assert not SECRET.search(f"{name}={value}") or name.endswith("_FILE")


@pytest.mark.parametrize("service", EVERY)
def test_health_and_metrics_are_published_nowhere(service: Service) -> None:
    published = [str(one) for one in service.get("ports", [])]
    assert not any(re.search(r"\b3001\b", one) for one in published)


@pytest.mark.parametrize("service", OF_RELATCH)
def test_relatch_is_built_here_and_finds_its_policy(service: Service) -> None:
    build = service["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).resolve() == DOCKER / "Dockerfile"
    assert (DOCKER / build["context"]).resolve() == PROJECT
    policy = service["environment"]["RELATCH_POLICY"]
    assert f"./relatch.toml:{policy}:ro" in service["volumes"]
    assert service["env_file"] == "relatch.env"


@pytest.mark.parametrize("service", OF_RELATCH)
def test_what_is_under_way_may_end(service: Service) -> None:
    if service["restart"] != "no":
        seconds = float(service["stop_grace_period"].removesuffix("s"))
        assert seconds >= WORK_PATIENCE + ANSWERS_PATIENCE.total_seconds()


@pytest.mark.parametrize("name", ["relatch.env", "relatch.toml", "secrets/postgres_password"])
def test_what_operators_put_there_is_never_committed(name: str) -> None:
    ignored = (PROJECT / ".gitignore").read_text("utf-8").splitlines()
    assert any(f"docker/{name}".startswith(line) for line in ignored if line.startswith("docker/"))


# --- how they hang together -----------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_database_is_migrated_once_before_anything_serves(name: str) -> None:
    found = compose(name)["services"]
    assert found["migrate"]["command"] == ["migrate"]
    assert "deploy" not in found["migrate"]
    waits = found["relatch"]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_one_process_has_the_sqlite_file_to_itself() -> None:
    found = compose("compose.sqlite.yaml")
    relatch = found["services"]["relatch"]
    assert "deploy" not in relatch
    assert relatch["environment"]["DATABASE_URL"].startswith("sqlite:////data/")
    assert "data:/data" in relatch["volumes"]
    assert relatch["ports"] == ["127.0.0.1:3000:3000"]


def test_three_processes_share_one_postgresql_that_reaches_nobody() -> None:
    found = compose("compose.postgres.yaml")
    parts, networks = found["services"], found["networks"]
    assert parts["relatch"]["deploy"] == {"replicas": 3}
    assert "ports" not in parts["relatch"]
    assert networks["inside"] == {"internal": True}
    assert parts["database"]["networks"] == parts["migrate"]["networks"] == ["inside"]
    assert parts["relatch"]["networks"] == ["inside", "outside"]
    assert parts["proxy"]["networks"] == ["outside"]
    assert "ports" not in parts["database"]
    for waiting in ("migrate", "relatch"):
        assert parts[waiting]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert parts["proxy"]["depends_on"]["relatch"] == {"condition": "service_healthy"}


def test_secrets_come_from_files_that_are_named() -> None:
    found = compose("compose.postgres.yaml")
    used = {one for service in found["services"].values() for one in service.get("secrets", [])}
    assert used == set(found["secrets"])
    assert all(one["file"].startswith("./secrets/") for one in found["secrets"].values())


# --- the proxy ------------------------------------------------------------------------------

CONF = DOCKER / "nginx.conf"
Block: TypeAlias = list[tuple[str, Any]]


def parsed(text: str) -> Block:
    """Read nginx's configuration: directives, and blocks of them."""
    words = re.findall(r'"[^"]*"|[{};]|[^\s{};]+', re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE))
    found, rest = _block(words)
    assert rest == []
    return found


def _block(words: list[str]) -> tuple[Block, list[str]]:
    found: Block = []
    said: list[str] = []
    while words:
        word, *words = words
        match word:
            case ";":
                found.append((" ".join(said), None))
                said = []
            case "{":
                inner, words = _block(words)
                found.append((" ".join(said), inner))
                said = []
            case "}":
                break
            case _:
                said.append(word)
    assert said == []
    return found, words


def inside(block: Block, name: str) -> Block:
    """Return the only block of that name."""
    [found] = [inner for said, inner in block if said == name and inner is not None]
    return found


def servers() -> tuple[Block, Block]:
    http = inside(parsed(CONF.read_text("utf-8")), "http")
    outer, own = (inner for said, inner in http if said == "server")
    return outer, own


def test_only_slacks_deliveries_get_through() -> None:
    outer, own = servers()
    locations = [said for said, inner in outer if said.startswith("location")]
    assert locations == ["location = /slack/events", "location /"]
    assert inside(outer, "location /") == [("return 404", None)]
    passed = dict(inside(outer, "location = /slack/events"))
    assert "set $relatch http://relatch:3000" in passed
    assert "proxy_pass $relatch" in passed
    assert "3001" not in CONF.read_text("utf-8")
    assert ("listen 127.0.0.1:8081", None) in own


def test_a_delivery_that_was_sent_goes_to_nobody_else() -> None:
    outer, _ = servers()
    passed = [said for said, _ in inside(outer, "location = /slack/events")]
    [retried] = [said for said in passed if said.startswith("proxy_next_upstream ")]
    assert "non_idempotent" not in retried


def test_the_proxy_listens_where_compose_publishes_it_and_writes_only_to_tmp() -> None:
    service = compose("compose.postgres.yaml")["services"]["proxy"]
    outer, _ = servers()
    assert service["ports"] == ["443:8443"]
    assert ("listen 8443 ssl", None) in outer
    assert "./nginx.conf:/etc/nginx/nginx.conf:ro" in service["volumes"]
    for secret in service["secrets"]:
        assert f"/run/secrets/{secret};" in CONF.read_text("utf-8")
    written = re.findall(r"^\s*(?:pid|\w+_temp_path) (\S+);", CONF.read_text("utf-8"), re.MULTILINE)
    assert len(written) == 6
    assert all(one.startswith("/tmp/") for one in written)  # noqa: S108 - the container's


async def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """Where nginx is installed it is asked; everywhere the file is read as nginx reads it, above."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    text = re.sub(r"/(?:tmp|run/secrets)/", f"{tmp_path}/", CONF.read_text("utf-8"))
    assert parsed(text)
    if nginx is None:
        return
    issued = trustme.CA().issue_cert("relatch.contoso.com")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "tls_certificate.pem")
    issued.private_key_pem.write_to_path(tmp_path / "tls_key.pem")
    (tmp_path / "nginx.conf").write_text(text, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(nginx, "-t", "-q", "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
