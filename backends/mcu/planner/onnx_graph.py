"""A quantised ONNX model (QDQ: QuantizeLinear and DequantizeLinear) as the planner's graph.

The arithmetic is the runtime's own, which is TFLite's: integers throughout. ONNX defines the same
model by real numbers between the two, so an answer may be one quantisation step apart from
onnxruntime's, which itself is not the same to the bit on every processor.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from edgesdk.errors import MissingExtra

from . import (
    onnx_convolutions,
    onnx_extremes,
    onnx_macs,
    onnx_math,
    onnx_movement,
    onnx_normalisation,
    onnx_pools,
    onnx_quantised,
    onnx_reduce,
    onnx_resize,
    onnx_selection,
)
from .graph import Array, Graph, Tensor
from .onnx_builder import Builder
from .onnx_handlers import HANDLERS
from .onnx_node import Known, Node
from .onnx_shapes import fixed_shapes
from .onnx_values import Constant, Value
from .refusals import unplannable, unsupported_layers
from .step import NotSupported

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

# Importing these has filled the table of handlers.
_REGISTERED = (
    *(onnx_convolutions, onnx_extremes, onnx_macs, onnx_math, onnx_movement, onnx_normalisation),
    *(onnx_pools, onnx_quantised, onnx_reduce, onnx_resize, onnx_selection),
)
# Of inputs and outputs: TensorProto.DataType.
_DTYPES = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64"}
_AS_THEY_ARE = {"float32", "int32", "int64"}  # types of inputs that have no scale
_FROM_BYTES = {"float32": "DEQUANTIZE", "int8": "RESHAPE", "uint8": "QUANTIZE"}
_LARGEST_FOLD = 1 << 20  # numbers in what is calculated from constants
# What Python and numpy raise where a node is not what its operator's specification says.
_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What is calculated from constants: exporters write shapes and scales this way.
_FOLDS = frozenset(
    "Add Cast Concat Constant ConstantOfShape Div Expand Gather Identity Mul Neg Reshape Slice "
    "Sqrt Squeeze Sub Transpose Unsqueeze".split()
)


def read_onnx_graph(content: bytes) -> Graph:
    """Import a model that ``read_onnx`` has checked. A dynamic first axis (the batch) becomes 1.

    Raises ``ModelRefused`` (EDGE-0287 with every node that cannot be, 0288), ``MissingExtra``.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError:
        raise MissingExtra("onnx", "host") from None
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError as error:
        raise unplannable(str(error)) from None
    return _Import(model).graph()


class _Import:
    def __init__(self, model: ModelProto) -> None:
        versions = [o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}]
        self.builder = Builder(fixed_shapes(model), max(versions, default=1))
        self.proto = model.graph
        self.reasons: list[str] = []

    def graph(self) -> Graph:
        """Everything, or a refusal that names every node that cannot be imported."""
        for tensor in self.proto.initializer:
            self.builder.values[tensor.name] = Constant(_array(tensor))
        given = [value for value in self.proto.input if value.name not in self.builder.values]
        inputs = [self.input(value) for value in given]
        for index, proto in enumerate(self.proto.node):
            self.node(Node(proto, index, self.builder), proto)
        outputs = [self.output(value) for value in self.proto.output]
        if self.reasons:
            raise unsupported_layers(self.reasons)
        return Graph(tuple(inputs), tuple(outputs), tuple(self.builder.operations))

    def input(self, value: ValueInfoProto) -> Tensor:
        """An input; a quantised one has the scale that its first reader gives."""
        dtype = _DTYPES.get(value.type.tensor_type.elem_type)
        if dtype is None:
            raise unplannable(f"input {value.name[:80]!r} is of a type that no plan has")
        try:
            shape = self.builder.shape(value.name)
        except NotSupported as error:
            raise unplannable(f"input {value.name[:80]!r}: {error}") from None
        if dtype in _AS_THEY_ARE:
            tensor = Tensor(value.name, shape, dtype)
            self.builder.values[value.name] = Value(tensor, shape)
            return tensor
        scale, zero = self.scheme(value.name)
        tensor = Tensor(value.name, shape, dtype, (scale,), (zero,))
        self.builder.layer = f"input {value.name}"
        stored = tensor
        if dtype == "uint8":
            stored = self.builder.emit("QUANTIZE", [tensor], shape, (scale, zero - 128))
        self.builder.values[value.name] = Value(stored, shape)
        return tensor

    def scheme(self, name: str) -> tuple[float, int]:
        """Scale and zero point of a quantised input, from a node that reads it."""
        constants = self.builder.values
        for node in self.proto.node:
            if name == node.input[0] and node.op_type in {"DequantizeLinear", "QLinearConv"}:
                scale, zero = (constants.get(other) for other in (*node.input[1:3], "")[:2])
                if isinstance(scale, Constant) and scale.values.size == 1:
                    point = int(zero.values.reshape(())) if isinstance(zero, Constant) else 0
                    return float(scale.values.reshape(())), point
        raise unplannable(f"nothing says how input {name[:80]!r} is quantised")

    def node(self, node: Node, proto: NodeProto) -> None:
        """Import a node, unless one that it needs could not be, whose reason is told already."""
        values = self.builder.values
        if any(name and name not in values for name in node.inputs):
            return
        self.builder.layer = node.layer
        try:
            results = self.results(node, proto)
        except NotSupported as error:
            self.reasons.append(f"{node.layer}: {error}")
        except _FAULTS as error:
            why = f"{type(error).__name__}: {error}"[:200]
            self.reasons.append(f"{node.layer}: its inputs and attributes do not fit ({why})")
        else:
            values.update(zip(node.outputs, results, strict=False))

    def results(self, node: Node, proto: NodeProto) -> list[Known]:
        """What a node gives, for each of its outputs."""
        known = [self.builder.values[name] for name in node.inputs if name]
        if node.kind == "Shape":
            return [Constant(_shape_of(node))]
        plain = all(isinstance(value, Constant) and value.scale is None for value in known)
        if plain and node.kind in _FOLDS:
            return self.fold(node, proto)
        if node.kind not in HANDLERS:
            raise NotSupported("there is no import for it")
        result = HANDLERS[node.kind](node)
        return list(result) if isinstance(result, list) else [result]

    def fold(self, node: Node, proto: NodeProto) -> list[Known]:
        """What a node of constants gives, calculated now."""
        from onnx.reference import ReferenceEvaluator

        if node.kind != "Constant" and prod(node.shape()) > _LARGEST_FOLD:
            raise NotSupported("it makes a very large constant")
        feeds = {name: node.constant(i).values for i, name in enumerate(node.inputs) if name}
        try:
            made = ReferenceEvaluator(proto, opsets={"": self.builder.opset}).run(None, feeds)
        except Exception as error:
            raise NotSupported(f"it cannot be calculated beforehand: {error}"[:200]) from None
        return [Constant(np.asarray(array)) for array in made]

    def output(self, value: ValueInfoProto) -> Tensor:
        """An output under its own name, as float32 or as it is stored."""
        dtype, name = _DTYPES.get(value.type.tensor_type.elem_type), value.name
        known = self.builder.values.get(name)
        self.builder.layer = f"output {name}"
        try:
            if known is None or isinstance(known, Constant) or dtype is None:
                raise NotSupported("it is a constant, or of a type that no plan has")
            stored = self.builder.plain(self.builder.settle(known))
            if dtype == stored.tensor.dtype in {"int32", "int64"}:
                return self.builder.renamed(stored.tensor, name)
            scheme = stored.scheme
            if dtype not in _FROM_BYTES:
                raise NotSupported(f"it is of type {dtype}")
        except NotSupported as error:
            if known is not None or not self.reasons:
                self.reasons.append(f"output {name}: {error}")
            return Tensor(name, (), "float32")
        shift = 128 if dtype == "uint8" else 0
        return self.builder.emit(
            _FROM_BYTES[dtype],
            [stored.tensor],
            stored.shape,
            None if dtype == "float32" else (scheme[0], scheme[1] + shift),
            dtype,
            name=name,
        )


def _array(tensor: TensorProto) -> Array:
    from onnx import numpy_helper

    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except _FAULTS as error:
        raise unplannable(f"constant {tensor.name[:80]!r} cannot be read: {error}"[:300]) from None


def _shape_of(node: Node) -> Array:
    shape = node.builder.shape(node.inputs[0])
    end = node.attribute("end", len(shape))
    return np.array(shape[node.attribute("start", 0) : end], np.int64)
