"""A small bar chart as numbers: where each bar stands and how high it is. The template draws it as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.web.design.badges import Text

WIDTH, HEIGHT = 420, 130
"""Of the drawing, in units that scale with the page."""

TOP, BOTTOM = 22, 22
"""Room for the number above and the day below."""


@dataclass(frozen=True)
class Bar:
    """One column: its label, the number it shows, and two stacked parts (bad below good)."""

    label: Text
    good: int
    bad: int = 0


@dataclass(frozen=True)
class Drawn:
    """A bar with its geometry: `x` and `middle` across, and for each part where it begins and how high it is."""

    bar: Bar
    x: float
    width: float
    middle: float
    good_y: float
    good_height: float
    bad_y: float
    bad_height: float
    number_y: float


def draw(bars: Sequence[Bar]) -> list[Drawn]:
    """Place the bars; the highest reaches the top. Nothing at all is a thin line."""
    most = max((bar.good + bar.bad for bar in bars), default=0) or 1
    slot = WIDTH / max(len(bars), 1)
    return [_one(bar, number * slot, slot, most) for number, bar in enumerate(bars)]


def _one(bar: Bar, left: float, slot: float, most: int) -> Drawn:
    floor, room = HEIGHT - BOTTOM, HEIGHT - TOP - BOTTOM
    bad, good = room * bar.bad / most, room * bar.good / most
    top = floor - bad - good
    places = (left + slot * 0.2, slot * 0.6, left + slot / 2, top, good, floor - bad, bad, top - 7)
    return Drawn(bar, *(round(place, 1) for place in places))
