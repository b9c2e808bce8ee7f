"""Charts of a benchmark's page: dots on an axis, drawn so that they fit any width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...bench import COUNTED, DECLARED, MODELLED, NOT_MEASURED
from .html import Markup, element
from .numbers import SCALED, digits, shown, unbroken

_LOGARITHMIC = 30  # times the least value, from where on an axis is logarithmic
_HEIGHT = 26  # pixels of a row
_MIDDLE = _HEIGHT / 2
_LEFT, _RIGHT = 2.0, 98.0  # percent of the width
_MOST_TICKS = 5

# What stands for each way to obtain a figure, around (0, 0).
_SHAPES = {
    MODELLED: "M0 -7L7 0L0 7L-7 0Z",
    DECLARED: "M0 -6.5L6.5 5.5H-6.5Z",
    COUNTED: "M-5.5 -5.5H5.5V5.5H-5.5Z",
}
_CIRCLE = "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1 -6 0Z"


@dataclass(frozen=True)
class Point:
    """A contender's value, and the range around it; ``value`` is None where there is none.

    ``key`` names it in a letter, ``how`` says in words how it was obtained, ``kind`` in one of the
    words of the record; ``around`` is the range in words.
    """

    key: str
    name: str
    value: float | None
    how: str
    kind: str
    low: float | None = None
    high: float | None = None
    around: str = ""


class Axis:
    """From values to percent of the width: linear from 0, or logarithmic where they differ much."""

    def __init__(self, values: Sequence[float], unit: str = "") -> None:
        self._base = 32.0 if unit == "B" else 10.0  # of round values; 32 bytes, 1 KiB, 32 KiB ...
        positive = [value for value in values if value > 0]
        self.most = max(positive, default=1.0)
        least = min(positive, default=1.0)
        self.logarithmic = self.most / least > _LOGARITHMIC
        self.least = self._base ** self._power(least) if self.logarithmic else 0.0
        self._one = float(1 << 20) if unit == "B" and self.most >= 1 << 20 else 1.0

    def percent(self, value: float) -> float:
        """Where a value is."""
        if self.logarithmic:
            value = max(value, self.least)
            share = math.log(value / self.least) / math.log(self.most / self.least)
        else:
            share = value / self.most
        return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)

    def ticks(self) -> list[float]:
        """At most five round values."""
        if self.logarithmic:
            first, last = self._power(self.least), self._power(self.most)
            step = max(1, math.ceil((last - first + 1) / _MOST_TICKS))
            return [self._base**power for power in range(first, last + 1, step)]
        rough = self.most / self._one / (_MOST_TICKS - 1)
        size = 10.0 ** math.floor(math.log10(rough))
        apart = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough * 0.999)
        count = int(self.most / self._one / apart + 1e-9) + 1
        return [apart * self._one * index for index in range(count)]

    def label(self, value: float, unit: str) -> str:
        """A tick in words; on a linear axis of bytes all are in one unit."""
        if self._one > 1 and not self.logarithmic:
            return f"{digits(value / self._one)} MiB"
        return shown(value, unit)

    def _power(self, value: float) -> int:
        """Of the base, at most the value."""
        return math.floor(math.log(value) / math.log(self._base) + 1e-9)


def chart(title: str, unit: str, points: Sequence[Point]) -> Markup:
    """A row for each point, and the axis below."""
    known = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    axis = Axis([value for value in known if math.isfinite(value)], unit)
    scale = "logarithmic scale" if axis.logarithmic else "scale from 0"
    of = f" · {unit}, {scale}" if unit not in SCALED else f" · {scale}"
    return element(
        "figure",
        element("figcaption", title, element("small", of)),
        [_row(point, unit, axis) for point in points],
        element("div", element("span"), element("span"), _ticks(axis, unit), class_="row axis"),
        class_="chart",
    )


def _row(point: Point, unit: str, axis: Axis) -> Markup:
    value = shown(point.value, unit) if point.value is not None else NOT_MEASURED
    how = ", ".join(filter(None, (point.how, point.around)))
    return element(
        "div",
        element("b", point.key, class_="key"),
        element("span", point.name, class_="name"),
        _track(point, axis),
        element("span", unbroken(value), " ", element("small", unbroken(how)), class_="value"),
        class_="row",
    )


def _track(point: Point, axis: Axis) -> Markup:
    """The dot and its range; a hollow dot is none of a device's own."""
    marks = [_line(_LEFT, _RIGHT, "ground")]
    if point.value is not None:
        if point.low is not None and point.high is not None:
            marks.append(_line(axis.percent(point.low), axis.percent(point.high), "band"))
        marks.append(dot(point.kind, point.how, f"{axis.percent(point.value):.3f}%"))
    return element("svg", marks, class_="track", height=_HEIGHT, width="100%", aria_hidden="true")


def dot(kind: str, how: str, x: str) -> Markup:
    """The mark of a way to obtain a figure, at a place of its row."""
    name = "emulator" if "emulator" in how else kind.replace(" ", "-")
    mark = element("path", d=_SHAPES.get(kind, _CIRCLE), class_=f"dot {name}")
    return element("svg", mark, x=x, y=_MIDDLE, overflow="visible")


def _line(start: float, end: float, name: str) -> Markup:
    return element(
        "line", x1=f"{start:.3f}%", x2=f"{end:.3f}%", y1=_MIDDLE, y2=_MIDDLE, class_=name
    )


def _ticks(axis: Axis, unit: str) -> Markup:
    """Labels below the rows; those at the ends stay within the drawing."""
    labels = []
    for value in axis.ticks():
        at = axis.percent(value)
        anchor = "start" if at < 10 else "end" if at > 90 else "middle"
        text = unbroken(axis.label(value, unit if unit in SCALED else "")) if value else "0"
        labels.append(element("text", text, x=f"{at:.3f}%", y=12, text_anchor=anchor))
    return element("svg", labels, class_="track", height=16, width="100%", aria_hidden="true")
