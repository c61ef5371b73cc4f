"""What a later version wrote is refused, not guessed. (Round trips: ``tests/contract/store``.)"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from approvals.model import (
    Briefing,
    CannotTell,
    ChangesNothing,
    Forecast,
    Hindrance,
    Protection,
    Source,
    WillWork,
)
from bot.sql import codec
from bot.sql.tables import Json


@pytest.mark.parametrize("decode", [codec.action_of, codec.actor_of, codec.forecast_of])
def test_a_kind_that_is_not_known_is_refused(decode: Callable[[Json], object]) -> None:
    with pytest.raises(ValueError, match="unknown kind: teapot"):
        decode({"is": "teapot"})


FORECASTS = [
    None,
    WillWork(),
    CannotTell(("It was away.",), ("All users",)),
    ChangesNothing(
        (Hindrance(Source.SECURITY_DEFAULTS), Hindrance(Source.CONDITIONAL_ACCESS, "All <users>"))
    ),
]


@pytest.mark.parametrize("forecast", FORECASTS)
def test_a_forecast_survives_and_rows_without_one_load(forecast: Forecast | None) -> None:
    briefing = Briefing(Protection.ENFORCED, forecast=forecast)
    written = codec.briefing_json(briefing)
    assert codec.briefing_of(json.loads(json.dumps(written))) == briefing
    del written["forecast"]
    assert codec.briefing_of(written) == replace(briefing, forecast=None)
