"""Files that a sweep writes: a table as CSV, and a plot."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...bundle.atomic import replacing
from ...errors import UsageError
from ...explore import Explored, Objective
from ..plots import FORMATS, figure_class


def check(table: Path | None, plot: Path | None) -> None:
    """Whether the files could be written, before anything is computed for them.

    Raises ``UsageError`` (EDGE-02254) for names that will not do, ``MissingExtra`` without
    matplotlib, and what ``replacing`` raises where a folder is not there or not ours.
    """
    if plot and plot.suffix.lower() not in FORMATS:
        raise _wrong_name(f"{plot} is no name of a plot", f"it ends in {', '.join(FORMATS)}")
    if str(table) == "-":
        raise _wrong_name("The table goes into a file", "--csv - is none")
    if table and plot and table.resolve() == plot.resolve():
        raise _wrong_name("The table and the plot need two files", str(table))
    if plot:
        figure_class()
    for path in (table, plot):
        if path:
            _check_place(path)


def _check_place(path: Path) -> None:
    """Begin to write, and give it up: then nothing is left of it."""

    class _GivenUpError(Exception):
        pass

    try:
        with replacing(path):
            raise _GivenUpError
    except _GivenUpError:
        return


def _wrong_name(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=254)


def write_csv(path: Path, found: Explored) -> None:
    """All designs that can be, best first; the last column says which are on the front."""
    on_front = set(found.front.tolist())
    with replacing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow([*(axis.key for axis in found.grid.axes), *_columns(found), "front"])
        for number in found.every().tolist():
            row = list(found.row(number).values())
            writer.writerow([*row, "yes" if number in on_front else "no"])
        text.flush()
        text.detach()


def _columns(found: Explored) -> list[str]:
    return [objective.name for objective in found.objectives]


def write_plot(path: Path, found: Explored) -> None:
    """Every design by the first two objectives that are compared; the front stands out."""
    names = [*found.compared, *_columns(found)]
    across, up = (_objective(found, name) for name in dict.fromkeys(names[1:2] + names[:1]))
    figure = figure_class()(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    _draw(axes, found, across, up)
    axes.set(
        xlabel=across.name.replace("_", " "),
        ylabel=up.name.replace("_", " "),
        title=f"{found.question.subject.name}: {len(found.feasible):,} designs, {found.how}",
    )
    axes.legend()
    axes.grid(visible=True, alpha=0.3)
    with replacing(path) as file:
        figure.savefig(file, format=path.suffix[1:].lower(), dpi=150)


def _draw(axes: Any, found: Explored, across: Objective, up: Objective) -> None:
    groups = ((found.feasible, "designs", 8, "tab:gray"), (found.front, "front", 22, "tab:red"))
    for numbers, label, size, color in groups:
        x, y = _column(found, across, numbers), _column(found, up, numbers)
        axes.scatter(x, y, s=size, c=color, label=label)
    for objective, axis in ((across, "x"), (up, "y")):
        if (_column(found, objective, found.feasible) > 0).all():
            getattr(axes, f"set_{axis}scale")("log")


def _objective(found: Explored, name: str) -> Objective:
    return next(item for item in found.objectives if item.name == name)


def _column(
    found: Explored, objective: Objective, numbers: NDArray[np.int64]
) -> NDArray[np.float64]:
    column: NDArray[np.float64] = found.figures[numbers, found.objectives.index(objective)]
    return column
