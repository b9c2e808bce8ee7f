"""The tables and lists of a benchmark's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...bench import BenchRecord, Comparison, Figure, Measured
from .html import Child, Markup, element, joined
from .numbers import band, shown, unbroken
from .rows import how, letter, note, sections
from .view import assumptions


def table_of(header: Sequence[Child], rows: Iterable[Sequence[Child]]) -> Markup:
    """A table that scrolls on its own where the screen is narrow."""
    head = element("thead", element("tr", [element("th", cell) for cell in header]))
    lines = [
        element("tr", element("th", first), [element("td", cell) for cell in rest])
        for first, *rest in rows
    ]
    body = element("tbody", lines)
    return element("div", element("table", head if header else "", body), class_="scroll")


def answers(record: BenchRecord) -> Markup:
    """How far each contender's answers are from the first's."""
    [section] = [found for found in sections(record) if found.title == "ANSWERS"]
    header = ["", *map(letter, range(len(record.results)))]
    rows = [
        [row.label, *((cell.text if cell else "-") for cell in row.cells)] for row in section.rows
    ]
    return joined(
        [element("p", "The same inputs for all, compared with A's."), table_of(header, rows)]
    )


def ratios(record: BenchRecord) -> Markup:
    """The times of each contender over the first's, where they are of one kind."""
    lines = [
        element("li", _ratio(f"{letter(index)} to A", found))
        for index, found in enumerate(record.comparisons, start=1)
    ]
    return element("ul", lines)


def _ratio(pair: str, found: Comparison) -> str:
    if found.ratio_of_medians is None:
        return f"{pair}: no ratio; {found.note}."
    text = f"{pair}: {found.ratio_of_medians:.3f}, of medians; above 1 is slower"
    if found.of_pairs is not None:
        low, middle, high = found.of_pairs
        text += f"; of neighbouring runs {middle:.3f} (half of them from {low:.3f} to {high:.3f})"
    return text + (f"; {found.note}." if found.note else ".")


def rests_on(record: BenchRecord) -> Markup:
    """The assumptions of modelled figures."""
    found = assumptions(record)
    return element("ul", [element("li", text) for text in found]) if found else Markup("")


def every_figure(record: BenchRecord) -> Markup:
    """All figures of the record: value, band, how, and the note."""
    names = dict.fromkeys(name for result in record.results for name in result.figures)
    header: list[Child] = ["", *(_column(i, r) for i, r in enumerate(record.results))]
    rows: list[list[Child]] = [
        [name, *(_figure(result.figures.get(name), result) for result in record.results)]
        for name in names
    ]
    return table_of(header, rows)


def _column(index: int, result: Measured) -> Markup:
    return joined([letter(index), element("small", result.device)])


def _figure(figure: Figure | None, result: Measured) -> Child:
    if figure is None:
        return "-"
    said = [how(figure, result), band(figure), note(figure, result)]
    small = element("small", unbroken("; ".join(filter(None, said))))
    if figure.value is None:
        return small
    exact = repr(figure.value)
    return joined([element("data", unbroken(shown(figure.value, figure.unit)), value=exact), small])


def made_from(record: BenchRecord) -> Markup:
    """Of what each contender was made, and what it was fed."""
    names = dict.fromkeys(name for result in record.results for name in result.made_from)
    header: list[Child] = ["", *(_column(i, r) for i, r in enumerate(record.results))]
    rows: list[list[Child]] = [
        ["target", *(result.target for result in record.results)],
        ["inputs", *(result.inputs_from for result in record.results)],
        ["clock", *(result.clock for result in record.results)],
        ["runs timed", *(str(result.runs) for result in record.results)],
    ]
    rows += [
        [name.replace("_", " "), *(r.made_from.get(name, "-") for r in record.results)]
        for name in names
    ]
    return table_of(header, rows)
