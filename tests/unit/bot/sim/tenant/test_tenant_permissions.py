import httpx
import pytest

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.front import GRAPH_ROUTES
from bot.sim.tenant.routes import Route
from bot.sim.tenant.story import LEE, PERMISSIONS, SG_SECURITY, SUPPLIER

FILLED = {
    "user": LEE,
    "group": SG_SECURITY,
    "member": LEE,
    "phone": "3179e48a-750b-4051-897c-87b9720928f7",
    "pass": "6f1967b7-15e8-4935-ac26-d50770ed07a7",
    "method": "TemporaryAccessPass",
    "domain": "contoso.com",
    "configuration": "6601d14b-d113-8f64-fda2-9b5ddda18ecc",
    "item": LEE,
    "contact": SUPPLIER,
    "cast": "microsoft.graph.group",
}


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", GRAPH_ROUTES, ids=name_of)
async def test_every_route_is_shut_without_its_permission_and_opened_by_any_of_them(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, route: Route
) -> None:
    path = f"/beta/{route.path.format_map({**FILLED, 'role': 'x'})}"
    everything = {needed for other in GRAPH_ROUTES for needed in other.needs}
    tenant.state.granted = everything - route.needs
    before = tenant.state.snapshot()

    shut = await graph.request(route.method, path, json={"perUserMfaState": "disabled"})

    assert shut.status_code == 403
    assert before == tenant.state.snapshot()
    for needed in route.needs:
        tenant.state.granted = {needed}
        assert (await graph.request(route.method, path, json={})).status_code != 403


@pytest.mark.parametrize("route", GRAPH_ROUTES, ids=name_of)
def test_the_story_grants_enough_for_every_route(route: Route) -> None:
    # The registration itself is read by `relatch check` where an administrator allows it, and only there.
    assert route.needs & (PERMISSIONS | {"Application.Read.All"})
