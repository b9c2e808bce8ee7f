"""Where the tables of a model file lie: ``docs/nand-model-file.md``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .codes import row_bytes
from .shape import HEADER, Matrix, ModelShape

ALIGNMENT = 64  # bytes


@dataclass(frozen=True)
class Table:
    """``dtype``: as numpy writes it, little-endian. ``offset``: in bytes of the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self.dtype[-1]) * math.prod(self.shape)


def tables(shape: ModelShape) -> dict[str, Table]:
    """All tables by name, in their order; none overlaps another, since the sizes make the places.

    ``shape`` must be without faults.
    """
    found: dict[str, Table] = {}
    place = HEADER
    for name, dtype, sizes in _contents(shape):
        table = Table(name, dtype, sizes, place)
        found[name] = table
        place += -(-table.size // ALIGNMENT) * ALIGNMENT
    return found


def file_size(found: dict[str, Table]) -> int:
    """Bytes of a file with these tables; it ends with the last one."""
    last = list(found.values())[-1]
    return last.offset + last.size


def _contents(shape: ModelShape) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    yield "frequencies", "<f4", (shape.head_size // 2,)
    yield "embedding", "<f4" if shape.wide_embedding else "<f2", (shape.vocabulary, shape.hidden)
    for layer in range(shape.layers):
        for name, size in _norms(shape):
            yield f"layers.{layer}.{name}", "<f4", (size,)
        for matrix in shape.layer_matrices(layer):
            yield from _matrix(matrix, shape.smoothed)
    yield "final_norm", "<f4", (shape.hidden,)
    yield from _matrix(shape.head, shape.smoothed)


def _norms(shape: ModelShape) -> Iterator[tuple[str, int]]:
    yield "attention_norm", shape.hidden
    yield "ffn_norm", shape.hidden
    if shape.sub_norms:
        yield "attention_sub_norm", shape.query_width
        yield "ffn_sub_norm", shape.intermediate


def _matrix(matrix: Matrix, smoothed: bool) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    yield f"{matrix.name}.codes", "|u1", (matrix.rows, row_bytes(matrix.inputs, matrix.bits))
    yield f"{matrix.name}.scales", "<f4", (matrix.rows,)
    if smoothed:
        yield f"{matrix.name}.smoothing", "<f4", (matrix.inputs,)
