"""The inputs and outputs of an ONNX model as tensor specs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ...tensors import ANY_SHAPE, Quantisation, TensorSpec
from ..described import described
from ..interface import check_interface, dtype_refused, is_name, kind_refused
from .quantisation import quantisation_of_inputs, quantisation_of_outputs, with_axis

if TYPE_CHECKING:
    from onnx import ModelProto, TensorShapeProto, ValueInfoProto

# onnx.TensorProto.DataType: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
}

_Specs = tuple[TensorSpec, ...]


def interface_of(model: ModelProto, metadata: Mapping[str, str]) -> tuple[_Specs, _Specs]:
    """Inputs (without those that have an initialiser) and outputs.

    Raises ``ModelRefused``: EDGE-0271 for sequences, optionals, maps and sparse tensors, EDGE-0272
    for a dtype that no array can carry, EDGE-0275 for unusable names or shapes, EDGE-0276 for
    labels or units that are not what they should be.
    """
    graph = model.graph
    given = {tensor.name for tensor in graph.initializer}
    given |= {tensor.values.name for tensor in graph.sparse_initializer}
    inputs = [value for value in graph.input if value.name not in given]
    shapes = _inferred_shapes(model, [*inputs, *graph.output])
    from_inputs, to_outputs = quantisation_of_inputs(graph), quantisation_of_outputs(graph)
    specs = described(
        [_spec(value, shapes, from_inputs.get(value.name)) for value in inputs],
        [_spec(value, shapes, to_outputs.get(value.name)) for value in graph.output],
        metadata,
    )
    check_interface(*specs)
    return specs


def _spec(
    value: ValueInfoProto,
    shapes: Mapping[str, TensorShapeProto],
    quantisation: Quantisation | None,
) -> TensorSpec:
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        raise kind_refused(value.name, str(kind).removesuffix("_type"))
    tensor = value.type.tensor_type
    if tensor.elem_type not in _DTYPES:
        raise dtype_refused(value.name, _dtype_name(tensor.elem_type))
    if tensor.HasField("shape"):
        shape = _shape(tensor.shape)
    else:
        shape = _shape(shapes[value.name]) if value.name in shapes else ANY_SHAPE
    return TensorSpec(
        value.name,
        _DTYPES[tensor.elem_type],
        shape,
        quantisation=with_axis(quantisation, shape),
    )


def _shape(shape: TensorShapeProto) -> tuple[int | str, ...]:
    """A negative size means a dynamic axis to runtimes. No axis may be named like any shape."""
    return tuple(
        dim.dim_value
        if dim.WhichOneof("value") == "dim_value" and dim.dim_value >= 0
        else _axis_name(dim.dim_param)
        for dim in shape.dim
    )


def _axis_name(name: str) -> str:
    return name if is_name(name) and name not in ANY_SHAPE else "?"


def _inferred_shapes(
    model: ModelProto, values: Iterable[ValueInfoProto]
) -> dict[str, TensorShapeProto]:
    """Shapes, by name, of tensors that the model gives none for, where inference finds them."""
    from onnx import shape_inference

    missing = {
        value.name
        for value in values
        if value.type.HasField("tensor_type") and not value.type.tensor_type.HasField("shape")
    }
    if not missing:
        return {}
    try:
        graph = shape_inference.infer_shapes(model).graph
    except (shape_inference.InferenceError, ValueError, RuntimeError):
        return {}
    return {
        value.name: value.type.tensor_type.shape
        for value in [*graph.value_info, *graph.output]
        if value.name in missing and value.type.tensor_type.HasField("shape")
    }


def _dtype_name(number: int) -> str:
    from onnx import TensorProto

    names = TensorProto.DataType.DESCRIPTOR.values_by_number
    return names[number].name.lower() if number in names else f"number {number}"
