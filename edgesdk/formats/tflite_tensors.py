"""The inputs and outputs of a TFLite model as tensor specs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..tensors import DTYPES, Quantisation, TensorSpec
from .flatbuffer import Malformed
from .interface import dtype_refused

if TYPE_CHECKING:
    from tflite import Model, SubGraph, Tensor, TensorMap

# TensorType of the schema, by number. None: no array can carry it across the boundary.
DTYPE_NAMES: dict[int, str | None] = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    5: "string",
    6: "bool",
    7: "int16",
    8: "complex64",
    9: "int8",
    10: "float64",
    11: "complex128",
    12: "uint64",
    13: None,  # resource
    14: None,  # variant
    15: "uint32",
    16: "uint16",
    17: None,  # int4
    18: "bfloat16",
}
_MOST_TENSORS = 4096
_Specs = tuple[TensorSpec, ...]


def interface_of(model: Model) -> tuple[_Specs, _Specs]:
    """Inputs and outputs of the first subgraph, in its order.

    Names are those of its first signature where it has one, else the tensors' own; a name that
    comes twice gets ``_2``, ``_3`` and so on. Raises ``Malformed``, and ``ModelRefused``
    (EDGE-0272) for a dtype that no array can carry.
    """
    graph = model.Subgraphs(0)
    inputs, outputs = _signature(model)
    return (
        _specs(graph, graph.InputsAsNumpy(), inputs, "input"),
        _specs(graph, graph.OutputsAsNumpy(), outputs, "output"),
    )


def _signature(model: Model) -> tuple[dict[int, str], dict[int, str]]:
    """Names by tensor index that the first signature of subgraph 0 gives."""
    for number in range(model.SignatureDefsLength()):
        signature = model.SignatureDefs(number)
        if signature.SubgraphIndex() == 0:
            return (
                _names([signature.Inputs(i) for i in range(signature.InputsLength())]),
                _names([signature.Outputs(i) for i in range(signature.OutputsLength())]),
            )
    return {}, {}


def _names(entries: Sequence[TensorMap]) -> dict[int, str]:
    return {entry.TensorIndex(): text(entry.Name()) for entry in reversed(entries)}


def _specs(graph: SubGraph, indices: object, names: dict[int, str], kind: str) -> _Specs:
    listed = [] if isinstance(indices, int) else np.asarray(indices).tolist()
    if len(listed) > _MOST_TENSORS:
        raise Malformed(f"it has {len(listed)} {kind}s, more than {_MOST_TENSORS}")
    taken: set[str] = set()
    specs = []
    for position, index in enumerate(listed):
        tensor = graph.Tensors(index)
        name = names.get(index) or text(tensor.Name()) or f"{kind}_{position}"
        specs.append(_spec(tensor, _unique(name, taken)))
    return tuple(specs)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate)
    return candidate


def _spec(tensor: Tensor, name: str) -> TensorSpec:
    dtype = DTYPE_NAMES.get(tensor.Type())
    if dtype is None:
        raise dtype_refused(name, f"number {tensor.Type()} of the TFLite schema")
    shape = shape_of(tensor)
    signature = _ints(tensor.ShapeSignatureAsNumpy()) or shape
    if len(signature) != len(shape):
        raise Malformed(f"tensor {name[:80]!r} has two shapes: {shape} and {signature}")
    axes = tuple("?" if size < 0 else size for size in signature)
    return TensorSpec(name, dtype, axes, quantisation=_quantisation(tensor, dtype, shape))


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The shape that the tensor has before anybody resizes it. A dynamic axis has length 1."""
    return _ints(tensor.ShapeAsNumpy())


def _quantisation(tensor: Tensor, dtype: str, shape: tuple[int, ...]) -> Quantisation | None:
    parameters = tensor.Quantization()
    if parameters is None or parameters.ScaleLength() == 0 or DTYPES[dtype].kind not in "iu":
        return None
    count, axis = parameters.ScaleLength(), parameters.QuantizedDimension()
    if count > 1 and (not 0 <= axis < len(shape) or shape[axis] != count):
        raise Malformed(f"{count} scales do not fit axis {axis} of shape {shape}")
    if parameters.ZeroPointLength() not in {0, count}:
        raise Malformed(f"{count} scales have {parameters.ZeroPointLength()} zero points")
    scales = parameters.ScaleAsNumpy().astype(float).tolist()
    zero_points = parameters.ZeroPointAsNumpy().tolist() if parameters.ZeroPointLength() else []
    if not all(map(math.isfinite, scales)):
        raise Malformed("a scale is not a finite number")
    limits = np.iinfo(DTYPES[dtype])
    if not all(limits.min <= zero <= limits.max for zero in zero_points):
        raise Malformed(f"a zero point does not fit {dtype}")
    if not all(scales):  # how some converters say that a tensor is not quantised
        return None
    return Quantisation(
        tuple(scales), tuple(zero_points or [0] * count), axis if count > 1 else None
    )


def _ints(vector: object) -> tuple[int, ...]:
    """A vector of the library, which gives 0 for one that is not there."""
    return () if isinstance(vector, int) else tuple(np.asarray(vector).tolist())


def text(value: bytes | None) -> str:
    """A string of the file, readable even where it is not UTF-8 or has control characters."""
    decoded = (value or b"").decode("utf-8", "backslashreplace")
    return decoded if decoded.isprintable() else decoded.encode("unicode_escape").decode()
