"""Importing ONNX operators that make one number of many: means, sums, the largest and smallest."""

from __future__ import annotations

from .onnx_builder import numbers
from .onnx_handlers import imports
from .onnx_node import Known, Node
from .onnx_values import IMAGE, PLAIN, Pending, Scheme, Value, stored_axis, stored_shape

_KINDS = {
    "ReduceMean": "MEAN",
    "GlobalAveragePool": "MEAN",
    "ReduceSum": "SUM",
    "ReduceMax": "REDUCE_MAX",
    "GlobalMaxPool": "REDUCE_MAX",
    "ReduceMin": "REDUCE_MIN",
}
_EXTREMES = {"REDUCE_MAX", "REDUCE_MIN"}  # which keep the scale of what they take


@imports(*_KINDS)
def reduce(node: Node) -> Known:
    """Over some axes; means and sums have a scale of their own for their output."""
    axes = _axes(node)
    if not axes:
        return node.known(0)
    value, builder = node.value(0), node.builder
    kept = node.kind.startswith("Global") or bool(node.attribute("keepdims", 1))
    spatial = axes == set(range(2, len(value.shape)))
    if value.layout != IMAGE or not (kept or spatial):
        value = builder.plain(value)
    stored = {stored_axis(axis, value.shape, value.layout) for axis in axes}
    if value.layout == IMAGE and spatial:
        stored = {1, 2}  # a row's height, which ONNX does not have, goes with its width
    layout, kind, shape = value.layout if kept else PLAIN, _KINDS[node.kind], node.shape()

    def emit(scheme: Scheme, activation: str) -> Value:
        inputs, target = [value.tensor, numbers(sorted(stored))], stored_shape(shape, layout)
        own = value.scheme if kind in _EXTREMES else scheme
        made = Value(builder.emit(kind, inputs, target, own, keep_dims=kept), shape, layout)
        return builder.requantise(made, scheme)

    natural = value.scheme if kind in _EXTREMES else None
    return Pending(emit, shape, node.layer, natural)


def _axes(node: Node) -> set[int]:
    """The axes, counted from the first; none where nothing is to be done."""
    rank = len(node.builder.shape(node.inputs[0]))
    if node.kind.startswith("Global"):
        return set(range(2, rank))
    given = node.numbers(1, "axes")
    if not given and not node.attribute("noop_with_empty_axes", 0):
        return set(range(rank))
    return {axis % rank for axis in given or []}
