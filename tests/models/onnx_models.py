"""Tiny ONNX models built in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "bool": TensorProto.BOOL,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "float16": TensorProto.FLOAT16,
    "bfloat16": TensorProto.BFLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "float8e4m3fn": TensorProto.FLOAT8E4M3FN,
    "float8e4m3fnuz": TensorProto.FLOAT8E4M3FNUZ,
    "float8e5m2": TensorProto.FLOAT8E5M2,
    "float8e5m2fnuz": TensorProto.FLOAT8E5M2FNUZ,
    "string": TensorProto.STRING,
}


def save(
    folder: Path,
    name: str,
    nodes: list,
    inputs: list,
    outputs: list,
    constants=(),
    properties: Mapping[str, str] | None = None,
) -> Path:
    """Save a graph. Inputs and outputs are (name, dtype name, shape)."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(n, TYPES[t], s) for n, t, s in inputs],
        [helper.make_tensor_value_info(n, TYPES[t], s) for n, t, s in outputs],
        [numpy_helper.from_array(value, key) for key, value in dict(constants).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    helper.set_model_props(model, dict(properties or {}))
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return path


def scale(
    path: Path, factor: float, shape: Sequence[int], properties: Mapping[str, str] | None = None
) -> Path:
    """y = factor * x, float32."""
    node = helper.make_node("Mul", ["x", "factor"], ["y"])
    x, y = ("x", "float32", shape), ("y", "float32", shape)
    constants = {"factor": np.array(factor, np.float32)}
    return save(path.parent, path.stem, [node], [x], [y], constants, properties)


def identity(folder: Path, dtype: str) -> Path:
    """y = x, with a named dynamic axis: [n, 3]."""
    node = helper.make_node("Identity", ["x"], ["y"])
    return save(
        folder, f"identity-{dtype}", [node], [("x", dtype, ["n", 3])], [("y", dtype, ["n", 3])]
    )


def two_by_two(folder: Path) -> Path:
    """sum = a + b and product = a * b, float32[2]."""
    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("Mul", ["a", "b"], ["product"]),
    ]
    inputs = [(n, "float32", [2]) for n in "ab"]
    return save(folder, "two", nodes, inputs, [(n, "float32", [2]) for n in ("sum", "product")])


def gather(folder: Path) -> Path:
    """row = table[index] of a 2 x 2 table: an index of 2 fails at run time."""
    node = helper.make_node("Gather", ["table", "index"], ["row"])
    table = {"table": np.arange(4, dtype=np.float32).reshape(2, 2)}
    return save(
        folder, "gather", [node], [("index", "int64", [1])], [("row", "float32", [1, 2])], table
    )


def matmul(folder: Path, width: int) -> Path:
    """y = x @ w, float32[1, width], with width * width weights."""
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    shape = [1, width]
    w = np.random.default_rng(0).standard_normal((width, width)).astype(np.float32) / width
    return save(
        folder,
        f"matmul-{width}",
        [node],
        [("x", "float32", shape)],
        [("y", "float32", shape)],
        {"w": w},
    )
