"""The inputs and outputs of a TFLite model as tensor specs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...tensors import DTYPES, Quantisation, TensorSpec
from ..flatbuffer import Malformed
from ..interface import dtype_refused
from .check_tensor import DTYPE_NAMES
from .vectors import integers, text

if TYPE_CHECKING:
    from tflite import Model, SubGraph, Tensor, TensorMap

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
    listed = integers(indices)
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
    shape = integers(tensor.ShapeAsNumpy())
    signature = integers(tensor.ShapeSignatureAsNumpy()) or shape
    if len(signature) != len(shape):
        raise Malformed(f"tensor {name[:80]!r} has two shapes: {shape} and {signature}")
    axes = tuple("?" if size < 0 else size for size in signature)
    return TensorSpec(name, dtype, axes, quantisation=_quantisation(tensor, dtype))


def _quantisation(tensor: Tensor, dtype: str) -> Quantisation | None:
    parameters = tensor.Quantization()
    if parameters is None or parameters.ScaleLength() == 0 or DTYPES[dtype].kind not in "iu":
        return None
    scales = parameters.ScaleAsNumpy().astype(float).tolist()
    zero_points = integers(parameters.ZeroPointAsNumpy()) or (0,) * len(scales)
    if not all(scales):  # how converters say that a tensor is not quantised
        return None
    axis = parameters.QuantizedDimension() if len(scales) > 1 else None
    return Quantisation(tuple(scales), zero_points, axis)
