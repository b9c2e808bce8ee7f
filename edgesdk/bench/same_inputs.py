"""The same real inputs for models that store them in other ways."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..backend import Arrays
from ..real_values import real_values, stored_values
from ..tensors import ANY_SHAPE, AS_BITS, Array, TensorSpec

SAME = "the same"


class NotTheSame(Exception):
    """Why one model cannot be given what another one was."""


def pairs(
    first: Sequence[TensorSpec], other: Sequence[TensorSpec]
) -> list[tuple[TensorSpec, TensorSpec]]:
    """Each of the other's tensors with the first's: by name, or in order where no name is shared.

    Raises ``NotTheSame``.
    """
    if len(first) != len(other):
        raise NotTheSame(f"{len(first)} of them there, {len(other)} here")
    by_name = {spec.name: spec for spec in first}
    if {spec.name for spec in other} == set(by_name):
        return [(by_name[spec.name], spec) for spec in other]
    if set(by_name) & {spec.name for spec in other}:
        raise NotTheSame("only some of their names are the same")
    return list(zip(first, other, strict=True))


def same_inputs(
    sets: Sequence[Arrays], first: Sequence[TensorSpec], other: Sequence[TensorSpec]
) -> tuple[tuple[Arrays, ...], str]:
    """The first model's inputs as the other takes them, and in words what was done for that.

    Raises ``NotTheSame``.
    """
    matched = pairs(first, other)
    notes: dict[str, None] = {}
    found = []
    for arrays in sets:
        converted = {}
        for theirs, ours in matched:
            converted[ours.name], note = _converted(arrays[theirs.name], theirs, ours)
            notes.update({note: None} if note else {})
        found.append(converted)
    return tuple(found), "; ".join(notes) or SAME


def _converted(array: Array, theirs: TensorSpec, ours: TensorSpec) -> tuple[Array, str]:
    """One array as our input stores it, and what that took."""
    shaped = _shaped(array, ours)
    if theirs.dtype == ours.dtype and theirs.quantisation == ours.quantisation:
        return shaped, ""
    if {theirs.dtype, ours.dtype} & {*AS_BITS, "string"}:
        raise NotTheSame(f"{theirs.dtype} there, {ours.dtype} here")
    if theirs.quantisation is None and theirs.numpy_dtype.kind != "f":
        raise NotTheSame(f"{theirs.describe()} there, {ours.describe()} here")
    return _stored(real_values(shaped, theirs.quantisation), theirs, ours)


def _stored(real: Array, theirs: TensorSpec, ours: TensorSpec) -> tuple[Array, str]:
    how = ours.quantisation
    if how is not None and ours.numpy_dtype.kind in "iu" and np.isfinite(real).all():
        stored, clipped = stored_values(real, how, ours.numpy_dtype)
        outside = f", {clipped} outside of it clipped" if clipped else ""
        step = f"{how.scales[0]:.4g}" + (" (first channel)" if len(how.scales) > 1 else "")
        return stored, f"{ours.name}: rounded to {ours.dtype} in steps of {step}{outside}"
    if ours.numpy_dtype.kind != "f" or how is not None:
        raise NotTheSame(f"{theirs.describe()} there, {ours.describe()} here")
    with np.errstate(over="ignore"):
        floats = real.astype(ours.numpy_dtype)
    if theirs.quantisation is not None:
        return floats, f"{ours.name}: the real values of the first's {theirs.dtype}"
    return floats, f"{ours.name}: the first's {theirs.dtype} as {ours.dtype}"


def _shaped(array: Array, spec: TensorSpec) -> Array:
    """The array in a shape that the input takes. Raises ``NotTheSame``."""
    if spec.allows(array.shape):
        return array
    fixed = [axis for axis in spec.shape if isinstance(axis, int)]
    if spec.shape != ANY_SHAPE and math.prod(fixed) == array.size:
        return array.reshape([axis if isinstance(axis, int) else 1 for axis in spec.shape])
    raise NotTheSame(f"{list(array.shape)} there, {spec.describe()} here")
