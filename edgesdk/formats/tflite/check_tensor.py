"""Checks of one tensor of a TFLite model: its buffer, its size, its quantisation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ...bundle.limits import RANK
from ...tensors import DTYPES
from ..flatbuffer import Malformed
from .signatures import Facts
from .vectors import Budget, integers

if TYPE_CHECKING:
    from tflite import QuantizationParameters, Tensor

# TensorType of the schema, by number. None: no array can carry it across the boundary.
DTYPE_NAMES: dict[int, str | None] = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    5: "string",
    6: "bool",
    7: "int16",
    8: "complex64",
    9: "int8",
    10: "float64",
    11: "complex128",
    12: "uint64",
    13: None,  # resource
    14: None,  # variant
    15: "uint32",
    16: "uint16",
    17: None,  # int4
    18: "bfloat16",
}
_MOST_BYTES = 2**31 - 1  # of one tensor: runtimes count many sizes in 32 bits
# Real scales lie well inside; the ratio of any two still is a number that a shift can express.
_SMALLEST_SCALE, _LARGEST_SCALE = 1e-12, 1e12


def check_tensor(tensor: Tensor, buffers: list[int], budget: Budget) -> Facts:
    """Check a tensor, given the bytes in each buffer. Raises ``Malformed``."""
    if tensor.Buffer() >= len(buffers):
        raise Malformed(f"a tensor is in buffer {tensor.Buffer()} of {len(buffers)}")
    if max(tensor.ShapeLength(), tensor.ShapeSignatureLength()) > RANK:
        raise Malformed(f"a tensor has more than {RANK} axes")
    shape, held = integers(tensor.ShapeAsNumpy()), buffers[tensor.Buffer()]
    if min(shape, default=0) < 0:
        raise Malformed(f"a tensor has shape {shape}")
    name = DTYPE_NAMES.get(tensor.Type())
    if name is not None and name != "string":
        needed = math.prod(shape) * DTYPES[name].itemsize
        if needed > _MOST_BYTES:
            raise Malformed(f"a tensor of shape {shape} has {needed} bytes")
        if held and held != needed and tensor.Sparsity() is None:
            raise Malformed(f"a constant of shape {shape} has {held} bytes, not {needed}")
    parameters, scaled = tensor.Quantization(), False
    if parameters is not None and (parameters.ScaleLength() or parameters.ZeroPointLength()):
        scaled = _check_quantisation(parameters, shape, name, budget, constant=held > 0)
    ready = held > 0 or bool(tensor.IsVariable())
    return Facts(tensor.Type(), math.prod(shape), scaled, ready)


def _check_quantisation(
    parameters: QuantizationParameters,
    shape: tuple[int, ...],
    dtype: str | None,
    budget: Budget,
    *,
    constant: bool,
) -> bool:
    """Check the scales and zero points; returns whether there are scales, and none is zero."""
    count, axis = parameters.ScaleLength(), parameters.QuantizedDimension()
    budget.spend(2 * count)
    if count > 1 and (not 0 <= axis < len(shape) or shape[axis] != count):
        raise Malformed(f"{count} scales do not fit axis {axis} of shape {shape}")
    if parameters.ZeroPointLength() not in {0, count}:
        raise Malformed(f"{count} scales have {parameters.ZeroPointLength()} zero points")
    scales = parameters.ScaleAsNumpy()
    if not np.isfinite(scales).all() or (scales < 0).any():
        raise Malformed("a scale is not a number that can scale")
    used = scales[scales > 0]  # converters write 0 for what is not quantised
    # A channel of constants that are all near nothing has a scale of next to nothing.
    smallest = 0.0 if constant else _SMALLEST_SCALE
    if ((used < smallest) | (used > _LARGEST_SCALE)).any():
        raise Malformed(f"a scale is not between {smallest:g} and {_LARGEST_SCALE:g}")
    if parameters.ZeroPointLength() and dtype is not None and DTYPES[dtype].kind in "iu":
        limits, zeros = np.iinfo(DTYPES[dtype]), parameters.ZeroPointAsNumpy()
        if zeros.min() < limits.min or zeros.max() > limits.max:
            raise Malformed(f"a zero point does not fit {dtype}")
    return count > 0 and bool(used.size == count)
