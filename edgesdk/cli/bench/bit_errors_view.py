"""The table of ``edgesdk bench --errors``, for people and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

from ...error_study import ErrorRow, ErrorTable, Range
from ..text import table
from .numbers import digits

HEADER = ("BIT ERRORS", "CORRECTION", "LOGITS MOVED", "TOKENS KEPT")
PERPLEXITY, COUNTED = "PERPLEXITY", "COUNTED"


def as_text(found: ErrorTable) -> str:
    """For people: a row for each rate and correction, the range of the seeds in brackets."""
    rows = [_row(row) for row in found.rows]
    header = (*HEADER, *([PERPLEXITY] if found.perplexity is not None else []), COUNTED)
    scored = ""
    if found.perplexity is not None:
        scored = f"; perplexity {found.perplexity:.4f} over {found.scored} tokens"
    return (
        table(rows, header) + f"\nwithout errors: {found.tokens} positions compared{scored}"
        "\nlogits moved: root mean square, in standard deviations of the error-free logits; "
        + _of_seeds(found.seeds)
    )


def as_csv(found: ErrorTable) -> str:
    """For spreadsheets: a row for each rate and correction, which says what it was measured on."""
    stream = io.StringIO()
    rows = [_fields(row, found) for row in found.rows]
    writer = csv.DictWriter(stream, _every(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().rstrip("\n")


def correction_name(row: ErrorRow) -> str:
    """The correction with its parameters: ``exact (copies 2, compare magnitude)``."""
    said = ", ".join(f"{name} {value}" for name, value in row.parameters.items())
    return f"{row.correction} ({said})" if said else row.correction


def _row(row: ErrorRow) -> tuple[str, ...]:
    counted = ", ".join(f"{name} {digits(count)}" for name, count in row.counts.items() if count)
    surprise = [_shown(row.perplexity, "{:.4g}", "no probability")] if row.perplexity else []
    return (
        f"{row.rate:g}",
        correction_name(row),
        _shown(row.change, "{:.3g}"),
        _shown(row.kept, "{:.1%}"),
        *surprise,
        counted or "-",
    )


def _shown(found: Range, form: str, infinite: str = "infinite") -> str:
    """The mean, and the range where there is one."""
    values = (found.mean, found.low, found.high)
    mean, low, high = (_number(value, form, infinite) for value in values)
    return mean if low == high else f"{mean} ({low} to {high})"


def _number(value: float, form: str, infinite: str) -> str:
    if math.isnan(value):
        return "no number"
    return form.format(value) if math.isfinite(value) else infinite


def _of_seeds(seeds: int) -> str:
    if seeds == 1:
        return "of one seed"
    return f"mean of {seeds} seeds, lowest and highest in brackets"


def _fields(row: ErrorRow, found: ErrorTable) -> dict[str, str]:
    """By column. What is the same for every row is in each."""
    measured = {**_three("change", row.change), **_three("kept", row.kept)}
    if row.perplexity is not None:
        measured |= _three("perplexity", row.perplexity)
        measured |= {"clean_perplexity": f"{found.perplexity:.6g}", "scored": str(found.scored)}
    return {
        "rate": _exact(row.rate),
        "correction": row.correction,
        **row.parameters,
        **measured,
        "tokens": str(found.tokens),
        "seeds": str(found.seeds),
        **{name: _exact(count) for name, count in row.counts.items()},
    }


def _exact(value: float) -> str:
    """All digits: rates and counts that differ stay apart."""
    return str(value).removesuffix(".0")


def _every(rows: Iterable[dict[str, str]]) -> list[str]:
    """The columns of the longest row, then what others have beside them."""
    longest_first = sorted(rows, key=len, reverse=True)
    return list(dict.fromkeys(name for row in longest_first for name in row))


def _three(name: str, found: Range) -> dict[str, str]:
    values = (found.low, found.mean, found.high)
    names = (f"{name}_low", name, f"{name}_high")
    return {name: f"{value:.6g}" for name, value in zip(names, values, strict=True)}
