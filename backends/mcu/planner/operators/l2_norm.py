"""Lowering of L2_NORMALIZATION."""

from __future__ import annotations

from ..graph import Operation
from ..step import Step, lowers
from .operands import given, is_shape, is_type, need, only_output
from .quantised import scale_of, zero_of

_LARGEST_DEPTH = 32767


@lowers("L2_NORMALIZATION")
def l2_norm(operation: Operation) -> Step:
    """Over the last axis."""
    source, target = given(operation, 0), only_output(operation)
    is_type(source, "int8")
    is_type(target, "int8")
    is_shape(target, source.shape)
    need(operation.options["fused_activation_function"] == "NONE", "it has an activation")
    need((float(scale_of(target)), zero_of(target)) == (1 / 128, 0), "its output is not 1/128")
    depth = source.shape[-1] if source.shape else 1
    need(depth <= _LARGEST_DEPTH, f"its last axis has {depth} numbers")
    return Step(
        kernel="l2_norm",
        layer="",
        fields={"rows": source.elements // depth, "depth": depth, "zero": zero_of(source)},
        tensors={"input": source, "output": target},
        writes=("output",),
        in_place=(("output", "input"),),
    )
