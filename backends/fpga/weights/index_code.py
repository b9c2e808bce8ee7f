"""Ternary weights as the accelerator reads them: ``docs/fpga-weight-format.md``.

Three weights of a row make an index of 5 bits; 32 indices make an entry of 20 bytes, which is one
row of a tile of 96 inputs. Four ports share the rows: row r goes to port r mod 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .axes import padded

Codes = NDArray[np.int8]
Bytes = NDArray[np.uint8]

GROUP = 3  # weights of an index
TABLES = 32  # indices of an entry
TILE = GROUP * TABLES  # inputs
LANES = 4  # ports
ROW_BLOCK = 16  # rows are padded to a multiple of it
ENTRY = 20  # bytes
NEGATED = 16

# What index 0 to 13 stands for, as (a, b, c).
COMBINATIONS = (
    (0, 0, 0),
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (1, 1, 0),
    (1, -1, 0),
    (1, 0, 1),
    (1, 0, -1),
    (0, 1, 1),
    (0, 1, -1),
    (1, 1, 1),
    (1, 1, -1),
    (1, -1, 1),
    (-1, 1, 1),
)


def _index_table() -> Bytes:
    """The index of the weights a, b, c at place 9 (a + 1) + 3 (b + 1) + c + 1."""
    table = np.zeros(27, np.uint8)
    for index, (a, b, c) in enumerate(COMBINATIONS):
        table[13 + 9 * a + 3 * b + c] = index
        table[13 - 9 * a - 3 * b - c] = index | NEGATED if index else 0
    return table


def _weight_table() -> Codes:
    """The weights of each index, [32, 3]; zeros where there is no such index."""
    table = np.zeros((2 * NEGATED, GROUP), np.int8)
    table[: len(COMBINATIONS)] = COMBINATIONS
    table[NEGATED:] = -table[:NEGATED]
    return table


_INDEX = _index_table()
_WEIGHTS = _weight_table()
_KNOWN = np.isin(np.arange(2 * NEGATED), _INDEX)


def tiles_of(inputs: int) -> int:
    """Tiles of a matrix with so many inputs."""
    return -(-inputs // TILE)


def padded_rows(rows: int) -> int:
    """Rows of a matrix as it is stored."""
    return padded(rows, ROW_BLOCK)


def port_bytes(rows: int, inputs: int) -> int:
    """Bytes of one matrix at each port."""
    return tiles_of(inputs) * padded_rows(rows) // LANES * ENTRY


def port_streams(codes: Codes) -> Bytes:
    """A matrix of -1, 0, 1, int8 [rows, inputs], as each port reads it: uint8 [4, bytes]."""
    rows, inputs = codes.shape
    tiles, height = tiles_of(inputs), padded_rows(rows)
    filled = np.zeros((height, tiles * TILE), np.int8)
    filled[:rows, :inputs] = codes
    # The sums wrap within int8 nowhere: they lie between 0 and 26.
    places = 9 * filled[:, 0::3] + 3 * filled[:, 1::3] + filled[:, 2::3] + np.int8(13)
    entries = _packed(_INDEX[places].reshape(height, tiles, TABLES))
    # [step, port, tile, bytes] -> [port, tile, step, bytes]
    ordered = entries.reshape(height // LANES, LANES, tiles, ENTRY).transpose(1, 2, 0, 3)
    return np.ascontiguousarray(ordered).reshape(LANES, -1)


def weights_of(streams: Bytes, rows: int, inputs: int) -> Codes:
    """Back to int8 [rows, inputs]. Raises ``ValueError`` for what ``port_streams`` never makes."""
    tiles, height = tiles_of(inputs), padded_rows(rows)
    if streams.shape != (LANES, port_bytes(rows, inputs)):
        raise ValueError(f"a matrix {rows} x {inputs} has other streams than {streams.shape}")
    ordered = streams.reshape(LANES, tiles, height // LANES, ENTRY).transpose(2, 0, 1, 3)
    indices = _unpacked(ordered.reshape(height, tiles, ENTRY))
    if not _KNOWN[indices].all():
        raise ValueError("an index that stands for nothing")
    filled = _WEIGHTS[indices].reshape(height, tiles * TILE)
    if filled[rows:].any() or filled[:, inputs:].any():
        raise ValueError("weights beyond the matrix")
    return np.ascontiguousarray(filled[:rows, :inputs])


def _packed(indices: Bytes) -> Bytes:
    """Indices of 5 bits [..., 32] as bytes [..., 20], the lowest bits first."""
    i = np.moveaxis(indices.reshape(*indices.shape[:-1], 4, 8), -1, 0)
    parts = (
        i[0] | i[1] << 5,
        i[1] >> 3 | i[2] << 2 | i[3] << 7,
        i[3] >> 1 | i[4] << 4,
        i[4] >> 4 | i[5] << 1 | i[6] << 6,
        i[6] >> 2 | i[7] << 3,
    )
    return np.stack(parts, axis=-1).reshape(*indices.shape[:-1], ENTRY)


def _unpacked(entries: Bytes) -> Bytes:
    """The inverse of ``_packed``."""
    b = np.moveaxis(entries.reshape(*entries.shape[:-1], 4, 5), -1, 0)
    parts = (
        b[0],
        b[0] >> 5 | b[1] << 3,
        b[1] >> 2,
        b[1] >> 7 | b[2] << 1,
        b[2] >> 4 | b[3] << 4,
        b[3] >> 1,
        b[3] >> 6 | b[4] << 2,
        b[4] >> 3,
    )
    stacked = np.stack(parts, axis=-1) & np.uint8(31)
    whole: Bytes = stacked.reshape(*entries.shape[:-1], TABLES)
    return whole
