"""The texts that a TFLite model carries under names of its own, as an ONNX model's metadata does.

They stand in the schema's vector of metadata: an entry is a name and a buffer of UTF-8. Only names
that begin with ``edgesdk.`` are read; what other tools write there is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..flatbuffer import Malformed
from .vectors import text

if TYPE_CHECKING:
    from tflite import Metadata, Model

_PREFIX = "edgesdk."
_LONGEST = 1 << 20  # bytes, all together: a small file can name one long buffer very often


def metadata_of(model: Model) -> dict[str, str]:
    """The model's description and its texts by name, after its graph was checked.

    Raises ``Malformed``.
    """
    description = text(model.Description())
    found = {"description": description} if description else {}
    left = _LONGEST
    for number in range(model.MetadataLength()):
        entry = model.Metadata(number)
        name = text(entry.Name())
        if not name.startswith(_PREFIX):
            continue
        content = _content(model, entry)
        left -= len(content)
        if left < 0:
            raise Malformed("its metadata is too long")
        if name in found:
            raise Malformed(f"its metadata has {name[:80]} twice")
        found[name] = _decoded(name, content)
    return found


def _content(model: Model, entry: Metadata) -> bytes:
    if entry.Buffer() >= model.BuffersLength():
        raise Malformed(f"its metadata is in buffer {entry.Buffer()} of {model.BuffersLength()}")
    buffer = model.Buffers(entry.Buffer())
    if buffer.DataLength() > _LONGEST:
        raise Malformed("its metadata is too long")
    return buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b""


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"its metadata {name[:80]} is not text: {error.reason}") from None
