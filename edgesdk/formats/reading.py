"""Which importer reads a model file."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelRefused
from .onnx import read_onnx
from .source import SourceModel
from .tflite import read_tflite


def _read_sensing(path: Path) -> SourceModel:
    from ..sensing.source import read_sensing  # it stands on the native library

    return read_sensing(path)


_READERS = {".onnx": read_onnx, ".tflite": read_tflite, ".json": _read_sensing}


def read_source(path: Path | str) -> SourceModel:
    """Read a source model, by the ending of its name.

    Raises ``ModelRefused`` (EDGE-0204) for a file that is not a well-formed model, ``UsageError``
    (EDGE-0210) for one that cannot be read, ``MissingExtra``.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ModelRefused(
            f"{path.name} is not a model file that edgesdk reads",
            next_step=f"It reads {', '.join(_READERS)} files",
        )
    return reader(path)
