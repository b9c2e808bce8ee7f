"""Reading a TFLite model with the accessors of its schema, after every offset was checked.

Schema: see ``schema``. The accessors come from the PyPI package ``tflite``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ...errors import MissingExtra, ModelRefused
from ..described import described
from ..files import read_whole
from ..flatbuffer import Malformed, check
from ..interface import check_interface
from ..source import SourceModel
from .graph import check_graph
from .metadata import metadata_of
from .schema import MODEL
from .tensors import interface_of

LARGEST = 2**31 - 1  # bytes: the reach of a FlatBuffer's offsets


def read_tflite(path: Path) -> SourceModel:
    """Read and check a ``.tflite`` file; its inputs and outputs are those of the first subgraph.

    Entries of its metadata whose names begin with ``edgesdk.`` are read as an ONNX model's are.

    Raises ``ModelRefused``: EDGE-0204 for a malformed file, EDGE-0274 for another kind or version
    of file, EDGE-0270, 0272, 0275 and 0276 as for ONNX, EDGE-0277 for an operator that the schema's
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
        operators = check_graph(model, len(content))
        metadata = metadata_of(model)
        inputs, outputs = described(*interface_of(model), metadata)
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
        metadata=metadata,
    )


def _another_kind(name: str, why: str) -> ModelRefused:
    return ModelRefused(
        f"{name} is not a TFLite model of schema version 3",
        evidence=why,
        next_step="Convert the model again with the TensorFlow Lite or LiteRT converter",
        code=74,
    )
