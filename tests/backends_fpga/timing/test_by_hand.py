"""Parts of one prediction, computed by hand: bitnet-0.73b, our sizes, 250 MHz, as expected.

The page has the same numbers, but it is written by the code; these are not.
"""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from edgesdk.predict import DECODE, PREFILL
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing import attention, loops, operators, resources, streaming
from edgesdk_backends.fpga.timing.area import Operators
from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.phases import Phases
from edgesdk_backends.fpga.timing.profile import read_profile

LARGE = read_subject("bitnet-0.73b").config
PORT = 16 * 250e6 * 0.9675  # bytes each second


def test_latency_is_a_time(design: Streaming) -> None:
    assert design.read_latency == 100  # 400 ns
    faster = read_profile("edge").with_value("clock_mhz", 1000.0).at("worst")
    assert isinstance(faster, Streaming)
    assert faster.read_latency == 650


def test_vector_work_of_a_token(design: Streaming) -> None:
    # Squares two at a time, scaling and codes (of whole tiles of 96) four at a time, pipelines.
    narrow = 1536 / 2 + (1536 + 1536) / 4 + 210
    wide = 4096 / 2 + (4096 + 4128) / 4 + 210
    placed = (5 * 1536 + 4096) / 4 + 6 * 40
    assert loops.token_cycles(design, LARGE) == 3 * narrow + wide + placed + 4096 + 200 == 17_032


def test_vector_work_of_a_chunk(design: Streaming) -> None:
    parameters = (3 * 1536 + 4096 + 16) / 4 + 5 * 100
    rows = 2 * (1536 / 4 + 16 * 60)  # of keys, and of values
    assert loops.chunk_cycles(design, LARGE, 1) == parameters + rows + 100 == 5468
    loaded, normed = 384 + 24 + 200, 1746 + 384 + 100
    assert loops.ends_cycles(design, LARGE, 1) == loaded + 384 + 100 + normed == 3322


def test_a_turn_of_attention(design: Streaming) -> None:
    # 129 rows of two key heads, 16 cycles each; 6 steps of each query written, pipelines to end.
    at = np.array([128])
    work = attention.work_seconds(design, at, 1, 1, 96, heads=2)
    assert work * 250e6 == pytest.approx(129 * 16 + 12 + 88)
    # 129 rows of 6 words of each, by turns of 256: four times each of them.
    memory = attention.memory_seconds(design, at + 1, 96, heads=2)
    assert memory == pytest.approx(2 * 129 * 96 * 2 / (2 * PORT) + 8 * 100 / 250e6)
    assert attention.turn_seconds(design, at, 1, 1, 96, heads=2) == max(work, memory)
    assert attention.attention_limit(design, LARGE, 128, 1) == "memory"
    assert attention.attention_limit(design, LARGE, 56, 8) == "clock"


def test_all_of_attention(design: Streaming) -> None:
    turn = float(attention.turn_seconds(design, np.array([128]), 1, 1, 96, heads=2)[0])
    found = attention.attention_seconds(design, LARGE, np.array([128]), 1)
    assert found == pytest.approx(24 * (8 * turn + (500 + 100) / 250e6))


def test_the_head(design: Streaming) -> None:
    head = streaming.decode_parts(design, LARGE, 128)[3]
    assert head.seconds == pytest.approx(32002 * 1536 / (4 * PORT) + 32 * (100 + 40) / 250e6)


def test_the_host(design: Streaming) -> None:
    decode, prompt = (
        parts(design, LARGE, 64)[4] for parts in (streaming.decode_parts, streaming.prefill_parts)
    )
    assert decode.seconds == pytest.approx(0.6e-3 + 0.3e-3 + 32002 * 25e-9)
    assert prompt.seconds - decode.seconds == pytest.approx(0.6e-3)  # a second call


@pytest.mark.parametrize(("at", "ceiling"), [(1, 98.1), (128, 89.1), (1024, 53.9)])
def test_the_ceiling_of_decoding(at: int, ceiling: float) -> None:
    # facts of the board: 19.2 GB/s, of which 94 % have been shown.
    read = 679_477_248 * log2(3) / 8 + 32002 * 1536 + at * 24 * 1536 * 2 * 2
    found = Phases(read_profile("edge"), LARGE).phase(DECODE, at)
    assert found.ceiling == pytest.approx(0.94 * 19.2e9 / read)
    assert round(found.ceiling, 1) == ceiling


def test_the_ceiling_of_a_prompt() -> None:
    found = Phases(read_profile("edge"), LARGE).phase(PREFILL, 64)
    assert found.ceiling == pytest.approx(3 * 32 * 4 * 8 * 250e6 / 679_477_248)


def test_energy_is_power_times_time() -> None:
    found = Phases(read_profile("edge"), LARGE).phase(PREFILL, 64)
    assert found.joules is not None
    assert found.joules.best == pytest.approx(4.8 * found.seconds.best / 64)
    assert found.joules.worst == pytest.approx(7.0 * found.seconds.worst / 64)


def test_attention_of_the_other_design() -> None:
    found = Phases(read_profile("tellme"), LARGE).phase(DECODE, 128).terms[2]
    assert found.seconds.expected == pytest.approx(128 * 24 * 1536 * 4 / PORT)
    assert found.limit == "1 port"


def test_operators_of_attention(design: Streaming) -> None:
    # Scores, softmax with an exponential and a reciprocal, values; the products of the division.
    wanted = Operators(
        multiplications=16 + (10 + 6 + 1) + 32 + 16,
        additions=(15 + 8) + (11 + 3 + 2) + 16,
        conversions=2,
        comparisons=1,
    )
    assert operators.attention(design, 8) == wanted


def test_memories_of_attention(design: Streaming) -> None:
    # Three arrays of 512 x 512 bits, and for two heads queues of 256 and 512 words of 256 bits.
    assert resources.attention_memory(design).bram36 == 3 * 7.5 + 2 * (4 + 4)
    held = resources.held(8)
    assert (held.lut, held.ff) == (2 * 512 * 2, 2 * 512 * 8)
    whole = resources.attention(design, 8)
    assert whole.ff - operators.attention(design, 8).area.ff == held.ff


def test_the_bus(design: Streaming) -> None:
    [bus] = [block.area for block in resources.blocks(design) if block.name == "bus and control"]
    assert (bus.lut, bus.ff, bus.bram36) == (5 * 1200 + 8000, 5 * 1800 + 10000, 5 * 2 + 4 * 2)


def test_large_memories(design: Streaming) -> None:
    # Banks of 128 bits: two blocks wide; hidden and the three of a width 2560, gate 6912.
    assert resources.activations(design).uram == 4 * 2 * 2 + 2 * 4
