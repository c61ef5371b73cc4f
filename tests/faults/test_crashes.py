"""A crash at every call: whatever a process was doing, its heir breaks no promise."""

from __future__ import annotations

import pytest

from approvals.agenda import Kind
from approvals.ports import Directory, Passes, Registrar, Screen, Target, Tell
from tests.faults.conftest import Slate
from tests.faults.dying import UNHARMED, Life, Scenario, Stage, nothing
from tests.faults.scenarios import SCENARIOS, WHOLE

OF_DOMAINS = {Kind.FEDERATION, Kind.DOMAIN_NEWS}
"""Work about domains, which changes nothing for anybody."""
WITHOUT_TRACE = {Kind.ERASE}
"""Whoever dies in it leaves the same as before it: it is done once more."""
EVERYWHERE = [("sqlite", scenario) for scenario in SCENARIOS] + [("postgres", scenario) for scenario in WHOLE]


@pytest.mark.parametrize(
    ("backend", "scenario"), EVERYWHERE, ids=[f"{backend}-{one.name}" for backend, one in EVERYWHERE]
)
async def test_a_crash_at_any_call_breaks_no_promise(
    scenario: Scenario, slate: Slate, subtests: pytest.Subtests
) -> None:
    whole = await _story(slate, scenario, UNHARMED, again=False)
    deaths = whole.deaths(scenario)
    assert deaths
    for calls in deaths:
        where = f"{scenario.name}: dies after call {calls}, when {whole.steps[calls - 1]}"
        with subtests.test(where):
            life = await _story(slate, scenario, calls, again=False)
            assert life.steps == whole.steps[:calls], "it was not the same story"
        if life.answered or scenario.act is nothing:
            continue
        with subtests.test(f"{where}, and they try again"):
            await _story(slate, scenario, calls, again=True)


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_process_dies_in_every_kind_of_work_and_at_every_call_there_is(slate: Slate) -> None:
    tasks, calls = set[str](), set[tuple[str, str]]()
    for scenario in SCENARIOS:
        whole = await _story(slate, scenario, UNHARMED, again=False)
        tasks |= {whole.steps[calls - 1].task for calls in whole.deaths(scenario)}
        calls |= {(step.call.port, step.call.name) for step in whole.steps}

    assert tasks == {"act", "tick", *set(Kind) - OF_DOMAINS - WITHOUT_TRACE}
    ports = {
        "directory": Directory,
        "passes": Passes,
        "registrar": Registrar,
        "screen": Screen,
        "target": Target,
        "tell": Tell,
    }
    for port, methods in ports.items():
        assert {name for at, name in calls if at == port} == {
            name for name in vars(methods) if not name.startswith("_")
        }


async def _story(slate: Slate, scenario: Scenario, calls: int, *, again: bool) -> Life:
    """Tell *scenario* up to a crash after so many *calls*, and how it ends with another process."""
    stage = Stage(await slate.wiped(), scenario.policy)
    try:
        life = await stage.lives(scenario, calls)
        await stage.goes_on(scenario, again=again)
        assert stage.promises.broken == []
    finally:
        await stage.close()
    return life
