"""Damaged quantised ONNX models: refused or planned, nothing else."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import ModelRefused
from edgesdk.formats.onnx.model import read_onnx
from edgesdk_backends.mcu.planner import plan
from edgesdk_backends.mcu.planner.onnx_graph import read_onnx_graph
from tests.backends_mcu.planner.onnx_models import quantised
from tests.backends_mcu.planner.onnx_operators import BUILDS

EXAMPLES = int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "300"))
NAMES = ["flatten_an_image", "slice_and_split", "concat_channels", "gemm", "pad_then_conv"]


@cache
def model(name: str) -> bytes:
    with TemporaryDirectory() as folder:
        return quantised(BUILDS[name](), Path(folder))


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_changed_bytes(name: str, changes: list[tuple[float, int]]) -> None:
    content = bytearray(model(name))
    for place, value in changes:
        content[int(place * (len(content) - 1))] = value
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(content)
        try:
            plan(read_onnx_graph(read_onnx(path).content))
        except ModelRefused as error:
            assert error.what
