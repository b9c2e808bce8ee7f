"""The benchmark record as sections of rows: what its table and its page both show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...bench import NOT_MEASURED, Agreement, BenchRecord, Figure, Measured
from ...bench.figures import EMULATED
from .numbers import band, shown

# Figures by section, each with its label. Whatever else a record has follows under its own name.
_DEVICE = {
    "device_latency": "one run",
    "device_prefill_rate": "prefill",
    "device_decode_rate": "decode",
    "instructions": "instructions",
    "cycles": "cycles",
}
_CLOCK = {
    "latency_p50": "median run",
    "latency_p99": "99th percentile",
    "latency_max": "slowest run",
    "prefill_rate": "prefill",
    "decode_rate": "decode",
    "load_time": "opening",
}
_MEMORY = {"peak_memory": "peak", "peak_memory_growth": "growth", "flash": "flash"}
NEEDS = "needs_"
_ENOUGH = 100  # runs, from which on a 99th percentile is more than the slowest
# In the record, and too much for a table of the others.
_LEFT_OUT = {"latency_min", "latency_mean", "latency_p90", "throughput"}
_SHARED = {"prefill_rate", "decode_rate"}  # the device's own, where nothing is emulated


@dataclass(frozen=True)
class Cell:
    """A value in words, how it was obtained, and what there is to say of that."""

    text: str
    how: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A cell for each contender; None where it has no such thing."""

    label: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: tuple[Row, ...]


def letter(index: int) -> str:
    """What a contender is called for short: A, B, C ..."""
    return chr(ord("A") + index) if index < 26 else f"A{index}"


def sections(record: BenchRecord) -> list[Section]:
    """All sections that have any row."""
    emulated = any(result.emulated for result in record.results)
    out = {"latency_max" if slowest(record) == "latency_p99" else "latency_p99"}
    out |= set() if emulated else _SHARED
    clock = {n: label for n, label in _CLOCK.items() if n not in out}
    device = {**_DEVICE, "energy": f"energy, a {'token' if of_tokens(record) else 'run'}"}
    memory = {**_MEMORY, **_needs(record.results)}
    taken = {*device, *_CLOCK, *memory, *_LEFT_OUT}
    others = {name: name for name in _names(record.results) if name not in taken}
    found = [
        Section("ON THE DEVICE", _figures(record, device)),
        Section("MEMORY", _figures(record, memory)),
        Section("BY THE CLOCK", _runs(record) + _figures(record, clock)),
        Section("MORE", _figures(record, others)),
        Section("ANSWERS", _answers(record.results)),
    ]
    return [section for section in found if section.rows]


def of_tokens(record: BenchRecord) -> bool:
    """Whether language models are compared."""
    return any("device_decode_rate" in result.figures for result in record.results)


def slowest(record: BenchRecord) -> str:
    """The figure that says how slow runs become: of few runs the slowest itself."""
    enough = all(result.runs >= _ENOUGH for result in record.results)
    return "latency_p99" if enough else "latency_max"


def has_tokens(found: Agreement) -> bool:
    """Whether tokens were compared: then ``equal`` is of them alone."""
    return any(output.tokens is not None for output in found.outputs)


def how(figure: Figure, result: Measured) -> str:
    """How a figure was obtained, and of what."""
    if figure.how == "measured" and result.emulated:
        return "measured, of an emulator"
    return figure.how


def note(figure: Figure, result: Measured) -> str:
    """What there is to say beside ``how``, which says of an emulator already that it is one."""
    parts = [part for part in figure.note.split("; ") if part and part != EMULATED]
    return "; ".join(parts if result.emulated else [figure.note] if figure.note else [])


def _needs(results: Iterable[Measured]) -> dict[str, str]:
    return {
        name: f"needs {name.removeprefix(NEEDS)}"
        for name in _names(results)
        if name.startswith(NEEDS)
    }


def _names(results: Iterable[Measured]) -> list[str]:
    return list(dict.fromkeys(name for result in results for name in result.figures))


def _runs(record: BenchRecord) -> tuple[Row, ...]:
    """How many of each were timed, where that is not one number for all."""
    counts = [result.runs for result in record.results]
    return (Row("runs", tuple(Cell(str(n)) for n in counts)),) if len({*counts}) > 1 else ()


def _figures(record: BenchRecord, labels: dict[str, str]) -> tuple[Row, ...]:
    rows = [
        Row(label, tuple(_cell(result, name) for result in record.results))
        for name, label in labels.items()
    ]
    return tuple(row for row in rows if any(row.cells))


def _cell(result: Measured, name: str) -> Cell | None:
    figure = result.figures.get(name)
    if figure is None:
        return None
    if figure.value is None:
        return Cell(NOT_MEASURED, "", note(figure, result))
    around = band(figure)
    kind = how(figure, result) + (f", {around}" if around else "")
    return Cell(shown(figure.value, figure.unit), kind, note(figure, result))


def _answers(results: tuple[Measured, ...]) -> tuple[Row, ...]:
    """Each contender's answers against the first's."""
    if len(results) == 1:
        return ()
    first, *others = results
    agreements = [result.answers for result in others if result.answers]
    rows = [
        Row(
            "inputs",
            (Cell(first.inputs_from), *(Cell(found.inputs) for found in agreements)),
        ),
        _row("equal", [_equal(a) for a in agreements]),
    ]
    names = dict.fromkeys(output.name for a in agreements for output in a.outputs)
    for name in names:
        outputs = [next((o for o in a.outputs if o.name == name), None) for a in agreements]
        told: list[tuple[str, Callable[..., str]]] = [
            ("tokens", lambda o: _of(o.tokens, o.length, "the same")),
            ("top entry", lambda o: _of(o.top, o.rows, "the same")),
            ("difference", lambda o: difference(o.difference, o.units)),
        ]
        for what, text in told:
            row = _row(f"{name}: {what}", [text(o) if o else "" for o in outputs])
            rows += [row] if any(row.cells) else []
    return tuple(rows)


def _row(label: str, texts: list[str]) -> Row:
    return Row(label, (None, *(Cell(text) if text else None for text in texts)))


def _equal(found: Agreement) -> str:
    if has_tokens(found) and found.samples:
        return f"{found.equal} of {found.samples}, tokens to the bit"
    return _of(found.equal, found.samples, "to the bit")


def _of(part: int | None, whole: int, what: str) -> str:
    return f"{part} of {whole} {what}" if part is not None and whole else ""


def difference(value: float | None, units: str) -> str:
    """The greatest difference in words."""
    if value is None:
        return ""
    return f"at most {value:.3g} {units}".rstrip() if value else "none"
