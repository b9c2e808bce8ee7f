"""Making an array from a file fit an input: dtype, quantisation, shape. Every change is noted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...errors import InputMismatch
from ...real_values import stored_values
from ...tensors import ANY_SHAPE, AS_BITS, Array, Quantisation, TensorSpec

Note = Callable[[str], None]


def fit(array: Array, spec: TensorSpec, note: Note) -> Array:
    """The array with the input's shape and dtype, when that changes no value by guessing.

    Raises ``InputMismatch`` (EDGE-0226) when the values are not the input's; the session checks the
    final shape.
    """
    return _fit_dtype(_fit_shape(array, spec, note), spec, note)


def fit_length(samples: Array, spec: TensorSpec, what: str, note: Note) -> Array:
    """A signal [n] padded with zeros or trimmed to an input of fixed length.

    Raises ``InputMismatch`` (EDGE-0227) when the input is not a signal.
    """
    wanted = math.prod(axis for axis in spec.shape if isinstance(axis, int))
    open_axes = sum(isinstance(axis, str) for axis in spec.shape)
    if wanted <= 1 and open_axes == 1:
        return samples
    if wanted <= 1:
        raise InputMismatch(
            f"Input {spec.name!r} ({spec.describe()}) takes no sound",
            evidence=f"{what} has {len(samples)} samples",
            code=27,
        )
    if len(samples) > wanted:
        note(f"{what}: {len(samples)} samples are trimmed to the first {wanted}")
        return samples[:wanted]
    if len(samples) < wanted:
        note(f"{what}: {len(samples)} samples are padded with zeros to {wanted}")
        return np.concatenate([samples, np.zeros(wanted - len(samples), samples.dtype)])
    return samples


def _fit_shape(array: Array, spec: TensorSpec, note: Note) -> Array:
    target = None if spec.shape == ANY_SHAPE else _target_shape(array.shape, spec.shape)
    if target is None or target == array.shape:
        return array
    note(f"input {spec.name!r}: {list(array.shape)} is reshaped to {list(target)}")
    return array.reshape(target)


def _target_shape(have: tuple[int, ...], want: tuple[int | str, ...]) -> tuple[int, ...] | None:
    """The shape to take, or None where only a guess would do.

    Free are: axes of length 1; any shape of the same count where all axes are fixed; and a flat
    array that fills the fixed axes once, the others being 1 then (a batch of one).
    """
    fixed = tuple(axis for axis in want if isinstance(axis, int))
    if len(fixed) == len(want):
        return fixed if math.prod(fixed) == math.prod(have) else None
    if len(have) == len(want):
        return None
    if len(have) == 1 and math.prod(fixed) == have[0] > 1:
        return tuple(axis if isinstance(axis, int) else 1 for axis in want)
    longer = [axis for axis in have if axis != 1]
    names = len(want) - len(fixed)
    spare = names - (len(longer) - sum(axis != 1 for axis in fixed))
    if not 0 <= spare <= names:
        return None
    return _assigned(longer, want, spare)


def _assigned(longer: list[int], want: tuple[int | str, ...], spare: int) -> tuple[int, ...] | None:
    """Give the axes longer than 1 their places; the first ``spare`` dynamic axes get length 1."""
    rest = iter(longer)
    target: list[int] = []
    for axis in want:
        if isinstance(axis, str) and spare > 0:
            spare -= 1
            target.append(1)
            continue
        length = 1 if axis == 1 else next(rest)
        if isinstance(axis, int) and axis != length:
            return None
        target.append(length)
    return tuple(target)


def _fit_dtype(array: Array, spec: TensorSpec, note: Note) -> Array:
    want = spec.numpy_dtype
    if array.dtype == want:
        return array
    if spec.dtype == "string" and array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype.kind not in "biufc" or spec.dtype in AS_BITS or spec.dtype == "string":
        raise _mismatch(array, spec, f"{array.dtype} values are not {spec.dtype}")
    if spec.quantisation is not None and array.dtype.kind == "f" and want.kind in "iu":
        return _quantised(array, spec, spec.quantisation, note)
    return _converted(array, spec)


def _converted(array: Array, spec: TensorSpec) -> Array:
    """Another dtype where every value survives; floats may be rounded to a shorter float."""
    want = spec.numpy_dtype
    if array.dtype.kind == "c" and want.kind != "c":
        raise _mismatch(array, spec, "complex values are not real")
    with np.errstate(all="ignore"):
        exact = array.astype(want)
        back = (exact if array.dtype.kind == "c" else exact.real).astype(array.dtype)
        same = np.array_equal(back, array, equal_nan=array.dtype.kind in "fc")
    rounding = want.kind in "fc" and array.dtype.kind in "fc"
    if rounding and np.array_equal(np.isfinite(exact), np.isfinite(array)):
        return exact
    if not same:
        raise _mismatch(array, spec, f"some values are no {spec.dtype}")
    return exact


def _quantised(array: Array, spec: TensorSpec, how: Quantisation, note: Note) -> Array:
    """Real values as the input stores them."""
    if not np.isfinite(array).all():
        raise _mismatch(array, spec, "NaN and infinity have no quantised form")
    fitted, clipped = stored_values(array, how, spec.numpy_dtype)
    note(
        f"input {spec.name!r}: real values are quantised to {spec.dtype} "
        f"(scale {how.scales[0]:.6g}, zero point {how.zero_points[0]}"
        f"{', per channel' if len(how.scales) > 1 else ''}; {clipped} clipped)"
    )
    return fitted


def _mismatch(array: Array, spec: TensorSpec, why: str) -> InputMismatch:
    return InputMismatch(
        f"Input {spec.name!r} must be {spec.describe()}, got {array.dtype}{list(array.shape)}",
        evidence=why,
        next_step=f"Give an array of dtype {spec.numpy_dtype}",
        code=26,
    )
