"""Weights as the kernels that multiply and accumulate want them in the constants."""

from __future__ import annotations

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import NotSupported
from .operands import need
from .quantised import multiplier_of, scale_of, zero_of

_MOST_COMMON_SHIFT = 22  # 128 << 22 is below 2**30, as sums are: together they fit 32 bits
_LARGEST_COMMON = 2**30  # sums below it can be doubled: channels.h
_LARGEST_SUM = 2**31  # of what TFLite's kernels sum up, and these


def weights_of(tensor: Tensor) -> Array:
    """Constant int8 weights with a zero point of zero."""
    if tensor.data is None:
        raise NotSupported("its weights are not constants")
    need(tensor.dtype == "int8", f"its weights are of type {tensor.dtype}, not int8")
    need(not any(tensor.zero_point), "its weights have a zero point that is not 0")
    return np.asarray(tensor.data, np.int8).reshape(tensor.shape)


def bias_of(operation: Operation, index: int, channels: int) -> Array:
    """The bias of each channel, int32; zeros where there is none."""
    tensor = operation.inputs[index] if index < len(operation.inputs) else None
    if tensor is None:
        return np.zeros(channels, np.int32)
    if tensor.data is None:
        raise NotSupported("its bias is not a constant")
    need(tensor.dtype == "int32", f"its bias is of type {tensor.dtype}, not int32")
    values = np.asarray(tensor.data, np.int32).reshape(-1)
    need(len(values) == channels, f"its bias has {len(values)} values for {channels} channels")
    return values


def rescaling(
    source: Tensor,
    weights: Tensor,
    target: Tensor,
    bias: Array,
    rows: Array,
    *,
    axis: int,
    in_float32: bool = False,
) -> Array:
    """int32[channels][4]: bias, multiplier, right, nudge (``firmware/lib/nn/channels.h``).

    ``rows``: int8[channels][depth], for bounds.

    ``in_float32``: TFLite multiplies the first two scales so where one scale is for all channels of
    a fully connected layer (GetQuantizedConvolutionMultipler).
    """
    channels = len(bias)
    scales = np.asarray(weights.scale, np.float32)
    if len(scales) != 1:
        need(
            weights.axis == axis % len(weights.shape), "its weights have scales along another axis"
        )
        need(len(scales) == channels, f"its weights have {len(scales)} scales, not {channels}")
    narrow = in_float32 and len(scales) == 1
    pairs = [
        multiplier_of(_factor(source, target, scales[index % len(scales)], narrow))
        for index in range(channels)
    ]
    multipliers, shifts = (np.asarray(column, np.int32) for column in zip(*pairs, strict=True))
    right = -shifts.astype(np.int64)
    places = np.clip(right, 0, 31)
    nudge = ((1 << places) >> 1) + (zero_of(target) << places)
    found = np.stack([bias, multipliers, right, _narrowed(nudge)], axis=1)
    shifted = _reach(found, rows, zero_of(source)) << np.maximum(-right, 0)
    need(int(shifted.max(initial=0)) < _LARGEST_SUM, "its sums could leave 32 bits")
    return found.astype(np.int32)


def _narrowed(nudge: Array) -> Array:
    """Nothing where it does not fit: such channels are not common."""
    return np.where(np.abs(nudge) < _LARGEST_COMMON, nudge, 0)


def _factor(source: Tensor, target: Tensor, scale: np.float32, narrow: bool) -> float:
    """In float64 from float32 scales, but for what ``narrow`` says."""
    first = scale_of(source)
    product = float(first * scale) if narrow else float(first) * float(scale)
    return product / float(scale_of(target))


def _reach(channels: Array, rows: Array, zero: int) -> Array:
    """How far from 0 each channel's sum may come, whatever the input is."""
    positive, negative = (
        np.maximum(sign * rows.astype(np.int64), 0).sum(axis=1) for sign in (1, -1)
    )
    bias, above, below = channels[:, 0].astype(np.int64), 127 - zero, 128 + zero
    most = bias + positive * above + negative * below
    least = bias - positive * below - negative * above
    reach: Array = np.maximum(most, -least)
    return reach


def is_common(channels: Array, rows: Array, source: Tensor, limits: tuple[int, int]) -> int:
    """1 where kernels may take their short way (``firmware/lib/nn/channels.h``), else 0.

    ``rows``: int8[channels][depth]. A channel of weights that are all near nothing may have a bias
    beyond what the short way holds: TFLite's quantiser lets it grow to 2**30.
    """
    right = channels[:, 2]
    short = (right > 0).all() and (right <= _MOST_COMMON_SHIFT).all()
    small = _reach(channels, rows, zero_of(source)).max(initial=0) < _LARGEST_COMMON
    return int(short and small and limits == (-128, 127))


def padded_rows(rows: Array, multiple: int) -> Array:
    """int8[n][depth] with depth filled up to a multiple by zeros."""
    rest = -rows.shape[1] % multiple
    return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, rest))))
