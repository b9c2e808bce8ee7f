"""The benchmark record for people: one contender as a list, several side by side."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

from ...bench import MODELLED, BenchRecord
from ..text import counted, table
from .numbers import NO_BREAK, band, shown, unbroken
from .rows import Cell, letter, sections

WIDTH = 100  # characters of a line, fewer on a terminal that has fewer
_LABEL, _COLUMN = 19, 25  # the least of a contender's column; those without room go below
SHARED = (
    "peak, growth and opening: one process holds all models, and a later one finds loaded what "
    "those before it use; to compare these, measure each alone"
)
_HEAD = ("", "model", "made from", "device", "target")


def as_text(record: BenchRecord) -> str:
    """The record as a table."""
    width = _width()
    return _alone(record, width) if len(record.results) == 1 else _abreast(record, width)


def _width() -> int:
    if sys.stdout is None or not sys.stdout.isatty():
        return WIDTH
    return max(2 * _LABEL, min(WIDTH, shutil.get_terminal_size().columns))


def _alone(record: BenchRecord, width: int) -> str:
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
    lines = [table(rows, header, width), _timed(record), *textwrap.wrap(fed, width)]
    return "\n".join(lines)


def _abreast(record: BenchRecord, width: int) -> str:
    indices = range(len(record.results))
    abreast = max(1, (width - _LABEL) // (_COLUMN + 2))
    groups = [indices[start : start + abreast] for start in indices[::abreast]]
    tables = ["\n".join(_table(record, group, width)) for group in groups]
    below = [line for text in _below(record) for line in _hanging(text, width)]
    return "\n\n".join([*tables, "\n".join(below)])


def _hanging(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent="  ")


def _table(record: BenchRecord, group: Sequence[int], line: int) -> Iterator[str]:
    """The lines, so long each, of some contenders' columns."""
    width = (line - _LABEL) // len(group) - 2
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
    runs = counted(record.settings["runs"], "run")
    return f"{runs}{most}, after {record.settings['warmup']} to warm up"


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
    if any("peak_memory_growth" in result.figures for result in record.results[1:]):
        yield SHARED
    yield from assumptions(record)


def assumptions(record: BenchRecord) -> list[str]:
    """What modelled figures rest on, each once, with whose it is."""
    found = []
    for index, result in enumerate(record.results):
        notes = {f.note for f in result.figures.values() if f.how == MODELLED and f.note}
        longest = [n for n in notes if not any(n != other and n in other for other in notes)]
        found += [f"modelled of {letter(index)}: {note}" for note in sorted(longest)]
    return found
