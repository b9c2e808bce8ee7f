"""TFLite's builtin operators that move or convert elements: RESHAPE, CAST, slices, joins."""

from __future__ import annotations

from functools import partial

import numpy as np

from edgesdk.tensors import Array

from .node import Node, Step
from .options import activation, builtin_option

_CAST = ("int8", "int16", "int32", "uint32", "float32")


def reshape(node: Node) -> Step:
    """RESHAPE: to the output's shape, with which a shape given as input must agree."""
    node.require(len(node.inputs) in {1, 2} and len(node.outputs) == 1, "it takes one, gives one")
    source, output = node.inputs[0].array, node.outputs[0].array
    node.require(
        source.dtype == output.dtype and source.size == output.size,
        f"{source.dtype}{list(source.shape)} does not fill {output.dtype}{list(output.shape)}",
    )
    if len(node.inputs) == 2:
        node.constants(1)
        node.require(node.inputs[1].array.dtype == np.int32, "its shape must be int32")
        wanted = [int(axis) for axis in node.inputs[1].array.ravel()]
        node.require(
            len(wanted) == output.ndim
            and all(a in (-1, b) for a, b in zip(wanted, output.shape, strict=True)),
            f"the shape {wanted} is not the output's, {list(output.shape)}",
        )
    return partial(np.copyto, output, source.reshape(output.shape))


def cast(node: Node) -> Step:
    """CAST: integers wrap; floats lose their fraction and saturate, not-a-number becomes 0."""
    node.require(len(node.inputs) == len(node.outputs) == 1, "it takes one and gives one")
    source, output = node.inputs[0].array, node.outputs[0].array
    known = source.dtype.name in _CAST and output.dtype.name in _CAST
    node.require(known, f"it does not convert {source.dtype} to {output.dtype}")
    node.require(source.shape == output.shape, f"{source.shape} does not give {output.shape}")
    if source.dtype.kind == "f" and output.dtype.kind != "f":
        return partial(_saturate, source, output)
    return partial(np.copyto, output, source, casting="unsafe")


def _saturate(source: Array, output: Array) -> None:
    limits = np.iinfo(output.dtype)
    whole = np.nan_to_num(source.astype(np.float64), nan=0.0)
    output[...] = np.clip(whole, limits.min, limits.max).astype(output.dtype)


def concatenation(node: Node) -> Step:
    """CONCATENATION along one axis."""
    node.require(len(node.inputs) >= 1 and len(node.outputs) == 1, "it takes some and gives one")
    node.plain()
    activation(node)
    sources, output = [slot.array for slot in node.inputs], node.outputs[0].array
    axis = builtin_option(node, "ConcatenationOptions", "Axis")
    node.require(-output.ndim <= axis < output.ndim, f"there is no axis {axis}")
    node.require(
        all(a.dtype == output.dtype and a.ndim == output.ndim for a in sources),
        "its tensors differ in dtype or number of axes",
    )
    shape = list(sources[0].shape)
    shape[axis] = sum(array.shape[axis] for array in sources)
    others = {(*a.shape[: axis % a.ndim], *a.shape[axis % a.ndim + 1 :]) for a in sources}
    node.require(
        tuple(shape) == output.shape and len(others) == 1, "its tensors differ in another axis"
    )

    def step() -> None:
        np.concatenate(sources, axis, out=output)

    return step


def strided_slice(node: Node) -> Step:
    """STRIDED_SLICE with begin, end and stride as constants, one for each axis."""
    node.require(len(node.inputs) == 4 and len(node.outputs) == 1, "it takes four and gives one")
    node.constants(1)
    source, *bounds = (slot.array for slot in node.inputs)
    output = node.outputs[0].array
    node.require(
        all(b.dtype == np.int32 and b.shape == (source.ndim,) for b in bounds),
        f"begin, end and stride must be int32[{source.ndim}]",
    )
    node.require(source.dtype == output.dtype, f"{source.dtype} does not give {output.dtype}")
    node.require(bool(bounds[2].all()), "a stride is zero")
    view = source[_index(node, source.shape, *(b.tolist() for b in bounds))]
    node.require(view.shape == output.shape, f"it gives {view.shape}, not {output.shape}")
    return partial(np.copyto, output, view)


def _index(
    node: Node, shape: tuple[int, ...], begin: list[int], end: list[int], stride: list[int]
) -> tuple[slice | int, ...]:
    """One slice for each axis; numpy clamps bounds, and counts negative ones from the end, as
    TFLite does.
    """
    masks = {
        field: builtin_option(node, "StridedSliceOptions", field)
        for field in ("BeginMask", "EndMask", "ShrinkAxisMask", "EllipsisMask", "NewAxisMask")
    }
    relative = builtin_option(node, "StridedSliceOptions", "Offset")
    node.require(
        not (masks["EllipsisMask"] or masks["NewAxisMask"] or relative),
        "ellipsis, new axes and relative ends are not supported",
    )
    index: list[slice | int] = []
    for axis, length in enumerate(shape):
        if masks["ShrinkAxisMask"] >> axis & 1:
            node.require(-length <= begin[axis] < length, f"index {begin[axis]} of {length}")
            index.append(begin[axis])
            continue
        first = None if masks["BeginMask"] >> axis & 1 else begin[axis]
        last = None if masks["EndMask"] >> axis & 1 else end[axis]
        index.append(slice(first, last, stride[axis]))
    return tuple(index)


MOVEMENT = {
    "RESHAPE": reshape,
    "CAST": cast,
    "CONCATENATION": concatenation,
    "STRIDED_SLICE": strided_slice,
}
