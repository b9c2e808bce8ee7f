"""Bytes are those that the packer writes; cycles are those that the sources say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.decoder.config import DecoderConfig, rope_frequencies
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing import attention, loops, matmul, streaming, work
from edgesdk_backends.fpga.timing.attention import slots
from edgesdk_backends.fpga.timing.cycles import lookup_cycles
from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.matmul import matmul_seconds
from edgesdk_backends.fpga.weights import layout
from edgesdk_backends.fpga.weights.index_code import port_streams
from edgesdk_backends.fpga.weights.writer import _shape

KERNELS = Path(__file__).parents[3] / "hls" / "kernels"
LARGE = read_subject("bitnet-0.73b").config
NEWER = read_subject("bitnet-2b4t").config


def kernel(name: str) -> str:
    return (KERNELS / name).read_text()


@pytest.mark.parametrize("seed", range(20))
def test_the_bytes_are_the_packers_of_any_sizes(seed: int, design: Streaming) -> None:
    random = np.random.default_rng(seed)
    hidden, intermediate, half = (int(n) for n in random.integers(1, 300, 3))
    sizes = {"hidden": hidden, "intermediate": intermediate, "head_size": 2 * half}
    turned = rope_frequencies(2 * half, 10000.0)
    config = replace(LARGE, **sizes, heads=6, kv_heads=2, layers=3, frequencies=turned)
    written = layout.sizes(_shape(config, 16, False))
    assert streaming.layout_bytes(design, config) == 4 * written["weights_0"]


@pytest.mark.parametrize("seed", range(5))
def test_the_bytes_are_the_packers(seed: int, design: Streaming) -> None:
    random = np.random.default_rng(seed)
    hidden, intermediate = (16 * int(n) for n in random.integers(1, 20, 2))
    config = replace(LARGE, hidden=hidden, intermediate=intermediate, heads=4, kv_heads=2, layers=3)
    written = sum(
        matrix.count * port_streams(np.zeros((matrix.rows, matrix.inputs), np.int8)).size
        for matrix in work.matrices(config)
    )
    assert streaming.layout_bytes(design, config) == 3 * written


@pytest.mark.parametrize(("config", "most"), [(LARGE, 1.68), (NEWER, 1.69)])
def test_little_is_wasted(config: DecoderConfig, most: float, design: Streaming) -> None:
    bits = 8 * streaming.layout_bytes(design, config) / work.ternary_weights(config)
    assert 5 / 3 < bits < most  # the release of TeLLMe takes 2.064


def test_the_weights_of_a_known_model_are_counted() -> None:
    assert work.ternary_weights(LARGE) == 679_477_248  # the model's published size, less 49,155,072
    assert work.head_bytes(LARGE) == 49_155_072


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("vector", "VECTOR"),
        ("summed", "SUMMED"),
        ("activation", "ACTIVATION"),
        ("queries", "QUERIES"),
        ("members", "MEMBERS"),
        ("recurrence", "RECURRENCE"),
        ("heads", "HEADS"),
        ("by_turns", "BY_TURNS"),
    ],
)
def test_the_rates_are_those_of_the_kernels(key: str, name: str, design: Streaming) -> None:
    [value] = re.findall(rf"constexpr int {name} = (\d+);", kernel("rates.hpp"))
    assert getattr(design, key) == int(value)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("tables", "TABLES"),
        ("lanes", "LANES"),
        ("chunk", "CHUNK"),
        ("max_hidden", "MAX_HIDDEN"),
        ("max_width", "MAX_WIDTH"),
        ("max_intermediate", "MAX_INTERMEDIATE"),
        ("max_head_size", "MAX_HEAD_SIZE"),
    ],
)
def test_the_sizes_are_those_of_the_kernels(key: str, name: str, design: Streaming) -> None:
    [value] = re.findall(rf"constexpr int {name} = (\d+);", kernel("config.hpp"))
    assert getattr(design, key) == int(value)


def test_the_walk_over_the_cache_is_counted_slot_by_slot(design: Streaming) -> None:
    for *case, heads in [
        (0, 8, 1, 6, 1),
        (100, 1, 1, 6, 2),
        (100, 1, 1, 6, 1),
        (17, 5, 4, 8, 1),
        (3, 8, 8, 2, 1),
    ]:
        start, *others = case
        found = slots(design, np.array([start]), *others, heads=heads)
        assert found == [walked(design, *case, heads=heads)]


def walked(
    design: Streaming, start: int, tokens: int, members: int, steps: int, *, heads: int
) -> int:
    """As the comment in attention.hpp says it, row after row."""
    total = 0
    for row in range(start + tokens):
        first = max(0, row - start) * members  # the first query that sees the row
        batches = {query // design.queries for query in range(first, tokens * members)}
        total += max(heads * len(batches) * steps, design.recurrence)
    return total


def ideal(design: Streaming, latency: int) -> Streaming:
    """With a memory that never waits: all that the ports can carry. Latency in cycles."""
    return replace(
        design,
        ddr_efficiency=1.0,
        port_efficiency=1.0,
        peak_gb_s=1000.0,
        read_latency_ns=4 * latency,
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_matmul_begins_with_the_cycles_of_the_rtl(seed: int, design: Streaming) -> None:
    # Of 640 rows on, and where tables are built in time, only the first fetch is added.
    random = np.random.default_rng(seed)
    rows, tiles = 16 * int(random.integers(40, 433)), int(random.integers(1, 73))
    tokens, latency = int(random.integers(1, 9)), int(random.integers(1, 200))
    found = matmul_seconds(ideal(design, latency), rows, 96 * tiles, tokens) / design.cycle
    wanted = lookup_cycles(rows, tiles, tokens, latency=latency) + 6 * tokens
    assert found == pytest.approx(wanted, abs=2)


@pytest.mark.parametrize("seed", range(20))
def test_a_matmul_takes_what_the_kernels_say(seed: int, design: Streaming) -> None:
    random = np.random.default_rng(seed)
    rows, tiles = 16 * int(random.integers(1, 80)), int(random.integers(1, 73))
    tokens, latency = int(random.integers(1, 9)), int(random.integers(1, 200))
    found = matmul_seconds(ideal(design, latency), rows, 96 * tiles, tokens) / design.cycle
    assert found == pytest.approx(walked_through(rows, tiles, tokens, latency), rel=0.01, abs=10)


def walked_through(rows: int, tiles: int, tokens: int, latency: int) -> float:
    """Tile after tile, with two banks of tables, as the comments in matmul.hpp have it."""
    use, build = max(5 / 16 * rows, rows / 4 + 40), 20 * tokens
    built = 14 + latency
    used = before = 0.0
    for _ in range(tiles):
        built = max(built, before) + build
        before, used = used, max(used, built + 2) + use
    return used


def test_a_memory_far_away_slows_a_matmul_down(design: Streaming) -> None:
    near, far = (matmul_seconds(ideal(design, at), 4096, 1536, 1) for at in (400, 1200))
    assert far > 2.9 * near


@pytest.mark.parametrize(
    ("header", "pattern", "wanted"),
    [
        ("tables.hpp", r"\((\d+) to fetch 96 codes \+ 14\) \* tokens", 96 // matmul.FETCHED),
        ("weights.hpp", r"as many as come in the (\d+) cycles or fewer", matmul.PAUSE),
    ],
)
def test_what_the_matmul_adds_is_in_the_comments(header: str, pattern: str, wanted: int) -> None:
    text = " ".join(kernel(header).replace("//", " ").split())
    assert re.findall(pattern, text) == [str(wanted)]


def test_the_cycles_of_operators_are_those_that_rates_supposes() -> None:
    text = " ".join(kernel("rates.hpp").replace("//", " ").split())
    assert re.findall(r"multiplication (\d+) cycles, an addition (\d+)", text) == [
        (str(attention.PRODUCT), str(attention.ADDITION))
    ]


@pytest.mark.parametrize(
    ("header", "pattern", "wanted"),
    [
        ("norm.hpp", r"product and five additions, about (\d+)", loops.TAKE_FILL),
        ("norm.hpp", r"n / VECTOR cycles \+ about (\d+) \(rsqrt\)", loops.SCALE_FILL),
        ("norm.hpp", r"n / VECTOR cycles \+ about (\d+) \(reciprocal\)", loops.CODES_FILL),
        ("layer.hpp", r"rows / VECTOR cycles \+ about (\d+)", loops.PLACE_FILL),
        ("layer.hpp", r"rows / ACTIVATION cycles \+ about (\d+)", loops.ACTIVATE_FILL),
        ("attention.hpp", r"head_size / VECTOR cycles \+ about (\d+)", loops.STORE_FILL),
        ("attention.hpp", r"About (\d+) once, to fill the pipelines", attention.LAYER_FILL),
    ],
)
def test_the_fills_are_those_of_the_comments(header: str, pattern: str, wanted: int) -> None:
    text = " ".join(kernel(header).replace("//", " ").split())
    assert re.findall(pattern, text) == [str(wanted)]


def test_the_large_memories_are_joined_as_their_pragmas_say(design: Streaming) -> None:
    text = kernel("decoder.cpp")
    for name in ("hidden", "query", "key", "value", "gated", "row", "weights"):
        [factor] = re.findall(rf"ARRAY_RESHAPE variable=work.{name} cyclic factor=(\d+)", text)
        assert design.joined == int(factor)
    for name in ("hidden", "query", "key", "value", "gated"):
        assert re.search(rf"BIND_STORAGE variable=work.{name} .*impl=uram", text)
