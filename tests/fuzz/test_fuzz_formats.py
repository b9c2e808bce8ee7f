"""Any bytes in a model file end in a model or in an EdgeError, soon and in little memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from onnx import helper

from edgesdk import EdgeError
from edgesdk.formats import SourceModel, read_source
from tests.formats import onnx_builder, tflite_builder

SECONDS = 5.0
BYTES = 64 * 1024 * 1024  # for files of a few kilobytes; a megabyte is what well-formed ones take

SETTINGS = settings(
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NUMBERS = [0, 1, 2, 4, 8, 127, 128, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1]


@cache
def seeds(suffix: str) -> tuple[bytes, ...]:
    """Small well-formed models that between them have every kind of part."""
    if suffix == "tflite":
        control = tflite_builder.control()
        control.signature({"start": 0}, {"end": 1})
        return (tflite_builder.add().content(), control.content(), _quantised().content())
    return (
        onnx_builder.affine().SerializeToString(),
        onnx_builder.metadata(
            _branches(), labels='["a", "b"]', units='{"y": "V"}'
        ).SerializeToString(),
    )


def _quantised() -> tflite_builder.Builder:
    b = tflite_builder.Builder()
    int8 = tflite_builder.TYPES.INT8
    x = b.tensor("x", [1, 4, 4, 2], int8, scale=0.5, zero=3, shapeSignature=[-1, 4, 4, 2])
    y = b.tensor("y", [1, 4, 4, 2], int8, scale=0.25, zero=-3)
    weights = np.arange(36, dtype=np.int8).reshape(2, 3, 3, 2)
    w = b.constant(weights, scale=[0.5, 0.25], zero=[0, 0])
    bias = b.constant(np.zeros(2, np.int32), scale=[0.25, 0.125], zero=[0, 0])
    fields = {"strideW": 1, "strideH": 1, "dilationWFactor": 1, "dilationHFactor": 1}
    b.operator("CONV_2D", [x, w, bias], [y], options=("Conv2DOptions", fields))
    b.graph.inputs, b.graph.outputs = [x], [y]
    return b


def _branches() -> Any:
    weights = onnx_builder.constant("w", [1, 2])
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["b"], value=weights)],
        "branch",
        [],
        [onnx_builder.value("b", [2])],
    )
    opset = [helper.make_opsetid("", 21)]
    nodes = [helper.make_node("Neg", ["a"], ["b"])]
    function = helper.make_function("local", "one", ["a"], ["b"], nodes, opset)
    outside = onnx_builder.constant("outside", [1, 2])
    onnx_builder.external(outside, location="weights.bin", offset="0", length="8")
    return onnx_builder.model(
        [
            helper.make_node("If", ["c"], ["i"], then_branch=branch, else_branch=branch),
            helper.make_node("one", ["i"], ["j"], domain="local"),
            helper.make_node("Add", ["j", "outside"], ["y"]),
        ],
        [onnx_builder.value("c", [], onnx_builder.onnx.TensorProto.BOOL)],
        [onnx_builder.value("y", None)],
        initializer=[outside],
        opsets=[*opset, helper.make_opsetid("local", 1)],
        functions=[function],
    )


@st.composite
def mutated(draw: st.DrawFn, suffix: str) -> bytes:
    """A well-formed model with a few places overwritten, cut out, doubled or cut off."""
    content = bytearray(draw(st.sampled_from(seeds(suffix))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 4, 0)))
        kind = draw(st.sampled_from(["bit", "byte", "number", "cut", "double", "end"]))
        if not content or kind == "end":
            content = content[:at]
        elif kind == "bit":
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte":
            content[at] = draw(st.integers(0, 255))
        elif kind == "number":
            content[at : at + 4] = struct.pack("<I", draw(st.sampled_from(NUMBERS)))
        else:
            end = at + draw(st.integers(1, 64))
            content[at:end] = content[at:end] * 2 if kind == "double" else b""
    return bytes(content)


def read(folder: Path, suffix: str, content: bytes) -> SourceModel | None:
    """Read a file within the bounds; None where it was refused."""
    path = folder / f"model.{suffix}"
    path.write_bytes(content)
    (folder / "weights.bin").write_bytes(bytes(8))
    start = time.monotonic()
    tracemalloc.start()
    try:
        return read_source(path)
    except EdgeError as error:
        assert error.exit_code == 2
        assert len(str(error)) < 4000
        return None
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < BYTES
        assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("suffix", ["onnx", "tflite"])
def test_the_seeds_are_well_formed(suffix: str, tmp_path: Path) -> None:
    for content in seeds(suffix):
        assert read(tmp_path, suffix, content) is not None


@SETTINGS
@given(content=st.binary(max_size=2000))
def test_random_bytes_as_onnx(content: bytes, tmp_path: Path) -> None:
    read(tmp_path, "onnx", content)


@SETTINGS
@given(content=st.binary(max_size=2000), magic=st.booleans())
@example(content=b"", magic=True)
def test_random_bytes_as_tflite(content: bytes, magic: bool, tmp_path: Path) -> None:
    read(tmp_path, "tflite", content[:4] + b"TFL3" + content[4:] if magic else content)


@SETTINGS
@given(content=mutated("onnx"))
def test_mutated_onnx(content: bytes, tmp_path: Path) -> None:
    read(tmp_path, "onnx", content)


@SETTINGS
@given(content=mutated("tflite"))
def test_mutated_tflite(content: bytes, tmp_path: Path) -> None:
    read(tmp_path, "tflite", content)


@pytest.mark.long
@settings(SETTINGS, max_examples=20_000)
@given(suffix=st.sampled_from(["onnx", "tflite"]), data=st.data())
def test_mutated_for_long(suffix: str, data: st.DataObject, tmp_path: Path) -> None:
    read(tmp_path, suffix, data.draw(mutated(suffix)))
