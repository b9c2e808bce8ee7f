"""What every packer checks of weights before it believes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelRefused
from .weights import Ternary

Array = NDArray[Any]


def check_shape(name: str, values: Array | None, wanted: tuple[int, ...]) -> None:
    """Raise ``ModelRefused`` (EDGE-02138) for an array of another shape; () is none at all."""
    found = () if values is None else values.shape
    if found != wanted:
        raise ModelRefused(
            "The model's weights contradict its configuration",
            evidence=f"{name} is {list(found) or 'absent'}, "
            f"and should be {list(wanted) or 'absent'}",
            code=138,
        )


def check_finite(name: str, values: Array) -> None:
    """Raise ``ModelRefused`` (EDGE-02137) for values that are infinite or not a number."""
    if not np.isfinite(values).all():
        raise ModelRefused(
            "The model has weights that are infinite or not a number", evidence=name, code=137
        )


def check_ternary(name: str, linear: Ternary, rows: int, inputs: int) -> None:
    """Raise ``ModelRefused`` (EDGE-02137, EDGE-02138) for what no ternary layer holds."""
    check_shape(name, linear.codes, (rows, inputs))
    check_finite(name, np.array([linear.scale], np.float32))
    if linear.codes.min() < -1 or linear.codes.max() > 1:
        raise ModelRefused(f"{name} has codes that are not -1, 0 or 1", code=138)
