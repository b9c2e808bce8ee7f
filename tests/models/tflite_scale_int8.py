"""A tiny int8 TFLite model: y = factor * x, int8[2, 3], all scales 1 and zero points 0."""

from __future__ import annotations

import numpy as np

from tests.formats.tflite_builder import Builder


def scale_int8_tflite(factor: int) -> bytes:
    """The model's bytes."""
    builder = Builder()
    one = {"scale": 1.0, "zero": 0}
    x = builder.tensor("x", [2, 3], 9, **one)
    constant = builder.constant(np.array([factor], np.int8), **one)
    y = builder.tensor("y", [2, 3], 9, **one)
    builder.operator("MUL", [x, constant], [y], options=("MulOptions", {}), version=2)
    builder.graph.inputs, builder.graph.outputs = [x], [y]
    return builder.content()
