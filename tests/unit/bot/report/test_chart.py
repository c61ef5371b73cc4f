"""The chart as it is seen: what is drawn is what was counted."""

from __future__ import annotations

import copy
import io
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.report import chart
from bot.report.drawing import NoChart, drawn
from bot.report.words import percent

LEAST = 40
"""Pixels in a row of the picture that are a bar and no letter."""


def counts(all_: int) -> dict[str, int]:
    return {"all": all_, "members": all_, "guests": 0, "blocked": 0}


TOLD: dict[str, Any] = {
    "at": "2026-11-27T18:00:00+00:00",
    "people": counts(1000),
    "states": {
        "by_state": {"enforced": counts(600), "enabled": counts(100), "disabled": counts(300)},
        "not_read": counts(0),
        "from_the_list": 1000,
        "from_one_call_each": 0,
    },
    "registration": {
        "in_the_report": counts(1000),
        "registered": counts(800),
        "capable": counts(750),
        "passwordless": counts(0),
        "not_registered": counts(200),
        "not_known": counts(0),
        "methods": {"mobile phone": counts(500)},
        "oldest": "2026-11-26T10:00:00+00:00",
        "newest": "2026-11-26T22:00:00+00:00",
    },
    "administrators": {"known": 4, "without_a_second_factor": []},
    "suspensions": [],
    "not_read": [],
}


def seen(told: dict[str, Any]) -> Image.Image:
    out = io.BytesIO()
    chart.draw(told, out)
    return Image.open(out).convert("RGB")


def bars(image: Image.Image, colour: str) -> list[int]:
    """Return the lengths of the bars of a colour, from the top."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    lengths = (np.asarray(image) == wanted).all(axis=2).sum(axis=1)
    return [int(length) for length, _ in groupby(lengths) if length >= LEAST]


def test_every_bar_is_as_long_as_its_share() -> None:
    image = seen(TOLD)
    [enforced, registered, phones] = bars(image, chart.BLUE)
    [disabled] = bars(image, chart.ORANGE)
    [capable] = bars(image, chart.GREEN)
    whole = registered / 0.8
    shares = [length / whole for length in (enforced, disabled, capable, phones)]
    assert shares == pytest.approx([0.6, 0.3, 0.75, 0.5], abs=0.01)


def test_what_was_not_read_is_no_bar() -> None:
    told = {**TOLD, "states": None, "suspensions": None, "administrators": None}
    told["not_read"] = [{"what": "per-user MFA states", "why": "Graph answered 403", "what_to_do": None}]
    image = seen(told)
    assert bars(image, chart.ORANGE) == []
    assert len(bars(image, chart.BLUE)) == 2
    nothing = {name: None for name in TOLD if name not in {"at", "not_read"}}
    image = seen({"at": TOLD["at"], "not_read": [], **nothing})
    assert [bars(image, colour) for colour in (chart.BLUE, chart.SKY, chart.GREEN, chart.VERMILION)] == [
        []
    ] * 4


def test_the_more_there_is_the_taller_it_is_and_nothing_is_cut_off() -> None:
    told = copy.deepcopy(TOLD)
    told["registration"]["methods"] = {f"method {number} $x$ " + "y" * 60: counts(9) for number in range(20)}
    few, many = seen(TOLD), seen(told)
    assert (many.height > few.height, many.width) == (True, few.width)
    edges = [many.getpixel((column, row)) for row in range(many.height) for column in (0, many.width - 1)]
    assert set(edges) == {(255, 255, 255)}


def test_an_empty_tenant_is_drawn_too() -> None:
    told = copy.deepcopy(TOLD)
    for part in (told["states"]["by_state"], told["registration"]):
        part.update({name: counts(0) for name, value in part.items() if isinstance(value, dict)})
    told["registration"]["methods"] = {}
    assert bars(seen(told), chart.BLUE) == []


async def test_a_chart_that_cannot_be_drawn_says_why() -> None:
    with pytest.raises(NoChart, match="KeyError"):
        await drawn({"at": "2026-11-27T18:00:00+00:00"})


async def test_the_process_that_draws_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    # matplotlib would read its configuration from there, and fail.
    monkeypatch.setenv("MATPLOTLIBRC", "/nowhere/matplotlibrc")
    monkeypatch.setenv("MPLBACKEND", "nothing-like-it")
    monkeypatch.setenv("HOME", "/proc/1/nowhere")
    assert (await drawn(TOLD)).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("part", "of", "shown"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33.3 %"),
        (1, 100_000, "< 0.1 %"),
        (99_999, 100_000, "> 99.9 %"),
        (0, 0, ""),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(part: int, of: int, shown: str) -> None:
    assert percent(part, of) == shown
