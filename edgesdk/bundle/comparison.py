"""Whether an answer is the expected one, and where and by how much it is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tensors import Array, TensorSpec
from .manifest import Tolerance

Mask = NDArray[np.bool_]

# Floating-point types that numpy lacks and that travel as their bits (ONNX's definitions):
# exponent bits, mantissa bits, bias, and whether they have infinities and many NaNs (IEEE 754),
# one NaN per sign and no infinity (fn), or one NaN where -0 would be (fnuz).
_SMALL_FLOATS = {
    "bfloat16": (8, 7, 127, "ieee"),
    "float8e4m3fn": (4, 3, 7, "fn"),
    "float8e4m3fnuz": (4, 3, 8, "fnuz"),
    "float8e5m2": (5, 2, 15, "ieee"),
    "float8e5m2fnuz": (5, 2, 16, "fnuz"),
}


def difference(spec: TensorSpec, want: Array, got: Array, tolerance: Tolerance) -> str | None:
    """None when ``got`` is right, else what is wrong, to follow the output's name."""
    got = np.asarray(got)
    if got.dtype != want.dtype or got.shape != want.shape:
        return f": wanted {want.dtype}{list(want.shape)}, got {got.dtype}{list(got.shape)}"
    wrong = ~_right(_numbers(want, spec.dtype), _numbers(got, spec.dtype), tolerance)
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    a, b = _numbers(want[index], spec.dtype), _numbers(got[index], spec.dtype)
    return (
        f"{list(index) if index else ''}: wanted {_item(a)}, got {_item(b)} "
        f"({int(wrong.sum())} of {wrong.size} values wrong; {_allowed(spec, tolerance)})"
    )


def _right(want: Array, got: Array, tolerance: Tolerance) -> Mask:
    if want.dtype.kind not in "fc":
        return np.asarray(want == got, dtype=np.bool_)
    if tolerance.exact:
        return np.asarray(_same_bits(want, got) | (np.isnan(want) & np.isnan(got)), np.bool_)
    return _near(want, got, tolerance)


def _near(want: Array, got: Array, tolerance: Tolerance) -> Mask:
    """|got - want| <= atol + rtol * |want|, in double precision; infinities only to themselves."""
    wide = np.complex128 if want.dtype.kind == "c" else np.float64
    with np.errstate(all="ignore"):  # overflow of the allowance, signalling NaNs
        want, got = want.astype(wide), got.astype(wide)
        near = np.abs(got - want) <= tolerance.atol + tolerance.rtol * np.abs(want)
    finite = np.isfinite(want) & np.isfinite(got)
    both_nan = np.isnan(want) & np.isnan(got)
    return np.asarray((want == got) | both_nan | (near & finite), dtype=np.bool_)


def _same_bits(want: Array, got: Array) -> Mask:
    """Equality of every byte, so that 0.0 is not -0.0."""
    shape = (*want.shape, want.dtype.itemsize)
    a, b = (np.frombuffer(x.tobytes("C"), np.uint8).reshape(shape) for x in (want, got))
    return np.asarray((a == b).all(axis=-1), dtype=np.bool_)


def _numbers(array: Any, dtype: str) -> Array:
    """The values of an array whose dtype numpy lacks; any other array as it is."""
    if dtype not in _SMALL_FLOATS:
        return np.asarray(array)
    return np.asarray(_values(dtype)[array])


@cache
def _values(dtype: str) -> NDArray[np.float32]:
    """The value of every bit pattern."""
    exponent_bits, mantissa_bits, bias, kind = _SMALL_FLOATS[dtype]
    bits = np.arange(1 << (1 + exponent_bits + mantissa_bits))
    mantissa = bits & ((1 << mantissa_bits) - 1)
    exponent = bits >> mantissa_bits & ((1 << exponent_bits) - 1)
    sign = np.where(bits >> (exponent_bits + mantissa_bits), -1.0, 1.0)
    fraction = np.where(exponent > 0, 1.0, 0.0) + mantissa / (1 << mantissa_bits)
    values = sign * np.ldexp(fraction, np.maximum(exponent, 1) - bias)
    values[_specials[kind](bits, exponent_bits, mantissa_bits)] = np.nan
    if kind == "ieee":
        top = exponent == (1 << exponent_bits) - 1
        values[top & (mantissa == 0)] = np.inf * sign[top & (mantissa == 0)]
    return np.asarray(values, np.float32)


_specials: dict[str, Callable[[NDArray[Any], int, int], Mask]] = {
    "ieee": lambda bits, e, m: (bits >> m & ((1 << e) - 1)) == (1 << e) - 1,
    "fn": lambda bits, e, m: (bits & ((1 << (e + m)) - 1)) == (1 << (e + m)) - 1,
    "fnuz": lambda bits, e, m: bits == 1 << (e + m),
}


def _item(value: Array) -> str:
    return repr(value.item())[:80]


def _allowed(spec: TensorSpec, tolerance: Tolerance) -> str:
    floating = spec.dtype in _SMALL_FLOATS or spec.numpy_dtype.kind in "fc"
    if tolerance.exact or not floating:
        return "they must be equal"
    return f"rtol {tolerance.rtol:g}, atol {tolerance.atol:g}"
