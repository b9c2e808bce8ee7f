"""Ternary weights as ``docs/fpga-weight-format.md`` lays them out, read back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PORTS, TABLES = 4, 32
TILE = 3 * TABLES  # inputs
ROWS = 16  # rows are a multiple of it
ENTRY = 20  # bytes: 32 indices of 5 bits
KEPT_BYTES = 256 << 20  # of decoded matrices

Streams = NDArray[np.uint8]  # [4, bytes]

# The combinations of three weights that the document names a, b, c; the last two are invalid.
_NAMED = [
    *([0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]),
    *([1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1]),
    *([1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]),
    *([0, 0, 0], [0, 0, 0]),
]
WEIGHTS_OF = np.array([_NAMED, np.negative(_NAMED)], np.int8).reshape(32, 3)


def padded_to(multiple: int, size: int) -> int:
    """The size, rounded up."""
    return -(-size // multiple) * multiple


def bytes_of(rows: int, inputs: int) -> int:
    """What a matrix takes at each port."""
    return padded_to(TILE, inputs) // TILE * padded_to(ROWS, rows) // PORTS * ENTRY


def decoded(streams: Streams, rows: int, inputs: int) -> NDArray[np.int8]:
    """The weights [rows, inputs] of a matrix whose ports read these bytes."""
    tiles, steps = padded_to(TILE, inputs) // TILE, padded_to(ROWS, rows) // PORTS
    bits = np.unpackbits(streams, axis=-1, bitorder="little")
    fives = bits.reshape(PORTS, tiles, steps, TABLES, 5)
    indices = fives @ np.array([1, 2, 4, 8, 16], np.uint8)
    weights = WEIGHTS_OF[indices]  # [port, tile, step, table, 3]
    ordered = weights.transpose(2, 0, 1, 3, 4)  # row 4 s + p is step s of port p
    matrix: NDArray[np.int8] = ordered.reshape(steps * PORTS, tiles * TILE)
    return matrix[:rows, :inputs]


class Matrices:
    """Decodes each matrix once, for as long as memory holds the same bytes of it."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit, self._bytes = limit, 0
        self._kept: dict[tuple[int, int, int], tuple[Streams, NDArray[np.float32]]] = {}

    def weights(self, place: int, streams: Streams, rows: int, inputs: int) -> NDArray[np.float32]:
        """The weights [rows, inputs], as floats: ``sums`` wants them so.

        ``place``: which of the model's matrices it is; one of each is kept.
        """
        key = place, rows, inputs
        if key in self._kept and np.array_equal(self._kept[key][0], streams):
            return self._kept[key][1]
        found = decoded(streams, rows, inputs).astype(np.float32)
        self._keep(key, streams, found)
        return found

    def _keep(
        self, key: tuple[int, int, int], streams: Streams, weights: NDArray[np.float32]
    ) -> None:
        old = self._kept.pop(key, None)
        self._bytes -= old[1].nbytes if old else 0
        if self._bytes + weights.nbytes <= self._limit:
            self._kept[key] = streams, weights
            self._bytes += weights.nbytes


def sums(codes: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """Codes [n, inputs] times weights [rows, inputs] transposed: exact integers [n, rows].

    In float32 however the additions are ordered: all that can occur on the way are integers of at
    most 127 * 8256, and float32 has all of those up to 2^24.
    """
    found: NDArray[np.int64] = (codes.astype(np.float32) @ weights.T).astype(np.int64)
    return found
