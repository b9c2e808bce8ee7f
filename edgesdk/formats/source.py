"""A source model: what a user brings, read and checked but not yet compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ModelRefused, UsageError
from ..tensors import TensorSpec

LARGEST = 4 * 1024**3 - 1  # bytes: what one part of a bundle may hold


@dataclass(frozen=True)
class SourceModel:
    """A model file as an importer read it.

    ``content`` is one self-contained file (external data folded in). ``operators`` are
    ``domain:Name:version`` (ONNX) or ``tflite:NAME:version``, sorted, without repeats; a custom
    TFLite operator is ``tflite:custom.NAME:version``. ``versions`` are for people and checks,
    for example ``{"opset": "17", "ir": "8"}``. ``metadata`` are the model's own key-value texts.
    """

    format: str
    path: Path
    sha256: str
    content: bytes
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operators: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_source(path: Path | str) -> SourceModel:
    """Read a source model, by its content and file name.

    Raises ``ModelRefused`` (EDGE-0204) for a file that is not a well-formed model, ``UsageError``
    for one that cannot be read, ``MissingExtra``.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in {".onnx", ".tflite"}:
        raise ModelRefused(
            f"{path.name} is not a model file that edgesdk reads",
            next_step="It reads .onnx and .tflite files",
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UsageError(f"Cannot read {path}", evidence=str(error.strerror), code=10) from None
    if size > LARGEST:
        raise ModelRefused(f"{path.name} has {size} bytes; at most {LARGEST} fit a bundle")
    if suffix == ".onnx":
        from .onnx import read_onnx

        return read_onnx(path)
    from .tflite import read_tflite

    return read_tflite(path)
