"""Small ONNX models, built as the tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def value(name: str, shape: Sequence[int | str | None] | None, dtype: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name: str, array: Any, dtype: Any = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.array(array, dtype), name)


def model(nodes: list[Any], inputs: list[Any], outputs: list[Any], **options: Any) -> Any:
    """A model of opset 21, unless ``opsets`` says otherwise."""
    opsets = options.pop("opsets", [helper.make_opsetid("", 21)])
    functions = options.pop("functions", [])
    graph = helper.make_graph(nodes, "graph", inputs, outputs, **options)
    return helper.make_model(graph, opset_imports=opsets, functions=functions, ir_version=10)


def affine() -> Any:
    """y = x * w + b, float32[n, 4]."""
    return model(
        [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Add", ["z", "b"], ["y"])],
        [value("x", ["n", 3])],
        [value("y", ["n", 4])],
        initializer=[
            constant("w", np.arange(12).reshape(3, 4)),
            constant("b", [1, 2, 3, 4]),
        ],
    )


def save(proto: Any, folder: Path) -> Path:
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def external(tensor: TensorProto, **entries: str) -> None:
    """Make a tensor say that its data is in another file."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in entries.items():
        tensor.external_data.add(key=key, value=text)


def metadata(proto: Any, **texts: str) -> Any:
    """Add ``edgesdk.KEY`` metadata."""
    for key, text in texts.items():
        proto.metadata_props.add(key=f"edgesdk.{key}", value=text)
    return proto


__all__ = ["FLOAT", "affine", "constant", "external", "metadata", "model", "onnx", "save", "value"]
