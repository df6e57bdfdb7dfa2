"""Line charts as the numbers that the page's template draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The drawing, in units of its view box.
WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 24.0, 12.0, 46.0

#: Series of no more points than this show each of them.
MARKED = 40

#: Ticks aimed at along and up.
TICKS = (8, 6)

#: Colours (``--s0`` ...) and dash patterns of the template repeat after this many series.
STYLES = 6


@dataclass(frozen=True)
class Series:
    """One line.

    Attributes:
        name: For the legend.
        x: ``N`` numbers, rising.
        y: ``N`` numbers; nan or None leaves a gap.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]


@dataclass(frozen=True)
class LineChart:
    """Several lines over one axis.

    Attributes:
        series: The lines; six of them can be told apart.
        x_label: What runs along, with its unit.
        y_label: What goes up, with its unit.
        caption: A sentence below.
        y_range: Lowest and highest value shown; what the numbers need where None.
        x_marks: Places along the axis to mark with a vertical line, and a word for each.
    """

    series: Sequence[Series]
    x_label: str = ""
    y_label: str = ""
    caption: str = ""
    y_range: tuple[float, float] | None = None
    x_marks: Sequence[tuple[float, str]] = ()

    kind = "chart"

    @property
    def drawing(self) -> Drawing:
        """Where everything goes."""
        return draw(self)


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis: position in the view box and text."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A series as drawn.

    Attributes:
        name: For the legend.
        style: Number of its colour and dash pattern.
        pieces: ``points`` attributes of polylines, one between two gaps.
        dots: Points to show, also those without a neighbour.
    """

    name: str
    style: int
    pieces: list[str]
    dots: list[tuple[str, str]]


@dataclass(frozen=True)
class Drawing:
    """A chart as drawn: ticks, lines and marks in the view box; an empty `lines` where there is nothing to show."""

    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line]
    marks: list[Tick]

    width, height = WIDTH, HEIGHT
    left, right, top, bottom = LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM


def draw(chart: LineChart) -> Drawing:
    """Lay a chart out."""
    points = [[_point(x, y) for x, y in zip(series.x, series.y, strict=True)] for series in chart.series]
    known = [point for line in points for point in line if point is not None]
    xs, ys = [x for x, _ in known] + [float(x) for x, _ in chart.x_marks], [y for _, y in known]
    if not ys:
        return Drawing([], [], [], [])
    x_low, x_high = _widened(min(xs), max(xs))
    x_steps = [t for t in nice_ticks(x_low, x_high, TICKS[0]) if x_low <= t <= x_high]
    if chart.y_range is None:
        y_steps = nice_ticks(*_widened(min(ys), max(ys)), TICKS[1])
        y_low, y_high = y_steps[0], y_steps[-1]
    else:
        y_low, y_high = chart.y_range
        y_steps = [t for t in nice_ticks(y_low, y_high, TICKS[1]) if y_low <= t <= y_high]

    def at_x(value: float) -> float:
        return LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def at_y(value: float) -> float:
        return HEIGHT - BOTTOM - (min(max(value, y_low), y_high) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    lines = []
    for index, (series, line) in enumerate(zip(chart.series, points, strict=True)):
        pieces: list[list[str]] = [[]]
        for point in line:
            if point is not None:
                pieces[-1].append(f"{at_x(point[0]):.1f},{at_y(point[1]):.1f}")
            elif pieces[-1]:
                pieces.append([])
        shown = [p for p in pieces if p]
        marked = shown if sum(map(len, shown)) <= MARKED else [p for p in shown if len(p) == 1]
        dots = [(x, y) for piece in marked for x, _, y in (text.partition(",") for text in piece)]
        lines.append(Line(series.name, index % STYLES, [" ".join(p) for p in shown if len(p) > 1], dots))
    return Drawing(
        [Tick(round(at_x(t), 1), text) for t, text in zip(x_steps, tick_texts(x_steps), strict=True)],
        [Tick(round(at_y(t), 1), text) for t, text in zip(y_steps, tick_texts(y_steps), strict=True)],
        lines,
        [Tick(round(at_x(float(x)), 1), word) for x, word in chart.x_marks],
    )


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers that span a range: the first is no higher than `low`, the last no lower than `high`.

    Args:
        low: Lowest value.
        high: Highest value, above `low`.
        count: About how many.
    """
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(f * power for f in (1.0, 2.0, 2.5, 5.0, 10.0) if f * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Texts for ticks, all with as many digits as their distance needs."""
    if len(ticks) < 2:
        return [f"{t:g}" for t in ticks]
    step = ticks[1] - ticks[0]
    if max(map(abs, ticks)) >= 1e6 or step < 1e-4:
        return [f"{t:.3g}" for t in ticks]
    digits = next((d for d in range(5) if abs(round(step, d) - step) < 1e-6 * step), 5)
    return [f"{t:,.{digits}f}".replace(",", " ").replace("-0", "0" if t == 0 else "-0") for t in ticks]


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range that is not empty."""
    spare = abs(low) * 0.05 or 0.5
    return (low, high) if high > low else (low - spare, high + spare)


def _point(x: float, y: float | None) -> tuple[float, float] | None:
    """A point, or None for a gap."""
    return (float(x), float(y)) if y is not None and math.isfinite(x) and math.isfinite(y) else None
