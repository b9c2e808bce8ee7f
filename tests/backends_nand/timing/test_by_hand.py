"""Numbers that can be checked with a pencil: one slot, one page, one stage of Cambricon-LLM S."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.mapping.tile import tile_of
from edgesdk_backends.nand.timing.attention import attention_time
from edgesdk_backends.nand.timing.slot import pace_of
from edgesdk_backends.nand.timing.stage import Shape, loads_of, matrices_time, shapes_of
from edgesdk_backends.nand.workload.workload import Matrix
from tools.nand_paper import (
    paper_workload,
)

MICRO = 1e-6


@pytest.mark.parametrize(
    ("preset", "height", "width"),
    [("cambricon-s", 256, 2048), ("cambricon-m", 256, 8192), ("cambricon-l", 512, 16384)],
)
def test_tiles(preset: str, height: int, width: int) -> None:
    """S is published; L is the published rule; M is its nearest powers of two."""
    tile = tile_of(read_preset(preset).design, 8, 1)
    assert (tile.height, tile.width) == (height, width)


def test_a_slot_of_s(small: Design) -> None:
    """4 dies: 19 cycles of 25 ns each, and 256 results of 2 bytes at 1 GB/s."""
    pace = pace_of(small, 8, 1)
    assert pace.slot_seconds == pytest.approx(30 * MICRO)
    assert pace.core_seconds == pytest.approx(16384 / 0.8e9)
    assert pace.bus_seconds == pytest.approx((4 * 0.475 + 0.512) * MICRO)
    assert pace.load_seconds == pytest.approx((0.256 + 0.175) * MICRO)
    assert pace.page_seconds == pytest.approx((16.384 + 40 * 0.025) * MICRO)


def test_a_page_without_slices_takes_fewer_commands(small: Design) -> None:
    pace = pace_of(replace(small, slicing=False), 8, 1)
    assert pace.page_seconds == pytest.approx((16.384 + 12 * 0.025) * MICRO)


def test_the_stream_of_s(small: Design) -> None:
    """8 channels in the gaps of slots; the planes could read 17.5, the NPU multiply 1024 GB/s."""
    pace = pace_of(small, 8, 1)
    gaps = 1 - pace.bus_seconds / pace.slot_seconds
    assert pace.stream["channels"] == pytest.approx(8 * 16384 / pace.page_seconds * gaps)
    assert pace.stream["planes"] == pytest.approx(32 * 16384 / (30 * MICRO))
    assert pace.stream["npu"] == pytest.approx(1024e9)
    assert pace.stream_limit == "channels"


def test_a_slow_npu_limits_the_stream(small: Design) -> None:
    pace = pace_of(replace(small, npu_rows=1, npu_macs=1, npu_mhz=100), 8, 1)
    assert pace.stream_limit == "npu"
    assert pace.stream_rate == pytest.approx(1.6e9)


def test_a_slow_core_or_a_busy_channel_makes_a_slot_longer(small: Design) -> None:
    slow = pace_of(replace(small, core_gmacs=0.25), 8, 1)
    assert slow.slot_seconds == pytest.approx(16384 / 0.25e9)
    busy = pace_of(replace(small, chips=64), 8, 1)
    assert busy.slot_seconds == busy.bus_seconds > 30 * MICRO
    assert busy.stream_rate == 0


def test_results_and_inputs_take_the_link(small: Design) -> None:
    """8 channels: 4096 bytes of results a slot and 2048 of inputs a round, at 0.1 GB/s."""
    pace = pace_of(replace(small, link_gb_s=0.1), 8, 1)
    assert pace.link_seconds == pytest.approx(40.96 * MICRO)
    assert pace.slot_seconds == pace.link_seconds > 30 * MICRO
    assert pace.load_seconds == pytest.approx(20.48 * MICRO)
    assert pace.stream_rate == 0  # nothing is left for pages


def test_pages_have_what_results_leave_of_the_link(small: Design) -> None:
    """Of 2 GB/s, 4096 bytes every 30 us are 7 %; while no core computes, pages have all."""
    pace = pace_of(replace(small, link_gb_s=2), 8, 1)
    assert pace.slot_seconds == pytest.approx(30 * MICRO)
    assert pace.stream["link"] == pytest.approx(2e9 - 4096 / (30 * MICRO))
    assert pace.idle_rate == pytest.approx(2e9)
    each = pace_of(replace(small, link_gb_s=2), 8, 1, each_slot=True)
    assert each.slot_seconds == pytest.approx((30 + 1.024) * MICRO)
    assert each.link_seconds == pytest.approx((2.048 + 1.024) * MICRO)


def test_pages_while_no_core_computes(small: Design) -> None:
    """The least of channels, all planes and the link."""
    pace = pace_of(small, 8, 1)
    assert pace.idle_rate == pytest.approx(8 * 16384 / pace.page_seconds)
    slow = pace_of(replace(small, read_us=300.0), 8, 1)
    assert slow.idle_rate == pytest.approx(64 * 16384 / (300 * MICRO))


def test_narrow_weights_take_a_core_no_longer(small: Design) -> None:
    """Twice as many weights in a page, at twice the rate."""
    wide, narrow = pace_of(small, 8, 1), pace_of(small, 4, 2)
    assert narrow.tile.weights == 2 * wide.tile.weights
    assert narrow.core_seconds == pytest.approx(wide.core_seconds)


def test_a_matrix_of_s(small: Design) -> None:
    """4096 x 4096 is 32 slots of 512 KB. With x taken, 32 - x slots of 30 us are as long as
    x * 512 KB at the stream's rate where x is 9."""
    pace = pace_of(small, 8, 1)
    found = matrices_time("a matrix", (Shape(4096, 4096),), pace, small)
    assert (found.slots, found.npu_pages, found.loads) == (23, 9 * 32, 2)
    assert found.flash_seconds == pytest.approx(23 * 30 * MICRO)
    assert found.stream_seconds == pytest.approx(9 * 256 * 2048 / pace.stream_rate)
    assert found.body_seconds == max(found.flash_seconds, found.stream_seconds)
    assert found.seconds == pytest.approx(found.body_seconds + 2 * pace.load_seconds)


def test_the_same_split_without_slices_adds_up(small: Design) -> None:
    plain = replace(small, slicing=False)
    with_slices = matrices_time("a", (Shape(4096, 4096),), pace_of(small, 8, 1), small)
    pace = pace_of(plain, 8, 1)
    found = matrices_time("a", (Shape(4096, 4096),), pace, plain)
    assert found.slots == with_slices.slots
    pages = found.npu_pages / plain.channels * pace.page_seconds
    assert found.body_seconds == pytest.approx(found.slots * 30 * MICRO + pages)


def test_inputs_are_loaded_once_for_each_vector(small: Design) -> None:
    """Experts share the layer's inputs, and behind them each has its own."""
    tile = tile_of(small, 8, 1)
    first = shapes_of((Matrix("gate_up", 28672, 4096, 8, 2),), 4096)
    second = shapes_of((Matrix("down", 4096, 14336, 8, 2),), 4096)
    assert loads_of(first, tile) == 2
    assert loads_of(second, tile) == 2 * 7


def test_matrices_over_the_same_inputs_are_one() -> None:
    found = shapes_of(
        (Matrix("query", 4096, 4096), Matrix("key", 1024, 4096), Matrix("other", 8, 512)), 4096
    )
    assert found == (Shape(5120, 4096), Shape(8, 512))


def test_attention_reads_the_cache_once(small: Design) -> None:
    """OPT-6.7B: 2 x 4096 bytes a position and layer at 40 GB/s."""
    found = attention_time(small, paper_workload("opt-6.7b"), 1000)
    assert found.read_bytes == 2 * 4096 * 1000
    assert found.written_bytes == 2 * 4096
    assert found.macs == 2 * 4096 * 1000
    assert found.longest == found.seconds["dram"] == pytest.approx(2 * 4096 * 1001 / 40e9)
    slow = attention_time(replace(small, npu_special_gops=0.5), paper_workload("opt-6.7b"), 1000)
    assert slow.longest == pytest.approx(32 * 1000 * 5 / 0.5e9)
