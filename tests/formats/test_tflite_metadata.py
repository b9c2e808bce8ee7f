"""What the TFLite reader takes from a file's metadata, and what it refuses there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from edgesdk import ModelRefused
from edgesdk.formats import read_source
from tests.formats.tflite_builder import Builder, add


def buffer(model: Any, content: bytes) -> int:
    """Add a buffer and return its index."""
    made = schema.BufferT()
    made.data = np.frombuffer(content, np.uint8)
    model.buffers.append(made)
    return len(model.buffers) - 1


def entry(builder: Builder, name: str | None, index: int) -> Builder:
    """Add an entry that names a buffer."""
    made = schema.MetadataT()
    made.name, made.buffer = name, index
    builder.model.metadata = [*(builder.model.metadata or []), made]
    return builder


def described(builder: Builder, **texts: str | bytes) -> Builder:
    """Add ``edgesdk.KEY`` with a text each."""
    for key, value in texts.items():
        content = value.encode() if isinstance(value, str) else value
        entry(builder, f"edgesdk.{key}", buffer(builder.model, content))
    return builder


def test_texts_by_name(tmp_path: Path) -> None:
    builder = described(add(), name="été", version="1.2.0", frontend='{"name": "x"}')
    entry(builder, "min_runtime_version", buffer(builder.model, b"\xff\x00"))
    entry(builder, None, 0)
    path = builder.save(tmp_path)
    assert read_source(path).metadata == {
        "description": "built by a test",
        "edgesdk.name": "été",
        "edgesdk.version": "1.2.0",
        "edgesdk.frontend": '{"name": "x"}',
    }
    Interpreter(str(path)).allocate_tensors()  # LiteRT minds none of it


def test_labels_and_units(tmp_path: Path) -> None:
    builder = described(add(), labels='["a", "b", "c"]', units='{"x": "m", "y": "m/s"}')
    source = read_source(builder.save(tmp_path))
    assert source.outputs[0].labels == ("a", "b", "c")
    assert (source.inputs[0].units, source.outputs[0].units) == ("m", "m/s")
    assert source.inputs[0].labels == ()


def test_a_name_may_be_an_empty_text(tmp_path: Path) -> None:
    source = read_source(described(add(), name="").save(tmp_path))
    assert source.metadata["edgesdk.name"] == ""


def long(copies: int, each: int) -> Builder:
    """So many entries that all name one buffer."""
    builder = add()
    index = buffer(builder.model, b" " * each)
    for number in range(copies):
        entry(builder, f"edgesdk.{number}", index)
    return builder


REFUSED = {
    "twice": (described(described(add(), name="a"), name="b"), "EDGE-0204", "twice"),
    "no text": (described(add(), name=b"\xff"), "EDGE-0204", "not text"),
    "a buffer too high": (entry(add(), "edgesdk.name", 9), "EDGE-0204", "buffer 9 of 2"),
    "one too long": (long(1, (1 << 20) + 1), "EDGE-0204", "too long"),
    "many that are long together": (long(17, 1 << 16), "EDGE-0204", "too long"),
    "labels that are no JSON": (described(add(), labels="a, b"), "EDGE-0276", ""),
    "labels that are too few": (described(add(), labels='["a"]'), "EDGE-0276", ""),
    "units of nothing": (described(add(), units='{"z": "m"}'), "EDGE-0276", "'z'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path) -> None:
    builder, wanted, why = REFUSED[case]
    with pytest.raises(ModelRefused) as caught:
        read_source(builder.save(tmp_path))
    assert caught.value.id == wanted
    assert why in f"{caught.value} {caught.value.evidence}"


def test_the_most_that_fits(tmp_path: Path) -> None:
    assert len(read_source(long(16, 1 << 16).save(tmp_path)).metadata) == 17
