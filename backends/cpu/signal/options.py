"""Options of TFLite's builtin operators, read from their flatbuffer tables."""

from __future__ import annotations

import struct
from typing import Any

from .node import Node


def builtin_option(node: Node, table: str, field: str) -> int:
    """A number of the operator's options table; 0, the schema's default, where it has none.

    ``table`` and ``field`` are names in the schema, for example ``AddOptions`` and
    ``FusedActivationFunction``.
    """
    if node.builtin_options is None:
        return 0
    import tflite

    options: Any = getattr(tflite, table)()
    options.Init(node.builtin_options.Bytes, node.builtin_options.Pos)
    try:
        return int(getattr(options, field, int)())
    except (struct.error, TypeError, ValueError, IndexError) as error:
        node.require(False, f"its options cannot be read: {error}")
        raise


def activation(node: Node) -> None:
    """Require that no activation function is fused into the operator."""
    table = {"ADD": "Add", "MUL": "Mul", "DIV": "Div", "CONCATENATION": "Concatenation"}[node.name]
    fused = builtin_option(node, f"{table}Options", "FusedActivationFunction")
    node.require(fused == 0, f"activation function {fused} is fused into it")
