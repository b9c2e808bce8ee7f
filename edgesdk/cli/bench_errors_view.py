"""The table of ``edgesdk bench --errors``, for people and as CSV."""

from __future__ import annotations

import csv
import io
import math

from ..error_study import ErrorRow, ErrorTable, Range
from .text import table

HEADER = ("BIT ERRORS", "CORRECTION", "LOGITS MOVED", "TOKENS KEPT")
PERPLEXITY, DID = "PERPLEXITY", "CORRECTION DID"
_CSV = ("rate", "correction", "change_low", "change", "change_high", "kept_low", "kept")
_CSV_MORE = ("kept_high", "perplexity_low", "perplexity", "perplexity_high")


def as_text(found: ErrorTable) -> str:
    """For people: a row for each rate and correction, the range of the seeds in brackets."""
    rows = [_row(row) for row in found.rows]
    header = (*HEADER, *([PERPLEXITY] if found.perplexity is not None else []), DID)
    scored = ""
    if found.perplexity is not None:
        scored = f"; perplexity {found.perplexity:.4f} over {found.scored} tokens"
    return (
        table(rows, header) + f"\nwithout errors: {found.tokens} positions compared{scored}"
        f"\nlogits moved: root mean square, in standard deviations of the error-free logits; "
        f"mean of {found.seeds} seeds, lowest and highest in brackets"
    )


def as_csv(found: ErrorTable) -> str:
    """For spreadsheets."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = sorted({name for row in found.rows for name in row.counts})
    writer.writerow([*_CSV, *_CSV_MORE, *names])
    for row in found.rows:
        surprise = row.perplexity
        numbers = [
            *_three(row.change),
            *_three(row.kept),
            *(_three(surprise) if surprise else [""] * 3),
        ]
        counts = [f"{row.counts.get(name, 0):g}" for name in names]
        writer.writerow([f"{row.rate:g}", row.correction, *numbers, *counts])
    return stream.getvalue().rstrip("\n")


def _row(row: ErrorRow) -> tuple[str, ...]:
    did = ", ".join(f"{name} {count:g}" for name, count in row.counts.items() if count)
    surprise = [_shown(row.perplexity, "{:.4g}")] if row.perplexity else []
    return (
        f"{row.rate:g}",
        row.correction,
        _shown(row.change, "{:.3g}"),
        _shown(row.kept, "{:.1%}"),
        *surprise,
        did or "-",
    )


def _shown(found: Range, form: str) -> str:
    """The mean, and the range where there is one."""
    mean, low, high = (_number(value, form) for value in (found.mean, found.low, found.high))
    return mean if low == high else f"{mean} ({low} to {high})"


def _number(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "no probability"


def _three(found: Range) -> list[str]:
    return [f"{value:.6g}" for value in (found.low, found.mean, found.high)]
