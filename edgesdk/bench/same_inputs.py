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
    found: list[dict[str, Array]] = [{} for _ in sets]
    notes = []
    for theirs, ours in pairs(first, other):
        given = [arrays[theirs.name] for arrays in sets]
        shaped = [_shaped(array, ours) for array in given]
        notes += _reshaped(given, shaped, ours)
        converted, note = _converted(shaped, theirs, ours)
        notes += [note] if note else []
        for arrays, array in zip(found, converted, strict=True):
            arrays[ours.name] = array
    return tuple(found), "; ".join(notes) or SAME


def same_order(one: Sequence[int], two: Sequence[int]) -> bool:
    """Whether values that lie in one shape can be read in the other: not where the same axes have
    another order, as channels first and channels last."""
    first, other = ([size for size in shape if size != 1] for shape in (one, two))
    return first == other or sorted(first) != sorted(other)


def _converted(
    arrays: Sequence[Array], theirs: TensorSpec, ours: TensorSpec
) -> tuple[list[Array], str]:
    """Arrays of one input as ours stores them, and what that took."""
    if theirs.dtype == ours.dtype and theirs.quantisation == ours.quantisation:
        return list(arrays), ""
    if {theirs.dtype, ours.dtype} & {*AS_BITS, "string"}:
        raise NotTheSame(f"{theirs.dtype} there, {ours.dtype} here")
    if theirs.quantisation is None and theirs.numpy_dtype.kind != "f":
        raise NotTheSame(f"{theirs.describe()} there, {ours.describe()} here")
    return _stored([real_values(array, theirs.quantisation) for array in arrays], theirs, ours)


def _stored(
    reals: Sequence[Array], theirs: TensorSpec, ours: TensorSpec
) -> tuple[list[Array], str]:
    how = ours.quantisation
    finite = all(np.isfinite(real).all() for real in reals)
    if how is not None and ours.numpy_dtype.kind in "iu" and finite:
        stored = [stored_values(real, how, ours.numpy_dtype) for real in reals]
        clipped = sum(count for _, count in stored)
        outside = f", {clipped} outside of it clipped" if clipped else ""
        step = f"{how.scales[0]:.4g}" + (" (first channel)" if len(how.scales) > 1 else "")
        note = f"{ours.name}: rounded to {ours.dtype} in steps of {step}{outside}"
        return [array for array, _ in stored], note
    if ours.numpy_dtype.kind != "f" or how is not None:
        raise NotTheSame(f"{theirs.describe()} there, {ours.describe()} here")
    with np.errstate(over="ignore"):
        floats: list[Array] = [real.astype(ours.numpy_dtype) for real in reals]
    if theirs.quantisation is not None:
        return floats, f"{ours.name}: the real values of the first's {theirs.dtype}"
    return floats, f"{ours.name}: the first's {theirs.dtype} as {ours.dtype}"


def _shaped(array: Array, spec: TensorSpec) -> Array:
    """The array in a shape that the input takes. Raises ``NotTheSame``."""
    if spec.allows(array.shape):
        return array
    shape = [axis if isinstance(axis, int) else 1 for axis in spec.shape]
    if spec.shape != ANY_SHAPE and math.prod(shape) == array.size:
        if same_order(array.shape, shape):
            return array.reshape(shape)
        raise NotTheSame(f"{list(array.shape)} there, its axes in another order here: {shape}")
    raise NotTheSame(f"{list(array.shape)} there, {spec.describe()} here")


def _reshaped(given: Sequence[Array], shaped: Sequence[Array], ours: TensorSpec) -> list[str]:
    """What is said where values were read in another shape; axes of one value change nothing."""
    for before, after in zip(given, shaped, strict=True):
        one, two = ([size for size in array.shape if size != 1] for array in (before, after))
        if one != two:
            return [f"{ours.name}: {list(before.shape)} read as {list(after.shape)}"]
    return []
