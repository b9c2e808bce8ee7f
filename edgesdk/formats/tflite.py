"""Reading a TFLite model with the accessors of its schema, after every offset was checked.

Schema: see ``tflite_schema``. The accessors come from the PyPI package ``tflite``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MissingExtra, ModelRefused
from .files import read_whole
from .flatbuffer import Malformed, check
from .interface import check_interface
from .source import SourceModel
from .tflite_graph import check_graph
from .tflite_schema import MODEL
from .tflite_tensors import interface_of, text

if TYPE_CHECKING:
    from tflite import Model

LARGEST = 2**31 - 1  # bytes: the reach of a FlatBuffer's offsets
_CUSTOM = 32  # BuiltinOperator.CUSTOM
_LONGEST_NAME = 128  # characters of a custom operator's name


def read_tflite(path: Path) -> SourceModel:
    """Read and check a ``.tflite`` file; its inputs and outputs are those of the first subgraph.

    Raises ``ModelRefused``: EDGE-0204 for a malformed file, EDGE-0274 for another kind or version
    of file, EDGE-0270, 0272 and 0275 as for ONNX, EDGE-0277 for an operator that the schema's
    library does not know. ``UsageError``, ``MissingExtra``.
    """
    try:
        import tflite
    except ImportError:
        raise MissingExtra("tflite", "host") from None
    content = read_whole(path, LARGEST)
    if content[4:8] != b"TFL3":
        raise _another_kind(path.name, "bytes 4 to 7 are not TFL3")
    try:
        check(content, MODEL)
        model = tflite.Model.GetRootAs(content)
        if model.Version() != 3:
            raise _another_kind(path.name, f"its schema has version {model.Version()}")
        check_graph(model, len(content))
        inputs, outputs = interface_of(model)
        operators = tuple(sorted(set(_operators(model))))
    except Malformed as error:
        raise ModelRefused(
            f"{path.name} is not a well-formed TFLite model", evidence=str(error)
        ) from None
    check_interface(inputs, outputs)
    return SourceModel(
        format="tflite",
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        inputs=inputs,
        outputs=outputs,
        operators=operators,
        versions={"schema": "3"},
        metadata={"description": description} if (description := text(model.Description())) else {},
    )


def _operators(model: Model) -> Iterator[str]:
    """``tflite:NAME:version`` of each operator in each subgraph."""
    for number in range(model.SubgraphsLength()):
        subgraph = model.Subgraphs(number)
        used = {subgraph.Operators(i).OpcodeIndex() for i in range(subgraph.OperatorsLength())}
        for index in used:
            code = model.OperatorCodes(index)
            # Codes past 127 do not fit the older of the two fields, which then holds 127.
            builtin = max(code.DeprecatedBuiltinCode(), code.BuiltinCode())
            name = _custom_name(code.CustomCode()) if builtin == _CUSTOM else _builtin_name(builtin)
            yield f"tflite:{name}:{code.Version()}"


def _builtin_name(number: int) -> str:
    from tflite.utils import BUILTIN_OPCODE2NAME

    if number not in BUILTIN_OPCODE2NAME:
        raise ModelRefused(
            f"The model uses operator number {number}, which is not known",
            next_step="Update the Python package tflite: it brings the names of operators",
            code=77,
        )
    return str(BUILTIN_OPCODE2NAME[number])


def _custom_name(name: bytes | None) -> str:
    label = text(name)
    if not label or len(label) > _LONGEST_NAME or not label.isprintable() or ":" in label:
        raise Malformed(f"a custom operator is named {label[:80]!r}")
    return f"custom.{label}"


def _another_kind(name: str, why: str) -> ModelRefused:
    return ModelRefused(
        f"{name} is not a TFLite model of schema version 3",
        evidence=why,
        next_step="Convert the model again with the TensorFlow Lite or LiteRT converter",
        code=74,
    )
