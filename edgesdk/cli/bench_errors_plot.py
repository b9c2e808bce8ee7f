"""The plot of ``edgesdk bench --errors``: one line for each correction, a band for the seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..error_study import ErrorRow, ErrorTable, Range
from ..errors import MissingExtra, UsageError

_FORMATS = (".png", ".svg", ".pdf")


def plot(found: ErrorTable, path: Path, title: str) -> None:
    """Draw the change of the logits, the tokens kept, and the perplexity where there is one.

    Raises ``MissingExtra``, and ``UsageError`` (EDGE-02277) where the file cannot be written.
    """
    if path.suffix.lower() not in _FORMATS:
        raise _unwritable(path, f"its name ends in none of {', '.join(_FORMATS)}")
    figure_class = _figure_class()
    panels: list[tuple[str, Callable[[ErrorRow], Range | None]]] = [
        ("logits moved (standard deviations)", lambda row: row.change),
        ("share of next tokens kept", lambda row: row.kept),
    ]
    if found.perplexity is not None:
        panels.append(("perplexity", lambda row: row.perplexity))
    figure = figure_class(figsize=(4.2 * len(panels), 3.6), layout="constrained")
    for axes, (label, of) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        _draw(axes, found, label, of)
    figure.suptitle(title)
    try:
        figure.savefig(path)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _draw(axes: Any, found: ErrorTable, label: str, of: Callable[[ErrorRow], Range | None]) -> None:
    for correction in dict.fromkeys(row.correction for row in found.rows):
        rows = sorted((r for r in found.rows if r.correction == correction), key=lambda r: r.rate)
        points = [(row.rate, value) for row in rows if row.rate > 0 and (value := of(row))]
        points = [point for point in points if math.isfinite(point[1].high)]
        rates = [rate for rate, _ in points]
        axes.plot(rates, [value.mean for _, value in points], marker=".", label=correction)
        axes.fill_between(rates, [v.low for _, v in points], [v.high for _, v in points], alpha=0.2)
    axes.set_xscale("log")
    if label == "perplexity":
        axes.set_yscale("log")
    axes.set_xlabel("raw bit error rate")
    axes.set_title(label, fontsize="medium")
    axes.legend(fontsize="small")


def _figure_class() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "report") from None
    return Figure


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(f"The plot {path} cannot be written", evidence=why, code=277)
