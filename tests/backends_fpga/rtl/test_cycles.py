"""The block's own count of cycles against the formula of the timing model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.rtl_simulation import BusMemory, Simulation
from edgesdk_backends.fpga.timing import cycles

from .problems import Problem, drawn, drawn_shape, solve

WEIGHTS = 0b001111  # the weights' channels


def formula(problem: Problem, latency: int = 1) -> int:
    return cycles.matmul_cycles(problem.rows, problem.tiles, problem.tokens, latency=latency)


def check(block: Simulation, problem: Problem, memory: BusMemory) -> None:
    block.configure(memory)
    solve(block, problem)
    assert block.counts.cycles == formula(problem, memory.latency)
    assert block.counts.stalls == 0


@pytest.mark.parametrize("seed", range(16))
def test_exact_on_drawn_shapes(block: Simulation, seed: int) -> None:
    random = np.random.RandomState(seed)
    latency = int(random.choice([1, 2, 65, 300, cycles.MOST_LATENCY]))
    memory = BusMemory(latency=latency, offset=random.randint(0, 256))
    check(block, drawn_shape(seed, 8), memory)


@pytest.mark.parametrize("tokens", range(1, 9))
def test_exact_where_building_takes_as_long_as_using(block: Simulation, tokens: int) -> None:
    around = round(cycles.build_cycles(tokens) / cycles.BLOCK_WORDS)
    for blocks in {max(1, around + n) for n in (-1, 0, 1, 2)}:
        check(block, drawn(tokens, 16 * blocks, 5, tokens), BusMemory())


@pytest.mark.long
@pytest.mark.parametrize("chunk", [1, 8])
def test_exact_on_many_shapes(simulate: Callable[[int], Simulation], chunk: int) -> None:
    block = simulate(chunk)
    for seed in range(200):
        check(block, drawn_shape(seed, chunk), BusMemory(latency=1 + seed, offset=seed))


def test_five_cycles_for_four_steps_and_not_one_more(block: Simulation) -> None:
    """A tile more costs its words and nothing else: no bubble between tiles, none within."""
    rows = 512
    counted = []
    for tiles in (4, 5, 9):
        solve(block, drawn(1, rows, tiles, 1))
        counted.append(block.counts.cycles)
    assert np.diff(counted).tolist() == [160, 640] == [rows // 4 * 5 // 4, rows * 5 // 4]


def test_stalls_are_the_cycles_that_weights_cost(block: Simulation) -> None:
    """With refusals at the weights only, nothing else is lost."""
    for seed in range(6):
        problem = drawn(seed, 512, 4, 1)
        memory = BusMemory(refusal=60 + 20 * seed, channels=WEIGHTS, seed=seed)
        block.configure(memory)
        solve(block, problem)
        assert block.counts.stalls > 100
        assert block.counts.cycles == formula(problem) + block.counts.stalls


@pytest.mark.parametrize("bandwidth", [256, 512, 768])
def test_bound_by_bandwidth(block: Simulation, bandwidth: int) -> None:
    """Words cannot come faster than memory moves them, and come nearly as fast."""
    problem = drawn(1, 1024, 4, 1)
    block.configure(BusMemory(bandwidth=bandwidth))
    solve(block, problem)
    moving = block.counts.words * 256 / bandwidth
    rest = formula(problem) - cycles.lookup_cycles(1024, 4, 1)  # the drain, and what is around it
    assert moving < block.counts.cycles < moving + rest + 600
    assert block.counts.stalls > moving / 4 - 600


def test_no_word_is_read_twice(block: Simulation) -> None:
    problem = drawn(1, 160, 3, 4)
    solve(block, problem)
    assert block.counts.words == 4 * 3 * 10 * 5 + 4 * 3 * 6


def test_lookups_end_before_the_sums_are_written() -> None:
    whole = cycles.matmul_cycles(1536, 16, 8)
    looked_up = cycles.lookup_cycles(1536, 16, 8)
    assert looked_up == cycles.fill_cycles(8) + 16 * cycles.use_cycles(1536)
    assert whole - looked_up == cycles.drain_cycles(1536, 8) + 15
