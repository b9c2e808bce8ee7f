"""Lowerings of PAD, PADV2 and MIRROR_PAD."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..graph import Operation, Tensor
from ..step import Step, lowers
from .operands import given, is_shape, known, known_numbers, need, only_output
from .slices import moves
from .walks import copy, strides_of


def filled(target: Tensor, like: Tensor, value: int | None = None) -> Step:
    """Fill a tensor with its zero, or a stored number."""
    number = (like.zero_point[0] if like.zero_point else 0) if value is None else value
    content = np.array(number, target.dtype).tobytes()
    need(len(set(content)) == 1, f"it pads {target.dtype} with {number}")
    return Step(
        kernel="fill",
        layer="",
        fields={"bytes": target.bytes, "value": content[0]},
        tensors={"output": target},
        writes=("output",),
    )


def _amounts(operation: Operation) -> list[tuple[int, int]]:
    """Before and after, of each axis; the output has the shape that they give."""
    source, target = given(operation, 0), only_output(operation)
    moves(source, target)
    numbers = known_numbers(operation, 1, "amounts")
    amounts = list(zip(numbers[::2], numbers[1::2], strict=True))
    need(len(amounts) == len(source.shape), "its amounts are not those of each axis")
    need(min(numbers, default=0) >= 0, "it pads less than nothing")
    sizes = zip(source.shape, amounts, strict=True)
    is_shape(target, [size + before + after for size, (before, after) in sizes])
    return amounts


@lowers("PAD", "PADV2")
def pad(operation: Operation) -> list[Step]:
    """Fill the output with the zero (or a constant), then put the input inside."""
    amounts = _amounts(operation)
    source, target = given(operation, 0), only_output(operation)
    value = None
    if operation.kind == "PADV2":
        moves(given(operation, 2), target)
        value = int(np.asarray(known(operation, 2, "value")).reshape(-1)[0])
    need(target.dtype != "float32" or not value, "it pads float32 with a number")
    strides = strides_of(target.shape)
    start = sum(before * step for (before, _), step in zip(amounts, strides, strict=True))
    inside = copy(source, target, source.shape, (0, strides_of(source.shape)), (start, strides))
    return [filled(target, target, value), inside]


@lowers("MIRROR_PAD")
def mirror_pad(operation: Operation) -> list[Step]:
    """The input, and around it copies that go backwards."""
    amounts = _amounts(operation)
    source, target = given(operation, 0), only_output(operation)
    edge = {"REFLECT": 1, "SYMMETRIC": 0}.get(operation.options["mode"])
    need(edge is not None, f"its mode is {operation.options['mode']}")
    pairs = zip(source.shape, amounts, strict=True)
    parts = [_parts(size, before, after, edge or 0) for size, (before, after) in pairs]
    return [_part(source, target, choice) for choice in product(*parts)]


# Along one axis: how many, from where and which way in the source, and where in the target.
_Part = tuple[int, int, int, int]


def _parts(size: int, before: int, after: int, edge: int) -> list[_Part]:
    need(max(before, after) <= size - edge, "it pads more than its input has")
    parts = [
        (before, before - 1 + edge, -1, 0),
        (size, 0, 1, before),
        (after, size - 1 - edge, -1, before + size),
    ]
    return [part for part in parts if part[0]]


def _part(source: Tensor, target: Tensor, choice: tuple[_Part, ...]) -> Step:
    inner, outer = strides_of(source.shape), strides_of(target.shape)
    start = sum(part[1] * step for part, step in zip(choice, inner, strict=True))
    at = sum(part[3] * step for part, step in zip(choice, outer, strict=True))
    ways = [part[2] * step for part, step in zip(choice, inner, strict=True)]
    return copy(source, target, [part[0] for part in choice], (start, ways), (at, outer))
