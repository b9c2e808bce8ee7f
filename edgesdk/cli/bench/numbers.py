"""The numbers of a benchmark record as people read them."""

from __future__ import annotations

import math
import re

from ...bench import Figure
from ..text import number

NO_BREAK = "\N{NO-BREAK SPACE}"
_LONGEST = 1e15  # of a number that is written out
_SMALLER = {"s": ("ms", "us", "ns"), "J": ("mJ", "uJ", "nJ")}
SCALED = frozenset({"B", *_SMALLER})  # units whose short forms go with each number


def shown(value: float, unit: str) -> str:
    """A value with its unit: ``1.106 ms``, ``24 450 tokens/s``, ``40 960 B``."""
    if unit == "B" and math.isfinite(value):
        return number(int(value))
    scaled, name = _scaled(value, unit)
    return f"{digits(scaled)} {name}".rstrip()


def band(figure: Figure) -> str:
    """The band of a figure in the unit of its value: ``0.98 to 1.3``; nothing without a band."""
    if figure.band is None or figure.value is None:
        return ""
    factor = _factor(figure.value, figure.unit)
    low, high = (digits(edge * factor) for edge in figure.band)
    return f"{low} to {high}"


def unbroken(text: str) -> str:
    """A text in which no number is cut between its thousands, and no range."""
    whole = re.sub(r"(?<=\d) (?=\d{3}\b)", NO_BREAK, text)
    return re.sub(r"(?<=\d) to (?=\d)", f"{NO_BREAK}to{NO_BREAK}", whole)


def digits(value: float) -> str:
    """Four digits, or all before the point, with spaces between thousands."""
    if isinstance(value, int) or 1000 <= abs(value) < _LONGEST:
        return f"{round(value):,}".replace(",", " ")
    return f"{value:.4g}"


def _scaled(value: float, unit: str) -> tuple[float, str]:
    """In a unit in which the value is 1 or more, as far as there is one."""
    name = unit
    for smaller in _SMALLER.get(unit, ()):
        if not 0 < abs(value) < 1:
            break
        value, name = value * 1000, smaller
    return value, name


def _factor(value: float, unit: str) -> float:
    """From the unit to the one that the value is shown in."""
    name = _scaled(value, unit)[1]
    names = (unit, *_SMALLER.get(unit, ()))
    return float(1000 ** names.index(name))
