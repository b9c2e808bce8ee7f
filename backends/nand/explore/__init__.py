"""Many designs at once: sweeps, and the ones that no other beats."""

from __future__ import annotations

from .evaluator import NandEvaluator
from .objectives import OBJECTIVES

__all__ = ["OBJECTIVES", "NandEvaluator"]
