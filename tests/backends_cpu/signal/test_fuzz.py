"""Damaged model files: refused or run, nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.errors import ModelRefused
from edgesdk_backends.cpu.signal import SignalGraph

from .chain import front_end

MODEL = front_end()


def try_to_run(model: bytes) -> bool:
    """Whether the model runs; any failure but a refusal comes out."""
    try:
        graph = SignalGraph(model)
        random = np.random.default_rng(1)
        for _ in range(2):
            inputs = {
                spec.name: random.integers(0, 127, spec.shape).astype(spec.numpy_dtype)
                for spec in graph.inputs
            }
            graph.run(inputs)
    except ModelRefused:
        return False
    return True


def test_the_model_itself_runs() -> None:
    assert try_to_run(MODEL)


@pytest.mark.parametrize("start", range(8))
def test_truncated(start: int) -> None:
    for length in range(start, len(MODEL) // 2, 64):
        assert not try_to_run(MODEL[:length])


@given(st.binary(max_size=200))
def test_arbitrary_bytes(content: bytes) -> None:
    assert not try_to_run(content)
    assert not try_to_run(b"\x20\0\0\0TFL3" + content)


@settings(max_examples=400)
@given(
    st.lists(st.tuples(st.integers(0, len(MODEL) - 1), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_changed_bytes(changes: list[tuple[int, int]]) -> None:
    model = bytearray(MODEL)
    for place, value in changes:
        model[place] = value
    try_to_run(bytes(model))


@settings(max_examples=400)
@given(
    st.integers(0, len(MODEL) // 4 - 1),
    st.sampled_from([0, 1, 4, 0x7FFF, 0x10000, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 4]),
)
def test_changed_words(place: int, value: int) -> None:
    model = bytearray(MODEL)
    model[4 * place : 4 * place + 4] = value.to_bytes(4, "little")
    try_to_run(bytes(model))
