"""Which importer reads a model file."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelRefused
from .bitnet_folder import read_folder
from .gguf_i2s import no_i2s
from .gguf_model import read_gguf
from .llama2c import read_llama2c
from .onnx import read_onnx
from .source import SourceModel
from .tflite import read_tflite


def _read_sensing(path: Path) -> SourceModel:
    from ..sensing.source import read_sensing  # it stands on the native library

    return read_sensing(path)


_READERS = {
    ".onnx": read_onnx,
    ".tflite": read_tflite,
    ".json": _read_sensing,
    ".gguf": read_gguf,
    ".bin": read_llama2c,
}


def read_source(path: Path | str, *, i2s_layout: str | None = None) -> SourceModel:
    """Read a source model, by the ending of its name; a folder is one of Hugging Face.

    ``i2s_layout``: how the I2_S tensors of a GGUF file are packed (``gguf_i2s.LAYOUTS``), where
    its reader should not decide. Raises ``ModelRefused`` (EDGE-0204) for a file that is not a
    well-formed model and as the reader says, ``UsageError`` (EDGE-0210 for one that cannot be
    read, EDGE-02112), ``MissingExtra``.
    """
    path = Path(path)
    folder = _is_folder(path)
    if path.suffix.lower() == ".gguf" and not folder:
        return read_gguf(path, i2s_layout=i2s_layout)
    if i2s_layout is not None:
        raise no_i2s(path.name)
    if folder:
        return read_folder(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        part = path.suffix.lower() == ".safetensors"
        raise ModelRefused(
            f"{path.name} is not a model file that edgesdk reads",
            next_step=f"It reads {', '.join(_READERS)} files, and folders of Hugging Face"
            + (": give the folder that holds this file" if part else ""),
        )
    return reader(path)


def _is_folder(path: Path) -> bool:
    """A folder that is named like a file must also look like a model's to be one."""
    return path.is_dir() and (
        path.suffix.lower() not in _READERS or (path / "config.json").exists()
    )
