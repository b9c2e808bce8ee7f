"""Many designs instead of one prediction: their figures, and which of them no other one beats.

A backend may have the members of ``Exploring``. The figures are modelled as its predictions are, in
the expected case.
"""

from __future__ import annotations

from .grid import Axis, Grid, read_grid
from .run import Evaluator, Refused
from .sweep import Explored, Exploring, Objective, explore, exploring

__all__ = [
    "Axis",
    "Evaluator",
    "Explored",
    "Exploring",
    "Grid",
    "Objective",
    "Refused",
    "explore",
    "exploring",
    "read_grid",
]
