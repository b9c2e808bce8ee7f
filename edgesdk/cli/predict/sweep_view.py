"""How a sweep looks: a table of designs, best first, and what was left out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...explore import Explored, Objective
from ..text import counted, table
from .view import short


def as_text(found: Explored, *, every: bool, limit: int) -> str:
    """The front or every design, at most ``limit`` rows (0: all); no figure known of none."""
    numbers = found.every() if every else found.front
    shown = numbers[:limit] if limit else numbers
    on_front = set(found.front.tolist())
    told = np.flatnonzero(~np.isnan(found.figures).all(axis=0)).tolist()
    named = [[key.upper() for key in found.grid.keys]]
    named += [list(found.grid.values(number)) for number in shown.tolist()]
    figures = [_column(found, place, shown) for place in told]
    marks = [["", *("front" if n in on_front else "" for n in shown.tolist())]] if every else []
    columns = zip(*figures, *marks, strict=True)
    rows = [[*values, *rest] for values, rest in zip(named, columns, strict=True)]
    return "\n\n".join([_head(found), table(rows), _foot(found, len(shown), every)])


def _column(found: Explored, place: int, shown: NDArray[np.int64]) -> list[str]:
    """The name of an objective above its figures, which end below one another."""
    cells = [found.objectives[place].name.replace("_", " ").upper()]
    cells += [_figure(value) for value in found.figures[shown, place].tolist()]
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def _head(found: Explored) -> str:
    place = "" if found.context is None else f", decode after {found.context}"
    settings = "".join(f", {key}={value}" for key, value in found.settings.items())
    return f"{found.question.subject.name} on {found.target}{place}{settings}, {found.how}"


def _figure(value: float) -> str:
    return "not known" if math.isnan(value) else short(value) if value < 1e7 else f"{value:.3g}"


def _foot(found: Explored, shown: int, every: bool) -> str:
    compared = [o for o in found.objectives if o.name in found.compared]
    ways = ", ".join(f"{o.name} ({'more' if o.larger else 'less'})" for o in compared)
    whole = counted(len(found.feasible), "design")
    are = "is" if len(found.front) == 1 else "are"
    counts = f"{len(found.front):,} of {whole} {are} on the front of {ways}"
    left = len(found.feasible if every else found.front) - shown
    more = f"\n{left:,} more {'is' if left == 1 else 'are'} not shown: --limit 0 shows all"
    return counts + (more if left else "")


def notes(found: Explored) -> list[str]:
    """What the table does not say: designs that cannot be, and objectives that are not known."""
    said = []
    for refused in found.refused:
        first = " ".join(f"{k}={v}" for k, v in found.grid.named(refused.first).items())
        count = f"{refused.count:,} of {counted(found.grid.count, 'design')} cannot be"
        said.append(f"{count}, such as {first}: {refused.why} [{refused.id}]")
    if found.unknown:
        said.append(f"not known of every design, so not compared: {', '.join(found.unknown)}")
    return said


def as_dict(found: Explored, *, every: bool) -> dict[str, Any]:
    """The sweep as JSON has it; ``designs`` are all that can be, where they were asked for."""
    return {
        "model": found.question.subject.name,
        "target": found.target,
        "options": dict(found.settings),
        "context": found.context,
        "how": found.how,
        "axes": {axis.key: list(axis.values) for axis in found.grid.axes},
        "count": found.grid.count,
        "feasible": len(found.feasible),
        "refused": [
            {"id": r.id, "count": r.count, "why": r.why, "first": found.grid.named(r.first)}
            for r in found.refused
        ],
        "objectives": [_described(objective, found) for objective in found.objectives],
        "front": [found.row(number) for number in found.front.tolist()],
        **({"designs": [found.row(n) for n in found.every().tolist()]} if every else {}),
    }


def _described(objective: Objective, found: Explored) -> dict[str, Any]:
    return {
        "name": objective.name,
        "unit": objective.unit,
        "better": "more" if objective.larger else "less",
        "compared": objective.name in found.compared,
        "how": objective.how,
    }
