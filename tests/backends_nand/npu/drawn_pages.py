"""Pages of drawn weights, made without the code that is tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.nand.native_library import ffi
from edgesdk_backends.nand.native_library import lib as built

PADDING = 24  # bytes after each page


@dataclass
class Drawn:
    """A matrix of codes [rows, inputs] in pages of ``height`` x ``width``, in any order.

    ``by_npu``: which pages the NPU multiplies. ``shift``: of results of 16 bits.
    """

    rows: int
    inputs: int
    height: int
    width: int
    bits: int
    inverted: bool
    seed: int = 0
    shift: int = 0

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        low = {8: -128, 4: -8, 2: -1}[self.bits]
        high = {8: 127, 4: 7, 2: 1}[self.bits]
        self.codes = random.integers(low, high, (self.rows, self.inputs), np.int8, endpoint=True)
        places = [
            (row, column)
            for row in range(0, self.rows, self.height)
            for column in range(0, self.inputs, self.width)
        ]
        order = random.permutation(len(places))
        self.row, self.column = np.array([places[i] for i in order], np.int32).T.copy()
        self.by_npu = random.integers(0, 2, len(places), np.uint8)
        self.pages = random.permutation(len(places) + 3)[: len(places)].astype(np.int64)
        self.store = np.zeros((len(places) + 3, self._bytes + PADDING), np.uint8)
        self.store[:] = random.integers(0, 256, self.store.shape, np.uint8)
        for page, row, column in zip(self.pages, self.row, self.column, strict=True):
            block = self.codes[row : row + self.height, column : column + self.width]
            self.store[page, : self._bytes] = self._content(block)
        if self.inverted:
            self.store = ~self.store

    @property
    def _bytes(self) -> int:
        return -(-self.height * self.width * self.bits // 8)

    def _content(self, block: NDArray[np.int8]) -> NDArray[np.uint8]:
        """Bit by bit; beyond the matrix are bits of nothing in particular."""
        whole = np.random.default_rng(1).integers(0, 2, (self.height, self.width), np.int8)
        whole[: block.shape[0], : block.shape[1]] = np.where(
            (block < 0) & (self.bits == 2), 2, block
        )
        bits = whole.reshape(-1, 1).view(np.uint8) >> np.arange(self.bits, dtype=np.uint8) & 1
        return np.packbits(bits.reshape(-1), bitorder="little")

    def sums(
        self,
        x: NDArray[np.int16],
        *,
        cut: bool = False,
        threads: int = 1,
        plain: bool = False,
        lib: object = built,
    ) -> tuple[NDArray[np.int64], int]:
        """What C gives, and how many partial sums were cut."""
        matrix = ffi.new("struct edge_nand_matrix *")
        kept = [ffi.from_buffer("uint8_t[]", self.store), ffi.from_buffer("int64_t[]", self.pages)]
        kept += [ffi.from_buffer("int32_t[]", numbers) for numbers in (self.row, self.column)]
        kept.append(ffi.from_buffer("uint8_t[]", self.by_npu))
        matrix.store, matrix.page, matrix.row, matrix.column, matrix.by_npu = kept
        matrix.stride, matrix.pages = self.store.shape[1], len(self.pages)
        matrix.page_rows, matrix.page_inputs = self.height, self.width
        matrix.rows, matrix.inputs = self.rows, self.inputs
        matrix.bits, matrix.inverted, matrix.shift = self.bits, self.inverted, self.shift
        found = np.full((len(x), self.rows), 1000, np.int64)  # it adds to what is there
        out, given = ffi.from_buffer("int64_t[]", found), ffi.from_buffer("int16_t[]", x)
        cuts = lib.edge_nand_products(  # type: ignore[attr-defined]
            matrix, given, len(x), out, cut, threads, plain
        )
        return found - 1000, cuts

    def wanted(self, x: NDArray[np.int16], *, cut: bool) -> tuple[NDArray[np.int64], int]:
        """The same by numpy's integers, page by page."""
        found, cuts = np.zeros((len(x), self.rows), np.int64), 0
        for row, column, by_npu in zip(self.row, self.column, self.by_npu, strict=True):
            rows, inputs = slice(row, row + self.height), slice(column, column + self.width)
            block = self.codes[rows, inputs].astype(np.int64)
            part = x[:, inputs].astype(np.int64) @ block.T
            if cut and not by_npu:
                steps = np.floor(part / 2.0**self.shift + 0.5).astype(np.int64)
                held = steps.clip(-32768, 32767)
                cuts += int((held != steps).sum())
                part = held * 2**self.shift
            found[:, rows] += part
        return found, cuts


def drawn_inputs(tokens: int, inputs: int, bits: int, seed: int = 0) -> NDArray[np.int16]:
    """Activations [tokens, inputs] of 8 or 16 bits."""
    most = 1 << (bits - 1)
    random = np.random.default_rng(seed)
    return random.integers(-most, most, (tokens, inputs), np.int16)
