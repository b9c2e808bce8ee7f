"""The benchmark record for people: one contender as a list, several side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ...bench import MODELLED, BenchRecord
from ..text import table
from .numbers import NO_BREAK, band, shown, unbroken
from .rows import Cell, letter, sections

WIDTH = 100  # characters of a line
ABREAST = 3  # contenders side by side; more go below
_LABEL = 19
_HEAD = ("", "model", "made from", "device", "target")


def as_text(record: BenchRecord) -> str:
    """The record as a table."""
    return _alone(record) if len(record.results) == 1 else _abreast(record)


def _alone(record: BenchRecord) -> str:
    """Every figure by its name in the record, with all that is known of how."""
    [result] = record.results
    rows = []
    for name, figure in result.figures.items():
        value = "-" if figure.value is None else shown(figure.value, figure.unit)
        around = band(figure)
        how = figure.how + (f" ({figure.note})" if figure.note else "")
        rows.append([name, value + (f" ({around})" if around else ""), how])
    header = ["", f"{result.model} {result.version} on {result.device}", "HOW"]
    fed = f"inputs: {result.inputs_from}" if result.inputs_from else ""
    lines = [table(rows, header), _timed(record), *textwrap.wrap(fed, WIDTH)]
    return "\n".join(lines)


def _abreast(record: BenchRecord) -> str:
    indices = range(len(record.results))
    groups = [indices[start : start + ABREAST] for start in indices[::ABREAST]]
    tables = ["\n".join(_table(record, group)) for group in groups]
    return "\n\n".join([*tables, "\n".join(_below(record))])


def _table(record: BenchRecord, group: Sequence[int]) -> Iterator[str]:
    """The lines of some contenders' columns."""
    width = (WIDTH - _LABEL) // len(group) - 2
    heads = [_head(record, index) for index in group]
    for label, *texts in zip(_HEAD, *heads, strict=True):
        if label != "made from" or len(set(texts)) > 1:
            yield from _lines(label, [[text] for text in texts], width)
    for section in sections(record):
        rows = [found for found in section.rows if any(found.cells[i] for i in group)]
        if rows:
            yield section.title
        for found in rows:
            cells = [_said(found.cells[i]) for i in group]
            yield from _lines(found.label, cells, width)


def _head(record: BenchRecord, index: int) -> tuple[str, ...]:
    result = record.results[index]
    emulator = " (an emulator)" if result.emulated else ""
    return (
        letter(index),
        f"{result.model} {result.version}",
        result.made_from.get("source", "-"),
        result.device,
        f"{result.target}{emulator}",
    )


def _said(cell: Cell | None) -> list[str]:
    return ["-"] if cell is None else [cell.text, cell.how] if cell.how else [cell.text]


def _lines(label: str, cells: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """A row of the table: as many lines as its longest cell has."""
    columns = [textwrap.wrap(label, _LABEL - 2) or [""]]
    columns += [[line for text in cell for line in _wrapped(text, width)] for cell in cells]
    for number in range(max(map(len, columns))):
        parts = [column[number] if number < len(column) else "" for column in columns]
        widths = [_LABEL - 2, *([width] * len(cells))]
        yield "  ".join(p.ljust(w) for p, w in zip(parts, widths, strict=True)).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of a cell; a number with spaces between its thousands stays whole."""
    return [line.replace(NO_BREAK, " ") for line in textwrap.wrap(unbroken(text), width)] or [""]


def _timed(record: BenchRecord) -> str:
    most = " at most" if len({result.runs for result in record.results}) > 1 else ""
    return f"{record.settings['runs']} runs{most}, after {record.settings['warmup']}"


def _below(record: BenchRecord) -> Iterator[str]:
    """What is said of the whole: how it was timed, ratios, and what modelled figures rest on."""
    turns = ", those of a kind in turns" if record.settings["interleaved"] else ""
    yield _timed(record) + turns
    for index, found in enumerate(record.comparisons, start=1):
        pair = f"{letter(index)} to A"
        if found.ratio_of_medians is None:
            yield f"{pair}: no ratio; {found.note}"
            continue
        spread = ""
        if found.of_pairs is not None:
            low, middle, high = found.of_pairs
            spread = f"; of pairs: {middle:.3f} (p25 {low:.3f}, p75 {high:.3f})"
        note = f"; {found.note}" if found.note else ""
        yield f"ratio of medians, {pair}: {found.ratio_of_medians:.3f}{spread}{note}"
    for text in assumptions(record):
        yield from textwrap.wrap(text, WIDTH, subsequent_indent="  ")


def assumptions(record: BenchRecord) -> list[str]:
    """What modelled figures rest on, each once, with whose it is."""
    found = []
    for index, result in enumerate(record.results):
        notes = {f.note for f in result.figures.values() if f.how == MODELLED and f.note}
        longest = [n for n in notes if not any(n != other and n in other for other in notes)]
        found += [f"modelled of {letter(index)}: {note}" for note in sorted(longest)]
    return found
