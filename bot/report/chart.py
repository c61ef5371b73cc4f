"""Draws the picture: ``python -m bot.report.chart`` reads it as JSON and writes a PNG.

A process of its own, because matplotlib takes 75 MB; nothing else imports it. Only its object interface is
used: ``pyplot`` keeps global state and looks for a display. Colours are those of Okabe and Ito, which people
with every kind of colour vision tell apart; each bar is labelled in words all the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, TypeAlias

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from bot.report.words import percent

Json: TypeAlias = Mapping[str, Any]

INK: Final = "#1a1a1a"
QUIET: Final = "#595959"
TRACK: Final = "#efefef"
BLUE: Final = "#0072b2"
SKY: Final = "#56b4e9"
ORANGE: Final = "#e69f00"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
GREY: Final = "#999999"
STATES: Final[Mapping[str, str]] = {"enforced": BLUE, "enabled": SKY, "disabled": ORANGE}
WIDTH: Final = 10.0
DPI: Final = 144
BAR: Final = 0.34
"""Inches a bar takes, with the gap to the next."""
THICK: Final = 0.7
"""Of that, what is drawn."""
MARGIN: Final = 0.03
LEFT: Final = 0.34
RIGHT: Final = 0.97
"""Where things begin and end, as parts of the width."""
LONGEST: Final = 37
MOST_METHODS: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name; ``hatched`` is what is not known."""

    name: str
    value: int
    colour: str
    hatched: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars under a title, in percent of ``of``; without bars, why there are none."""

    title: str
    bars: tuple[Bar, ...]
    of: int
    note: str

    @property
    def rows(self) -> int:
        """Return how many lines it takes."""
        return max(len(self.bars), 1)


def draw(told: Json, out: IO[bytes]) -> None:
    """Write the chart of *told* to *out* as PNG."""
    panels = (_states(told), _registration(told), _methods(told))
    heights = [BAR * panel.rows + 0.62 for panel in panels]
    head, foot = 1.4, 0.35 + 0.2 * len(_unread(told))
    height = head + sum(heights) + foot
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _head(figure, told, height)
    grid = GridSpec(
        len(panels),
        1,
        figure=figure,
        height_ratios=heights,
        left=LEFT,
        right=RIGHT,
        top=1 - head / height,
        bottom=foot / height,
        hspace=0,
    )
    for place, panel in enumerate(panels):
        _panel(figure.add_subplot(grid[place]), panel, heights[place])
    _foot(figure, told, height)
    figure.savefig(out, format="png", dpi=DPI)


def _head(figure: Figure, told: Json, height: float) -> None:
    at, people = datetime.fromisoformat(told["at"]), told["people"]
    whom = f"{people['all']:,} people" if people else "people not counted"
    when = f"{at:%d %b %Y, %H:%M} UTC · {whom}"
    top = 1 - 0.34 / height
    figure.text(MARGIN, top, "Multi-factor authentication", size=18, weight="bold", color=INK, va="center")
    figure.text(RIGHT, top, when, size=10, color=QUIET, va="center", ha="right")
    for place, (number, words, colour) in enumerate(_tiles(told)):
        left = MARGIN + 0.33 * place
        figure.text(left, 1 - 0.86 / height, number, size=20, weight="bold", color=colour, va="center")
        figure.text(left, 1 - 1.17 / height, words, size=10, color=INK, va="center")


def _tiles(told: Json) -> Iterator[tuple[str, str, str]]:
    """Yield what is to be seen first: a number, its words, its colour."""
    registration, administrators = told["registration"], told["administrators"]
    if registration:
        share = percent(registration["registered"]["all"], _known_and_not(registration))
        yield share or "nobody", "registered a second factor", INK
    else:
        yield "not read", "registered a second factor", QUIET
    if administrators:
        without = len(administrators["without_a_second_factor"])
        words = f"of {administrators['known']:,} administrators without one"
        yield f"{without:,}", words, VERMILION if without else INK
    else:
        yield "not read", "administrators without one", QUIET
    live = told["suspensions"]
    words = "live suspension" if live is not None and len(live) == 1 else "live suspensions"
    yield ("not read", words, QUIET) if live is None else (f"{len(live):,}", words, INK)


def _known_and_not(registration: Json) -> int:
    return int(registration["in_the_report"]["all"] + registration["not_known"]["all"])


def _states(told: Json) -> Panel:
    title, found = "Per-user MFA", told["states"]
    if not found:
        return Panel(title, (), 0, "")
    bars = [Bar(name, row["all"], STATES.get(name, GREY)) for name, row in found["by_state"].items()]
    unread = found["not_read"]["all"]
    bars += [Bar("not read", unread, GREY, hatched=True)] if unread else []
    return Panel(title, tuple(bars), sum(bar.value for bar in bars), "people by state")


def _registration(told: Json) -> Panel:
    title, found = "Registration", told["registration"]
    if not found:
        return Panel(title, (), 0, "")
    bars = [
        Bar("registered a second factor", found["registered"]["all"], BLUE),
        Bar("and allowed to use it (capable)", found["capable"]["all"], GREEN),
        Bar("passwordless capable", found["passwordless"]["all"], SKY),
        Bar("no second factor", found["not_registered"]["all"], VERMILION),
    ]
    unknown = found["not_known"]["all"]
    bars += [Bar("not known", unknown, GREY, hatched=True)] if unknown else []
    return Panel(title, tuple(bars), _known_and_not(found), _as_of(found))


def _methods(told: Json) -> Panel:
    title, found = "Methods registered", told["registration"]
    if not found:
        return Panel(title, (), 0, "")
    kinds = list(found["methods"].items())
    bars = [Bar(name, row["all"], BLUE) for name, row in kinds[:MOST_METHODS]]
    left = len(kinds) - len(bars)
    note = "people by kind; one may have several" + (f"; {left} rarer kinds are left out" if left else "")
    return Panel(title, tuple(bars) or (Bar("none", 0, BLUE),), found["in_the_report"]["all"], note)


def _as_of(found: Json) -> str:
    if not found["oldest"]:
        return "by Microsoft's report"
    days = sorted({f"{datetime.fromisoformat(found[name]):%d %b %Y}" for name in ("oldest", "newest")})
    return f"by Microsoft's report, as of {' to '.join(days)}"


def _panel(axes: Axes, panel: Panel, height: float) -> None:
    # A bar is as thick in every panel, however many there are; above them is room for the title.
    top = (height - BAR * panel.rows) / BAR
    axes.set_ylim(panel.rows - 0.5, -0.5 - top)
    across = axes.get_yaxis_transform()
    title, margin = -1.15, (MARGIN - LEFT) / (RIGHT - LEFT)
    axes.text(margin, title, panel.title, size=12.5, weight="bold", color=INK, va="center", transform=across)
    axes.text(1, title, panel.note, size=9, color=QUIET, va="center", ha="right", transform=across)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks([])
    if panel.bars:
        _bars(axes, panel.bars, panel.of)
        return
    axes.set_yticks([])
    axes.text(margin, 0, "not read, see below", size=10, color=QUIET, va="center", transform=across)


def _bars(axes: Axes, bars: Sequence[Bar], of: int) -> None:
    """Draw the bars on a track that is everybody, so that lengths compare from panel to panel."""
    whole = max(1, of)
    # Room for the label of a bar that is everybody.
    axes.set_xlim(0, whole * 1.18)
    for place, bar in enumerate(bars):
        axes.barh(place, whole, height=THICK, color=TRACK)
        if bar.hatched:
            axes.barh(place, bar.value, height=THICK, facecolor="white", edgecolor=bar.colour, hatch="////")
        else:
            axes.barh(place, bar.value, height=THICK, color=bar.colour)
        said = f"{bar.value:,}   {percent(bar.value, of)}"
        axes.text(bar.value + whole * 0.012, place, said, size=10, color=INK, va="center_baseline")
    axes.plot([0, 0], [-0.5, len(bars) - 0.5], color=QUIET, linewidth=0.8)
    axes.set_yticks(range(len(bars)), [_short(bar.name) for bar in bars], size=10, color=INK)


def _foot(figure: Figure, told: Json, height: float) -> None:
    for place, line in enumerate(reversed(_unread(told))):
        figure.text(0.03, (0.2 + 0.2 * place) / height, line, size=8.5, color=QUIET, va="center")


def _unread(told: Json) -> list[str]:
    return [_short(f"Not read: {one['what']}: {one['why']}", 130) for one in told["not_read"]]


def _short(text: str, longest: int = LONGEST) -> str:
    # Dollar signs would begin a formula.
    return (text if len(text) <= longest else f"{text[: longest - 1]}…").replace("$", r"\$")


if __name__ == "__main__":
    draw(json.load(sys.stdin), sys.stdout.buffer)
