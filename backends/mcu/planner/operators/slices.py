"""Lowerings of what cuts tensors and joins them: each part is one copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..graph import Operation, Tensor
from ..step import Step, lowers
from .operands import (
    axis_of,
    given,
    is_shape,
    is_type,
    known_numbers,
    need,
    only_output,
)
from .quantised import same_quantisation
from .walks import copy, strides_of

_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


def moves(source: Tensor, target: Tensor) -> None:
    """Refuse a move that would change the numbers."""
    is_type(target, source.dtype)
    if source.scale or target.scale:
        same_quantisation(source, target)


@lowers("CONCATENATION")
def concatenation(operation: Operation) -> list[Step]:
    """Each input behind the one before it."""
    target = only_output(operation)
    need(
        operation.options["fused_activation_function"] == "NONE",
        "it has an activation, which TFLite does not apply to int8",
    )
    axis = axis_of(int(operation.options["axis"]), len(target.shape))
    parts = [given(operation, index) for index in range(len(operation.inputs))]
    need(sum(part.shape[axis] for part in parts) == target.shape[axis], "its parts do not fit")
    steps, start = [], 0
    for part in parts:
        moves(part, target)
        shape = (*target.shape[:axis], part.shape[axis], *target.shape[axis + 1 :])
        is_shape(part, shape)
        strides = strides_of(target.shape)
        walk = start * strides[axis], strides
        steps.append(copy(part, target, shape, (0, strides_of(shape)), walk))
        start += part.shape[axis]
    return steps


@lowers("SPLIT", "SPLIT_V")
def split(operation: Operation) -> list[Step]:
    """Each output from behind the one before it."""
    values, axes = (1, 0) if operation.kind == "SPLIT" else (0, 2)
    source = given(operation, values)
    (number,) = known_numbers(operation, axes, "axis")
    axis = axis_of(number, len(source.shape))
    need(
        sum(part.shape[axis] for part in operation.outputs) == source.shape[axis],
        "its parts do not fit",
    )
    steps, start = [], 0
    for part in operation.outputs:
        begin = [start if i == axis else 0 for i in range(len(source.shape))]
        is_shape(part, (*source.shape[:axis], part.shape[axis], *source.shape[axis + 1 :]))
        steps.append(cut(source, part, begin, [1] * len(begin), part.shape))
        start += part.shape[axis]
    return steps


@lowers("PACK")
def pack(operation: Operation) -> list[Step]:
    """A new axis, along which the inputs lie."""
    target = only_output(operation)
    axis = axis_of(int(operation.options["axis"]), len(target.shape))
    shape = (*target.shape[:axis], *target.shape[axis + 1 :])
    need(len(operation.inputs) == target.shape[axis], "its parts do not fit")
    strides = strides_of(target.shape)
    outer = (*strides[:axis], *strides[axis + 1 :])
    steps = []
    for index in range(len(operation.inputs)):
        part = given(operation, index)
        moves(part, target)
        is_shape(part, shape)
        walk = index * strides[axis], outer
        steps.append(copy(part, target, shape, (0, strides_of(shape)), walk))
    return steps


@lowers("UNPACK")
def unpack(operation: Operation) -> list[Step]:
    """Each place of an axis as a tensor of its own."""
    source = given(operation, 0)
    axis = axis_of(int(operation.options["axis"]), len(source.shape))
    need(len(operation.outputs) == source.shape[axis], "its parts do not fit")
    shape = (*source.shape[:axis], *source.shape[axis + 1 :])
    strides = strides_of(source.shape)
    outer = (*strides[:axis], *strides[axis + 1 :])
    steps = []
    for index, part in enumerate(operation.outputs):
        moves(source, part)
        is_shape(part, shape)
        walk = index * strides[axis], outer
        steps.append(copy(source, part, shape, walk, (0, strides_of(shape))))
    return steps


@lowers("SLICE")
def slice_(operation: Operation) -> Step:
    """A block: where it begins, and its size (-1: to the end)."""
    source, target = given(operation, 0), only_output(operation)
    begin = known_numbers(operation, 1, "starts")
    sizes = known_numbers(operation, 2, "sizes")
    pairs = zip(source.shape, begin, sizes, strict=True)
    is_shape(target, [full - at if size == -1 else size for full, at, size in pairs])
    return cut(source, target, begin, [1] * len(begin), target.shape)


@lowers("STRIDED_SLICE")
def strided_slice(operation: Operation) -> Step:
    """Starts, ends and steps as Python's slices have them."""
    source, target = given(operation, 0), only_output(operation)
    need(not operation.options.get("offset", False), "its ends are relative to its starts")
    numbers = [known_numbers(operation, i, "starts, ends and steps") for i in (1, 2, 3)]
    need(len({len(row) for row in numbers}) == 1, "its starts, ends and steps are not as many")
    begin, steps, shape, kept = [], [], [], []
    for places, is_kept in _taken(operation, source.shape, list(zip(*numbers, strict=True))):
        if places is None:  # an axis that only the output has
            kept.append(1)
            continue
        need(len(places) > 0, "it takes nothing")
        begin.append(places.start)
        steps.append(places.step)
        shape.append(len(places))
        kept += [len(places)] if is_kept else []
    need(len(shape) == len(source.shape), "it names more axes than its input has")
    is_shape(target, kept)
    return cut(source, target, begin, steps, shape)


def _taken(
    operation: Operation, sizes: Sequence[int], numbers: Sequence[tuple[int, ...]]
) -> Iterator[tuple[range | None, bool]]:
    """The places of each axis of the input, and whether the output keeps it; None: a new axis."""
    masks = {name: int(operation.options[f"{name}_mask"]) for name in _MASKS}
    named = [i for i in range(len(numbers)) if not (masks["ellipsis"] | masks["new_axis"]) >> i & 1]
    axis = 0
    for index, (start, end, step) in enumerate(numbers):
        if masks["ellipsis"] >> index & 1:
            for _ in range(len(sizes) - len(named)):
                yield range(sizes[axis]), True
                axis += 1
        elif masks["new_axis"] >> index & 1:
            yield None, True
        else:
            need(axis < len(sizes), "it names more axes than its input has")
            shrinks = bool(masks["shrink_axis"] >> index & 1)
            first = None if masks["begin"] >> index & 1 else start
            last = None if masks["end"] >> index & 1 else end
            yield _places(sizes[axis], first, last, step, shrinks), not shrinks
            axis += 1
    for size in sizes[axis:]:
        yield range(size), True


def _places(size: int, begin: int | None, end: int | None, step: int, one: bool) -> range:
    if one:
        need(step > 0, "it takes one place of an axis backwards")
        at = 0 if begin is None else begin
        at += size if at < 0 else 0
        need(0 <= at < size, f"it takes place {at} of {size}")
        return range(at, at + 1)
    need(step != 0, "its step is 0")
    return range(size)[slice(begin, end, step)]


def cut(
    source: Tensor, target: Tensor, begin: Sequence[int], steps: Sequence[int], shape: Sequence[int]
) -> Step:
    """Copy ``shape`` numbers from the places begin, begin + step, ... of each axis."""
    moves(source, target)
    for full, at, step, size in zip(source.shape, begin, steps, shape, strict=True):
        last = at + step * (size - 1)
        need(0 <= at < full and 0 <= last < full, "it takes what is outside its input")
    strides = strides_of(source.shape)
    start = int(np.dot(begin, strides)) if begin else 0
    walk = start, [step * stride for step, stride in zip(steps, strides, strict=True)]
    return copy(source, target, shape, walk, (0, strides_of(tuple(shape))))
