"""Attention as a maximum of three parts, beside heads that pass through them one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing.attention import attention_time
from edgesdk_backends.nand.workload.decoder import workload
from tests.backends_nand.timing.oracle.attention_events import simulate_attention


@pytest.mark.parametrize(
    "values",
    [{}, {"npu_special_gops": 1.0}, {"npu_special_gops": 8.0}, {"npu_rows": 1, "npu_macs": 1}],
)
@pytest.mark.parametrize("preset", ["cambricon-s", "aif", "lincoln"])
@pytest.mark.parametrize("model", ["opt-6.7b", "llama-2-70b", "llama-3-8b"])
def test_heads_stream(model: str, preset: str, values: dict[str, float]) -> None:
    """With rows of four heads in the NPU's buffer, no longer than the longest part and the parts of
    one head, which fill and empty the pipeline; and never shorter."""
    shape = named_shape(model).shape
    design = replace(read_preset(preset).design, **values)  # type: ignore[arg-type]
    work = workload(shape)
    counted = attention_time(design, work, 1000)
    seconds = simulate_attention(design, work, 1000, shape.kv_heads, window=4)
    one = sum(counted.seconds.values()) / shape.kv_heads
    assert counted.longest <= seconds * (1 + 1e-9)
    assert seconds <= counted.longest + one


def test_a_buffer_of_one_head_waits() -> None:
    """The parts of a head then follow one another: the maximum supposes more room than that."""
    shape = named_shape("llama-2-70b").shape
    design, work = read_preset("lincoln").design, workload(shape)
    counted = attention_time(design, work, 1000)
    assert simulate_attention(design, work, 1000, shape.kv_heads, window=1) > 1.3 * counted.longest
