"""The charts of a benchmark's page, and what their marks mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ...bench import (
    COUNTED,
    DECLARED,
    MEASURED,
    MODELLED,
    NOT_MEASURED,
    BenchRecord,
    Figure,
    Measured,
)
from .charts import Point, chart, dot
from .html import Markup, element, joined
from .numbers import band, shown
from .rows import NEEDS, how, letter, of_tokens, slowest

# What a chart shows: the first of these figures that a contender has, and in words.
Plotted = tuple[tuple[str, ...], str]
_OF_RUN: tuple[Plotted, ...] = (
    (("device_latency",), "One run, on the device: less is better"),
    (("energy",), "Energy of a run: less is better"),
)
_OF_TOKENS: tuple[Plotted, ...] = (
    (("device_prefill_rate",), "Reading a prompt, on the device: more is better"),
    (("device_decode_rate",), "Writing, on the device: more is better"),
    (("energy",), "Energy of a token: less is better"),
)
_OF_MEMORY: tuple[Plotted, ...] = (
    (("needs_ram", "needs_cma", "needs_dram"), "Working memory that the bundle asks for"),
    (("needs_storage",), "Storage that the bundle asks for"),
)
_HOW = {
    MEASURED: "Measured: a clock or a meter gave it, on the device named.",
    COUNTED: "Counted: events or bytes were counted. They are no times.",
    DECLARED: "Declared: the bundle asks for it. It may hold an allowance for what runs the model.",
    MODELLED: "Modelled: computed from a model of the device. The true value is believed to lie "
    "within the band; what it rests on is below.",
    NOT_MEASURED: "Not measured: nobody knows, and no number is given.",
}
_EMULATOR = "Measured, of an emulator: a clock gave it, of software that stands for the device. "
_NO_BOARD = "It says nothing of a board's time."


def plots(record: BenchRecord) -> Markup:
    """Charts of what devices take, of the times of this clock, and of memory."""
    return joined(
        [
            _section(
                "On the device", _charts(record, _OF_TOKENS if of_tokens(record) else _OF_RUN)
            ),
            _times(record, False),
            _times(record, True),
            _section("Memory", _charts(record, _OF_MEMORY)),
        ]
    )


def _section(title: str, charts: Sequence[Markup]) -> Markup:
    return element("section", element("h2", title), charts) if charts else Markup("")


def _charts(record: BenchRecord, wanted: Iterable[Plotted]) -> list[Markup]:
    """A chart for each figure that any contender has a value of."""
    return [
        chart(title, unit, points)
        for names, title in wanted
        for unit, points in [_points(record, names)]
        if any(point.value is not None for point in points)
    ]


def _points(record: BenchRecord, names: Sequence[str]) -> tuple[str, list[Point]]:
    """The unit, and a point for each contender that has one of these figures."""
    unit, points = "", []
    for index, result in enumerate(record.results):
        name = next((name for name in names if name in result.figures), None)
        if name is not None:
            unit = result.figures[name].unit
            point = _point(index, result, result.figures[name])
            kind = f"{name.removeprefix(NEEDS)}, " if name.startswith(NEEDS) else ""
            points.append(replace(point, how=kind + point.how))
    return unit, points


def _point(index: int, result: Measured, figure: Figure) -> Point:
    low, high = figure.band or (None, None)
    said = how(figure, result) if figure.value is not None else _instead(result)
    around = band(figure)
    return Point(letter(index), result.device, figure.value, said, figure.how, low, high, around)


def _instead(result: Measured) -> str:
    """What is known of a device where its time is not."""
    found = result.figures.get("instructions")
    return f"{shown(found.value, found.unit)}, {found.how}" if found and found.value else ""


def _times(record: BenchRecord, emulated: bool) -> Markup:
    """Median, fastest and slowest: of devices, or of emulators, never both together."""
    points = []
    slow = slowest(record)
    for index, result in enumerate(record.results):
        if result.emulated != emulated or "latency_p50" not in result.figures:
            continue
        names = ("latency_min", "latency_p50", slow)
        least, middle, most = (result.figures[name].value or 0.0 for name in names)
        said = how(result.figures["latency_p50"], result)
        around = band(replace(result.figures["latency_p50"], band=(least, most)))
        who = (letter(index), result.device)
        points.append(Point(*who, middle, said, MEASURED, least, most, around))
    if not points:
        return Markup("")
    title = "Emulators, by the clock" if emulated else "Devices, by the clock"
    last = "99th percentile" if slow == "latency_p99" else "slowest"
    drawn = chart(f"One run: median, and from the fastest to the {last}", "s", points)
    why = element("p", _EMULATOR + _NO_BOARD, class_="quiet") if emulated else ""
    name = "times of-emulators" if emulated else "times"
    return element("section", element("h2", title), why, drawn, class_=name)


def legend(record: BenchRecord) -> Markup:
    """The marks that the page shows, in words."""
    every = [(f.how, r.emulated) for r in record.results for f in r.figures.values()]
    rows = []
    for kind, words in _HOW.items():
        if (kind, False) in every or (kind != MEASURED and (kind, True) in every):
            rows += [_mark(kind, kind) if kind != NOT_MEASURED else element("span"), words]
        if kind == MEASURED and (kind, True) in every:
            rows += [_mark(kind, "of an emulator"), _EMULATOR + _NO_BOARD]
    return element(
        "div", [r if isinstance(r, Markup) else element("span", r) for r in rows], class_="legend"
    )


def _mark(kind: str, said: str) -> Markup:
    return element("svg", dot(kind, said, "50%"), aria_hidden="true")
