"""Packed matrices in numpy arrays, and the kernels called on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.cpu.decoder.native import ffi, lib

BASE3, TWO_BIT = lib.EDGE_BASE3, lib.EDGE_TWO_BIT
INT8, INT4 = lib.EDGE_INT8, lib.EDGE_INT4
GROUP = 16  # rows
FORMS = ("avx512", "avx2", "neon-dot", "neon")
HERE = [form for form in FORMS if lib.edge_form_runs(form.encode())]  # beside plain


def aligned(shape: int | tuple[int, ...], dtype: Any, fill: int = 0) -> NDArray[Any]:
    """An array that begins at a multiple of 64 bytes."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.full(count + 64, fill, np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : begin + count].view(dtype).reshape(shape)


def pointer(kind: str, array: NDArray[Any] | None) -> Any:
    """A C pointer to an array's first element; NULL for None."""
    return ffi.NULL if array is None else ffi.cast(f"{kind} *", array.ctypes.data)


def padded(values: NDArray[np.int8], packing: int) -> NDArray[np.int8]:
    """Vectors [n, depth] as the kernels take them: zeros up to the padded depth."""
    out = aligned((len(values), lib.edge_padded_depth(packing, values.shape[1])), np.int8)
    out[:, : values.shape[1]] = values
    return out


@dataclass(frozen=True)
class Packed:
    """A packed matrix; ``scales`` belong to INT8 only."""

    packing: int
    rows: int
    depth: int
    blocks: NDArray[np.uint8]
    scales: NDArray[np.float32] | None = None

    @property
    def groups(self) -> int:
        """Groups of 16 rows."""
        return -(-self.rows // GROUP)

    @contextmanager
    def matrix(self) -> Iterator[Any]:
        """The ``struct edge_matrix`` of it."""
        blocks, scales = pointer("uint8_t", self.blocks), pointer("float", self.scales)
        numbers = (self.rows, self.depth, self.packing)
        yield ffi.new("struct edge_matrix *", (blocks, scales, *numbers))

    def vector(
        self, form: str, x: NDArray[np.int8], first: int = 0, count: int | None = None
    ) -> NDArray[np.int32]:
        """``w @ x`` of one vector [depth], of groups ``first`` .. ``first + count - 1``."""
        count = self.groups - first if count is None else count
        y = aligned(GROUP * count, np.int32, fill=0x5A)
        with self.matrix() as matrix:
            whole = padded(x[None], self.packing)
            arguments = (first, count, pointer("int8_t", whole), int(x.sum(dtype=np.int64)))
            called = lib.edge_call_ternary_vector(
                form.encode(), matrix, *arguments, pointer("int32_t", y)
            )
        assert called == 0
        return y

    def tile(
        self, form: str, x: NDArray[np.int8], first: int = 0, count: int = 4
    ) -> NDArray[np.int32]:
        """``w @ x`` of many vectors [n, depth]: int32 [n, 64] of up to 4 groups."""
        whole = padded(x, self.packing)
        sums = x.sum(axis=1, dtype=np.int32)
        y = aligned((len(x), 64), np.int32, fill=0x5A)
        scratch = aligned(lib.edge_matrix_scratch(self.depth), np.uint8, fill=0xA5)
        with self.matrix() as matrix:
            vectors = (pointer("int8_t", whole), whole.shape[1], pointer("int32_t", sums), len(x))
            outputs = (pointer("uint8_t", scratch), pointer("int32_t", y))
            called = lib.edge_call_ternary_matrix(
                form.encode(), matrix, first, count, *vectors, *outputs
            )
        assert called == 0
        return y

    def head(
        self,
        form: str,
        x: NDArray[np.int32],
        scale: float,
        first: int = 0,
        count: int | None = None,
    ) -> NDArray[np.float32]:
        """``scale * w @ x`` of a vector [depth] of 15-bit integers."""
        count = self.groups - first if count is None else count
        low = (x + 64) % 128 - 64
        high = padded(((x - low) // 128).astype(np.int8)[None], self.packing)
        low = padded(low.astype(np.int8)[None], self.packing)
        y = aligned(GROUP * count, np.float32, fill=0x5A)
        with self.matrix() as matrix:
            vectors = (pointer("int8_t", high), pointer("int8_t", low), int(x.sum()), scale)
            called = lib.edge_call_head_vector(
                form.encode(), matrix, first, count, *vectors, pointer("float", y)
            )
        assert called == 0
        return y


def pack(packing: int, codes: NDArray[np.int8]) -> Packed:
    """Ternary codes [rows, depth] packed in one call."""
    rows, depth = codes.shape
    blocks = aligned(lib.edge_packed_bytes(packing, rows, depth), np.uint8, fill=0x5A)
    codes = np.ascontiguousarray(codes)
    arguments = (pointer("int8_t", codes), pointer("uint8_t", blocks))
    lib.edge_pack_ternary(packing, rows, depth, 0, rows, *arguments)
    return Packed(packing, rows, depth, blocks)


def pack_float(packing: int, values: NDArray[np.float32]) -> Packed:
    """Float weights [rows, depth] packed in one call."""
    rows, depth = values.shape
    blocks = aligned(lib.edge_packed_bytes(packing, rows, depth), np.uint8, fill=0x5A)
    scales = aligned(rows, np.float32) if packing == INT8 else None
    values = np.ascontiguousarray(values)
    outputs = (pointer("uint8_t", blocks), pointer("float", scales))
    lib.edge_pack_float(packing, rows, depth, 0, rows, pointer("float", values), *outputs)
    return Packed(packing, rows, depth, blocks, scales)


def unpack(packed: Packed, first: int, count: int) -> NDArray[np.int8] | None:
    """Codes of some rows; None where a block holds what no writer makes."""
    codes = np.full((count, packed.depth), 9, np.int8)
    with packed.matrix() as matrix:
        done = lib.edge_unpack_ternary(matrix, first, count, pointer("int8_t", codes))
    return codes if done == 0 else None
