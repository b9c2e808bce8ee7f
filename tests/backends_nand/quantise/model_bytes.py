"""Model files in memory, for the tests of their reader and writer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from edgesdk.decoder.weights import DecoderModel, Dense, Ternary
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.model_writer import write_model

SIZES = {"hidden": 32, "intermediate": 40, "vocabulary": 50, "layers": 2, "context": 16}
WEIGHTS = ("w8a8", "w4a16", "ternary")


def content_of(model: DecoderModel, weights: str, **options: Any) -> bytes:
    file = io.BytesIO()
    write_model(model, file, weights=weights, context=16, **options)
    return file.getvalue()


def opened(path: Path, content: bytes) -> ModelFile:
    path.write_bytes(content)
    return ModelFile.at(path)


def as_floats(linear: Ternary | Dense) -> np.ndarray[Any, Any]:
    return linear.weights if isinstance(linear, Dense) else linear.codes * linear.scale
