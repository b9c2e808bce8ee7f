"""Axes of arrays in the accelerator's memory: zeros fill what is no multiple of 16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTOR = 16  # floats: sizes of vectors are multiples of it

Array = NDArray[Any]


def padded(count: int, to: int) -> int:
    """The next multiple."""
    return -(-count // to) * to


@dataclass(frozen=True)
class Axis:
    """``groups`` of ``real`` entries each, each followed by zeros up to a multiple of 16."""

    real: int
    groups: int = 1

    @property
    def count(self) -> int:
        """Entries of the model."""
        return self.groups * self.real

    @property
    def size(self) -> int:
        """Entries in memory."""
        return self.groups * padded(self.real, VECTOR)


def laid_out(values: Array, *axes: Axis) -> Array:
    """An array as it lies in memory: its last axes grow from the ``count`` of these to the
    ``size``."""
    if all(axis.size == axis.count for axis in axes):
        return values
    others = values.shape[: values.ndim - len(axes)]
    parted = values.reshape(*others, *(n for axis in axes for n in (axis.groups, axis.real)))
    room = [(0, n) for axis in axes for n in (0, axis.size // axis.groups - axis.real)]
    return np.pad(parted, [(0, 0)] * len(others) + room).reshape(
        *others, *(axis.size for axis in axes)
    )
