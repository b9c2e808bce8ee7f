"""The plot of ``edgesdk bench --errors``: one line for each correction, a band for the seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...error_study import ErrorRow, ErrorTable, Range
from ...errors import UsageError
from ..plots import FORMATS, figure_class
from .bit_errors_view import correction_name
from .writable import why_not

Panel = tuple[str, Callable[[ErrorRow], "Range | None"]]  # its title, and what of a row it shows


def check(path: Path) -> None:
    """Whether a plot could be written there, as far as that is known before it is drawn.

    Raises ``MissingExtra``, and ``UsageError`` (EDGE-02277).
    """
    if why := why_not(path, FORMATS):
        raise _unwritable(path, why)
    figure_class()


def plot(path: Path, found: ErrorTable, title: str) -> None:
    """Draw the change of the logits, the tokens kept, and the perplexity where there is one.

    Raises as ``check`` does.
    """
    panels: list[Panel] = [
        ("logits moved (standard deviations)", lambda row: row.change),
        ("share of next tokens kept", lambda row: row.kept),
    ]
    if found.perplexity is not None:
        panels.append(("perplexity", lambda row: row.perplexity))
    figure = figure_class()(figsize=(4.2 * len(panels), 3.6), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
        _draw(axes, found, panel)
    figure.suptitle(title, parse_math=False)
    try:
        figure.savefig(path)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from None


def _draw(axes: Any, found: ErrorTable, panel: Panel) -> None:
    """The rate has a logarithmic axis, on which 0 has no place; without another it has a linear."""
    label, of = panel
    logarithmic = any(row.rate > 0 for row in found.rows)
    names = dict.fromkeys(correction_name(row) for row in found.rows)
    rows = [row for row in found.rows if row.rate > 0 or not logarithmic]
    drawn = [_line(axes, [row for row in rows if correction_name(row) == n], of, n) for n in names]
    axes.set_xlabel("raw bit error rate")
    axes.set_title(label, fontsize="medium")
    if not any(drawn):
        axes.text(0.5, 0.5, "no finite value", ha="center", transform=axes.transAxes)
        return
    axes.legend(fontsize="small")
    if logarithmic:
        axes.set_xscale("log")
    if label == "perplexity":
        axes.set_yscale("log")


def _line(
    axes: Any, rows: list[ErrorRow], of: Callable[[ErrorRow], Range | None], name: str
) -> bool:
    """One correction's line and band; whether there is anything of it to draw."""
    pairs = [(row.rate, of(row)) for row in sorted(rows, key=lambda row: row.rate)]
    points = [(rate, found) for rate, found in pairs if found and math.isfinite(found.high)]
    if not points:
        return False
    rates = [rate for rate, _ in points]
    axes.plot(rates, [value.mean for _, value in points], marker=".", label=name)
    axes.fill_between(rates, [v.low for _, v in points], [v.high for _, v in points], alpha=0.2)
    return True


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"The plot {path} cannot be written",
        evidence=why,
        next_step="Give a file in a folder that there is, such as errors.png",
        code=277,
    )
