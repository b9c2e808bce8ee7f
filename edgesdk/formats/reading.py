"""Which importer reads a model file."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelRefused, UsageError
from ..nearest import did_you_mean_file
from .bitnet.folder import read_folder
from .gguf.i2s import no_i2s
from .gguf.model import read_gguf
from .llama2c.model import read_llama2c
from .onnx.model import read_onnx
from .other_kinds import advice
from .source import SourceModel
from .tflite.model import read_tflite


def _read_sensing(path: Path) -> SourceModel:
    from .sensing_program import read_sensing  # it stands on the native library

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
        raise _not_read(path)
    return reader(path)


def _not_read(path: Path) -> UsageError:
    if not path.exists():
        return UsageError(
            f"Cannot read {path}",
            evidence="No such file or directory",
            next_step=did_you_mean_file(path),
            code=10,
        )
    return ModelRefused(
        f"{path.name} is not a model file that edgesdk reads",
        evidence=f"it reads {', '.join(_READERS)} files, and folders of Hugging Face",
        next_step=advice(path) or "Export the model from where it was trained, as one of these",
    )


def is_source(path: Path | str) -> bool:
    """Whether it is for ``read_source``: a folder, or a name with an ending that it knows of.

    Of some endings it knows only how to come from them to a model that it reads.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    return suffix in _READERS or path.is_dir() or (suffix != ".edge" and advice(path) != "")


def _is_folder(path: Path) -> bool:
    """A folder that is named like a file must also look like a model's to be one."""
    return path.is_dir() and (
        path.suffix.lower() not in _READERS or (path / "config.json").exists()
    )
