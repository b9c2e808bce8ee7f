"""Matmuls to solve, and the plain integer answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.fpga.emulator.rtl_simulation import Simulation
from edgesdk_backends.fpga.registers.spec import STATUS
from edgesdk_backends.fpga.weights.index_code import TILE, port_streams


@dataclass(frozen=True, eq=False)
class Problem:
    weights: NDArray[np.int8]  # [rows, 96 * tiles]
    codes: NDArray[np.int8]  # [tokens, 96 * tiles]

    @property
    def rows(self) -> int:
        return self.weights.shape[0]

    @property
    def tiles(self) -> int:
        return self.weights.shape[1] // TILE

    @property
    def tokens(self) -> int:
        return self.codes.shape[0]

    @property
    def answer(self) -> NDArray[np.int32]:
        return self.codes.astype(np.int32) @ self.weights.astype(np.int32).T


def drawn(seed: int, rows: int, tiles: int, tokens: int) -> Problem:
    random = np.random.RandomState(seed)
    weights = random.randint(-1, 2, (rows, TILE * tiles)).astype(np.int8)
    codes = random.randint(-127, 128, (tokens, TILE * tiles)).astype(np.int8)
    return Problem(weights, codes)


def drawn_shape(seed: int, chunk: int) -> Problem:
    """Of any small shape."""
    random = np.random.RandomState(seed)
    rows, tiles = 16 * random.randint(1, 25), random.randint(1, 6)
    return drawn(seed, rows, tiles, random.randint(1, chunk + 1))


def solve(block: Simulation, problem: Problem) -> None:
    """It finishes, keeps the rules of the bus, and is right."""
    status, sums = block.matmul(port_streams(problem.weights), problem.rows, problem.codes)
    assert (status, block.fault) == (STATUS["done"], "")
    np.testing.assert_array_equal(sums, problem.answer)
