"""A house whose policy has everything that changes somebody for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.tenant import Tenant
from bot.sim.tenant.model import RawMethod
from bot.sim.tenant.phones import IDS, PHONE
from bot.sim.tenant.story import AUTHENTICATOR, LEE, PASSWORD
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import House

ALL_ON = '\n[phone]\nregion = "NL"\n[enable]\n[default_method]\n'


def phone(kind: str, number: str) -> RawMethod:
    """Return a registered phone as Graph has it."""
    return {
        "@odata.type": PHONE,
        "id": IDS[kind],
        "phoneNumber": number,
        "phoneType": kind,
        "smsSignInState": "notAllowedByPolicy",
        "createdDateTime": "2024-03-04T10:10:02Z",
    }


def lee(tenant: Tenant, *phones: RawMethod, app: bool = False, **changes: object) -> None:
    """Let Lee have these phones and no other, with or without the app."""
    methods = (PASSWORD, *([AUTHENTICATOR] if app else []), *phones)
    tenant.add(replace(tenant.user(LEE), methods=methods, **changes))  # type: ignore[arg-type]  # the fields'


def numbers(tenant: Tenant) -> dict[str, str]:
    """Return Lee's phones by type, as they really are."""
    methods = tenant.user(LEE).methods
    return {str(one["phoneType"]): str(one["phoneNumber"]) for one in methods if one["@odata.type"] == PHONE}


@pytest.fixture
async def changing(open_house: OpenHouse) -> House:
    """A house in which Lee has no phone and no app, and MFA is off."""
    house = await open_house(ALL_ON)
    lee(house.tenant.state, mfa="disabled")
    return house
