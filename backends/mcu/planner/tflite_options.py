"""The options of TFLite's builtin operators, read by what the schema's library calls them."""

from __future__ import annotations

import inspect
import re
import struct
from typing import Any

from edgesdk.formats.tflite.check_tensor import DTYPE_NAMES

_TENSOR_TYPES = {"InDataType", "OutDataType", "OutType", "OutputType", "IdxOutType"}
_ENUMS = {
    "Padding": "Padding",
    "FusedActivationFunction": "ActivationFunctionType",
    "Mode": "MirrorPadMode",
}


# Operators that LiteRT runs without options: as if each field was what the schema says by default.
_OPTIONAL = {
    "ADD": "Add",
    "CONCATENATION": "Concatenation",
    "FULLY_CONNECTED": "FullyConnected",
    "GATHER": "Gather",
    "GELU": "Gelu",
    "L2_NORMALIZATION": "L2Norm",
    "LEAKY_RELU": "LeakyRelu",
    "MEAN": "Reducer",
    "MUL": "Mul",
    "REDUCE_MAX": "Reducer",
    "REDUCE_MIN": "Reducer",
    "RESIZE_BILINEAR": "ResizeBilinear",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor",
    "STRIDED_SLICE": "StridedSlice",
    "SUB": "Sub",
    "SUM": "Reducer",
}
# A table without fields as FlatBuffers have it: sizes of both parts, nothing, and how far back they
# are.
_EMPTY, _EMPTY_AT = struct.pack("<HHHHi", 4, 4, 0, 0, 8), 8


def builtin_options(operator: Any, kind: str = "") -> dict[str, Any]:
    """All fields of an operator's builtin options in snake_case; empty where it has none.

    ``kind``: the operator's name, for what it does without options. Enumerations give their names
    (``"SAME"``, ``"RELU6"``), tensor types their dtype, vectors tuples. Raises what the schema's
    library raises on bytes that are not what they seem.
    """
    import tflite

    table = operator.BuiltinOptions()
    names = {number: name for name, number in vars(tflite.BuiltinOptions).items()}
    found = str(names.get(operator.BuiltinOptionsType(), "NONE"))
    if table is None or found == "NONE":
        if kind not in _OPTIONAL:
            return {}
        options = getattr(tflite, f"{_OPTIONAL[kind]}Options")()
        options.Init(_EMPTY, _EMPTY_AT)
    else:
        options = getattr(tflite, found)()
        options.Init(table.Bytes, table.Pos)
    return {_snake_case(name): _value(options, name) for name in _fields(type(options))}


def _fields(kind: type) -> list[str]:
    """The table's fields: its methods that take nothing, and vectors by their ``AsNumpy``."""
    methods = {
        name: m for name, m in vars(kind).items() if inspect.isfunction(m) and name != "Init"
    }
    vectors = [name.removesuffix("AsNumpy") for name in methods if name.endswith("AsNumpy")]
    helpers = {vector + suffix for vector in vectors for suffix in ("AsNumpy", "Length", "IsNone")}
    return [name for name in methods if name not in helpers]


def _value(options: Any, name: str) -> Any:
    import tflite

    if vector := getattr(options, f"{name}AsNumpy", None):
        values = vector()
        return () if isinstance(values, int) else tuple(values.tolist())
    value = getattr(options, name)()
    if name in _TENSOR_TYPES:
        return DTYPE_NAMES.get(value)
    if name in _ENUMS:
        names = {number: text for text, number in vars(getattr(tflite, _ENUMS[name])).items()}
        return names.get(value, value)
    return value


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
