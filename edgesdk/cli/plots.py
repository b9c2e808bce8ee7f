"""Plots, drawn by matplotlib where it is installed."""

from __future__ import annotations

from typing import Any

from ..errors import MissingExtra

FORMATS = (".png", ".svg", ".pdf")


def figure_class() -> Any:
    """Of matplotlib. Raises ``MissingExtra``."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("matplotlib", "report") from None
    return Figure
