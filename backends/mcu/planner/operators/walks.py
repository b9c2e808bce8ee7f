"""Shapes as few axes with strides, as the kernels walk over them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ..graph import Tensor
from ..step import Step
from .operands import need

_BROADCAST_AXES = 5
_COPY_AXES = 6

Shape = Sequence[int]
# An axis: its size, then the stride of each side.
Axis = tuple[int, tuple[int, ...]]


def strides_of(shape: Shape) -> tuple[int, ...]:
    """The distance between neighbours along each axis of a contiguous tensor, in elements."""
    strides = [1]
    for size in tuple(shape)[:0:-1]:
        strides.append(strides[-1] * size)
    return tuple(reversed(strides[: len(shape)]))


def merged(axes: Sequence[Axis]) -> list[Axis]:
    """The same walk with as few axes as can be: none of size 1, neighbours that go on joined."""
    result: list[Axis] = []
    for size, strides in axes:
        if size == 1:
            continue
        if result and result[-1][1] == tuple(size * stride for stride in strides):
            result[-1] = (result[-1][0] * size, strides)
        else:
            result.append((size, strides))
    return result


def padded(axes: Sequence[Axis], count: int, sides: int) -> list[Axis]:
    """Axes of size 1 before the others, so that there are ``count``."""
    need(len(axes) <= count, f"it needs {len(axes)} axes that cannot be joined; at most {count}")
    return [(1, (0,) * sides)] * (count - len(axes)) + list(axes)


def broadcast(left: Shape, right: Shape, output: Shape) -> list[list[int]]:
    """``struct edge_broadcast``: sizes, and the strides of both operands."""
    need(
        np.broadcast_shapes(tuple(left), tuple(right)) == tuple(output),
        f"shapes {list(left)} and {list(right)} do not give {list(output)}",
    )
    sides = [_repeated(shape, len(output)) for shape in (left, right)]
    axes = merged([(size, pair) for size, *pair in zip(output, *sides, strict=True)])  # type: ignore[misc]
    whole = padded(axes, _BROADCAST_AXES, 2)
    return [[size for size, _ in whole], *([s[side] for _, s in whole] for side in (0, 1))]


def _repeated(shape: Shape, rank: int) -> tuple[int, ...]:
    whole = (1,) * (rank - len(shape)) + tuple(shape)
    strides = strides_of(whole)
    return tuple(0 if size == 1 else step for size, step in zip(whole, strides, strict=True))


def copy(
    source: Tensor,
    target: Tensor,
    sizes: Shape,
    source_walk: tuple[int, Sequence[int]],
    target_walk: tuple[int, Sequence[int]],
) -> Step:
    """Move ``sizes`` numbers; a walk is where it starts and its strides, in elements."""
    item = np.dtype(source.dtype).itemsize
    starts = source_walk[0] * item, target_walk[0] * item
    pairs = zip(sizes, source_walk[1], target_walk[1], strict=True)
    axes = merged([(size, (a * item, b * item)) for size, a, b in pairs])
    run = item
    if axes and axes[-1][1] == (item, item):
        run *= axes.pop()[0]
    axes = padded(axes, _COPY_AXES, 2)
    return Step(
        kernel="copy",
        layer="",
        fields={
            "input_start": starts[0],
            "output_start": starts[1],
            "sizes": [size for size, _ in axes],
            "input_strides": [strides[0] for _, strides in axes],
            "output_strides": [strides[1] for _, strides in axes],
            "run": run,
        },
        tensors={"input": source, "output": target},
        writes=("output",),
    )


def split_axes(shape: Shape, chosen: set[int]) -> tuple[list[Axis], list[Axis]]:
    """The axes that are not chosen and those that are, with the strides of the whole."""
    strides = strides_of(shape)
    kept: list[Axis] = []
    taken: list[Axis] = []
    order = [axis for axis in range(len(shape)) if shape[axis] > 1]
    for is_chosen, group in groupby(order, key=lambda axis: axis in chosen):
        axes = list(group)
        size = int(np.prod([shape[axis] for axis in axes]))
        (taken if is_chosen else kept).append((size, (strides[axes[-1]],)))
    return kept, taken
