"""What quantisation parameters become in a kernel's record, computed as TFLite computes it.

TFLite computes some ratios of scales in float32 and some in float64, and the last bit of a
multiplier depends on it: callers pass what the reference would.
"""

from __future__ import annotations

import math
from typing import SupportsFloat

import numpy as np

from ..graph import Tensor
from ..step import NotSupported

_LARGEST_SHIFT = 30
_CLIPS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}


def multiplier_of(real: SupportsFloat) -> tuple[int, int]:
    """A factor as (multiplier, shift): real = multiplier * 2**(shift - 31), to 31 bits."""
    fraction, shift = math.frexp(float(real))
    multiplier = math.floor(abs(fraction) * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < -31:
        return 0, 0
    if shift > _LARGEST_SHIFT:
        raise NotSupported(f"its scales differ by a factor of {float(real):g}")
    return int(math.copysign(multiplier, fraction)), shift


def scale_of(tensor: Tensor) -> np.float32:
    """The one scale of a tensor."""
    if len(tensor.scale) != 1 or len(tensor.zero_point) != 1:
        raise NotSupported(f"tensor {tensor.name[:60]!r} does not have one scale and zero point")
    scale: np.float32 = np.float32(tensor.scale[0])
    return scale


def zero_of(tensor: Tensor) -> int:
    """The one zero point of a tensor."""
    scale_of(tensor)
    return int(tensor.zero_point[0])


def limits_of(tensor: Tensor) -> tuple[int, int]:
    """The lowest and highest number of its type."""
    info = np.iinfo(tensor.dtype)
    return int(info.min), int(info.max)


def activation_limits(tensor: Tensor, activation: str) -> tuple[int, int]:
    """The lowest and highest number that an output may have after its activation."""
    if activation not in _CLIPS:
        raise NotSupported(f"it has the activation {activation}")
    low, high = limits_of(tensor)
    least, most = _CLIPS[activation]
    if least is not None:
        low = max(low, quantised(least, tensor))
    if most is not None:
        high = min(high, quantised(most, tensor))
    return low, high


def quantised(value: float, tensor: Tensor) -> int:
    """A real number in a tensor's quantisation, not clipped."""
    steps = round_away(np.float32(value) / scale_of(tensor))
    if abs(steps) >= 2**31:
        raise NotSupported(f"its output's scale is too small to hold {value:g}")
    return zero_of(tensor) + steps


def round_away(value: SupportsFloat) -> int:
    """To the nearest whole number, halves away from zero."""
    number = float(value)
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


def same_quantisation(*tensors: Tensor) -> None:
    """Refuse unless all store the same numbers for the same values."""
    first = tensors[0]
    for tensor in tensors[1:]:
        if (tensor.scale, tensor.zero_point) != (first.scale, first.zero_point):
            raise NotSupported("its inputs and outputs have different scales or zero points")
