"""The RTL's sums against integer matmuls, to the bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.rtl_build import rtl_library
from edgesdk_backends.fpga.emulator.rtl_simulation import BusMemory, Simulation
from edgesdk_backends.fpga.timing.cycles import matmul_cycles
from edgesdk_backends.fpga.weights.index_code import TILE, port_streams, weights_of

from .problems import Problem, drawn, drawn_shape, solve

Simulate = Callable[..., Simulation]


@pytest.mark.parametrize("seed", range(12))
def test_drawn_shapes(block: Simulation, seed: int) -> None:
    solve(block, drawn_shape(seed, 8))


@pytest.mark.long
@pytest.mark.parametrize("chunk", [1, 2, 5, 8])
def test_drawn_shapes_in_blocks_of_other_sizes(simulate: Simulate, chunk: int) -> None:
    block = simulate(chunk)
    for seed in range(60):
        solve(block, drawn_shape(seed, chunk))


@pytest.mark.parametrize("code", [-128, -127, 127])
@pytest.mark.parametrize("weight", [-1, 1])
def test_the_largest_sums(block: Simulation, code: int, weight: int) -> None:
    """As many tiles as there may be: no sum leaves its 21 bits."""
    weights = np.full((16, 72 * TILE), weight, np.int8)
    solve(block, Problem(weights, np.full((2, 72 * TILE), code, np.int8)))


@pytest.mark.long
@pytest.mark.parametrize("code", [-128, 127])
@pytest.mark.parametrize("weight", [-1, 1])
def test_the_largest_sums_of_the_largest_block(simulate: Simulate, code: int, weight: int) -> None:
    """One tile more is refused where the block is built: see test_sources."""
    block = simulate(1, MAX_ROWS=16, MAX_TILES=85)
    weights = np.full((16, 85 * TILE), weight, np.int8)
    solve(block, Problem(weights, np.full((1, 85 * TILE), code, np.int8)))


def test_all_rows_that_there_may_be(block: Simulation) -> None:
    solve(block, drawn(1, 6912, 1, 3))


@pytest.mark.long
def test_the_largest_matrix(block: Simulation) -> None:
    solve(block, drawn(1, 6912, 72, 2))


def test_every_combination_of_three(block: Simulation) -> None:
    """All 27 weights of a group, in each of the 32 groups."""
    weights = np.zeros((27 * 32, TILE), np.int8)
    trits = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(27, 3)
    for group in range(32):
        weights[27 * group : 27 * group + 27, 3 * group : 3 * group + 3] = trits
    codes = np.random.RandomState(3).randint(-127, 128, (8, TILE)).astype(np.int8)
    solve(block, Problem(weights, codes))


def test_a_run_leaves_nothing_behind(block: Simulation) -> None:
    """Many tokens, then one, then many again."""
    for tokens in (8, 1, 8):
        solve(block, drawn(tokens, 64, 3, tokens))


def test_invalid_codes_harm_their_own_rows_alone(block: Simulation) -> None:
    """14 and 15, negated or not: entries of a table that nobody writes, and so anything."""
    problem = drawn(5, 16, 2, 2)
    streams = port_streams(problem.weights)
    for byte, invalid in ((0, 14), (20, 15), (40, 30), (60, 31)):
        streams[1, byte] = (streams[1, byte] & 0xE0) | invalid
    status, sums = block.matmul(streams, 16, problem.codes)
    assert status == 0
    others = [row for row in range(16) if row % 4 != 1]  # those of the other ports
    np.testing.assert_array_equal(sums[:, others], problem.answer[:, others])
    with pytest.raises(ValueError, match="stands for nothing"):
        weights_of(streams, 16, 2 * TILE)


@pytest.mark.parametrize("seed", range(1, 6))
def test_nothing_depends_on_what_it_holds_before_the_reset(block: Simulation, seed: int) -> None:
    """Another unit of the same block, which begins with anything at all, takes the same cycles."""
    unit = Simulation(rtl_library(8), seed=seed)
    for number in range(6):
        problem = drawn_shape(100 * seed + number, 8)
        solve(unit, problem)
        assert unit.counts.cycles == matmul_cycles(problem.rows, problem.tiles, problem.tokens)


@pytest.mark.parametrize("seed", range(12))
def test_a_memory_that_makes_it_wait(block: Simulation, seed: int) -> None:
    """Latency, refusals on every channel, little bandwidth, arrays anywhere within 4096 bytes."""
    random = np.random.RandomState(seed)
    memory = BusMemory(
        latency=int(random.choice([1, 3, 60, 300])),
        bandwidth=int(random.choice([0, 200, 700])),
        refusal=random.randint(20, 200),
        seed=seed,
        offset=random.randint(0, 256),
    )
    block.configure(memory)
    solve(block, drawn_shape(seed + 100, 8))
