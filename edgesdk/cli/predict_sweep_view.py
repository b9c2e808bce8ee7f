"""How a sweep looks: a table of designs, best first, and what was left out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..explore import Explored, Objective
from .predict_view import short
from .text import table


def as_text(found: Explored, *, every: bool, limit: int) -> str:
    """The front or every design, at most ``limit`` rows (0: all); no figure known of none."""
    numbers = found.every() if every else found.front
    shown = numbers[:limit] if limit else numbers
    on_front = set(found.front.tolist())
    told = np.flatnonzero(~np.isnan(found.figures).all(axis=0))
    rows = [
        [
            *found.grid.values(number),
            *(_figure(value) for value in found.figures[number, told].tolist()),
            *(["front" if number in on_front else ""] if every else []),
        ]
        for number in shown.tolist()
    ]
    header = [axis.key.upper() for axis in found.grid.axes]
    header += [found.objectives[place].name.replace("_", " ").upper() for place in told.tolist()]
    header += [""] * every
    return "\n\n".join([_head(found), table(rows, header), _foot(found, len(shown), every)])


def _head(found: Explored) -> str:
    question = found.question
    options = "".join(f", {key}={value}" for key, value in question.options.items())
    swept = any(axis.key == "context" for axis in found.grid.axes)
    place = "" if swept else f", decode after {question.contexts[0]}"
    return f"{question.subject.name} on {question.target}{place}{options}, {found.how}"


def _figure(value: float) -> str:
    return "not known" if math.isnan(value) else short(value) if value < 1e7 else f"{value:.3g}"


def _foot(found: Explored, shown: int, every: bool) -> str:
    compared = [o for o in found.objectives if o.name in found.compared]
    ways = ", ".join(f"{o.name} ({'more' if o.larger else 'less'})" for o in compared)
    counts = f"{len(found.front):,} of {len(found.feasible):,} designs are on the front of {ways}"
    whole = len(found.feasible) if every else len(found.front)
    rest = f"\n{whole - shown:,} more are not shown: --limit 0 shows all" if whole > shown else ""
    return counts + rest


def notes(found: Explored) -> list[str]:
    """What the table does not say: designs that cannot be, and objectives that are not known."""
    said = []
    for refused in found.refused:
        first = " ".join(f"{k}={v}" for k, v in found.grid.named(refused.first).items())
        count = f"{refused.count:,} of {found.grid.count:,} designs cannot be"
        said.append(f"{count}, such as {first}: {refused.why} [{refused.id}]")
    missing = [o.name for o in found.objectives if o.usual and o.name not in found.compared]
    unknown = [name for name in missing if _unknown(found, name)]
    if unknown:
        said.append(f"not known of every design, so not compared: {', '.join(unknown)}")
    return said


def _unknown(found: Explored, name: str) -> bool:
    place = [objective.name for objective in found.objectives].index(name)
    column = found.figures[found.feasible, place]
    return bool(np.isnan(column).any())


def as_dict(found: Explored, *, every: bool) -> dict[str, Any]:
    """The sweep as JSON has it; ``designs`` are all that can be, where they were asked for."""
    question = found.question
    return {
        "model": question.subject.name,
        "target": question.target,
        "options": dict(question.options),
        "context": question.contexts[0],
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
