"""The fixed shape of every value of an ONNX model, by onnx's own inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .onnx_values import Shape
from .refusals import unplannable

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, ValueInfoProto


def fixed_shapes(model: ModelProto) -> dict[str, Shape | None]:
    """Shapes by name, None for one that depends on data. Changes the model: its batch becomes 1.

    Raises ``ModelRefused`` (EDGE-0288) for an input with another dynamic axis.
    """
    from onnx import shape_inference

    given = {tensor.name for tensor in model.graph.initializer}
    for value in model.graph.input:
        if value.name not in given:
            _fix(value)
    _forget(model.graph)
    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except (shape_inference.InferenceError, ValueError, RuntimeError) as error:
        raise unplannable(f"its shapes do not fit: {error}"[:500]) from None
    values = [*graph.input, *graph.value_info, *graph.output]
    return {value.name: _shape(value) for value in values}


def _fix(value: ValueInfoProto) -> None:
    sizes = value.type.tensor_type.shape.dim
    for axis, size in enumerate(sizes):
        if size.dim_value < 1:
            if axis > 0:
                raise unplannable(f"axis {axis} of input {value.name[:80]!r} has no fixed size")
            size.dim_value = 1


def _forget(graph: GraphProto) -> None:
    """What the file says of the other shapes may name the batch that is now 1."""
    del graph.value_info[:]
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")


def _shape(value: ValueInfoProto) -> Shape | None:
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    sizes = tuple(size.dim_value for size in tensor.shape.dim)
    return sizes if min(sizes, default=1) > 0 else None
