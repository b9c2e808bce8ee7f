"""Products from the bytes of pages, as the cores in flash and the NPU compute them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import UsageError

from ..mapping.placement import Numbers
from ..native_library import ffi, lib
from ..quantise.page_layout import PageLayout, PlacedMatrix
from .activations import MOST_CODE
from .products import Codes

# What of a page's partial sums leaves a core: all bits; 16 bits, cut; 16 bits of which the lowest
# stands for so much that the largest possible sum fits.
EXACT, SATURATE, ROUND = "exact", "saturate", "round"
RESULTS = (EXACT, SATURATE, ROUND)
LARGEST_WEIGHT = {8: 128, 4: 8, 2: 1}  # by bits


class PageProducts:
    """See ``Products``.

    ``store``: uint8 [pages, bytes of one], whose bytes are read in place at every call; a page's
    data come first. ``numbers``: for each logical page of the layout its row of ``store``, int64
    [layout.count]. ``inverted``: whether the store has each bit's complement. ``results``: one of
    ``RESULTS``; ``cut`` counts the sums that 16 bits did not hold. ``threads`` share the rows of a
    matrix.

    Raises ``UsageError`` (EDGE-02266) for another word as results, and (EDGE-02267) for page
    numbers that do not fit to layout and store.
    """

    def __init__(
        self,
        layout: PageLayout,
        store: NDArray[np.uint8],
        numbers: Numbers,
        *,
        inverted: bool = False,
        results: str = EXACT,
        threads: int = 1,
    ) -> None:
        if results not in RESULTS:
            raise UsageError(
                f"results={results} is not possible",
                next_step=f"Use one of {', '.join(RESULTS)}",
                code=266,
            )
        _check_numbers(layout, store, numbers)
        self._narrow, self._threads = results != EXACT, threads
        self._matrices = {
            name: _Described(placed, store, numbers[placed.first : placed.end], inverted)
            for name, placed in layout.placed.items()
        }
        for name, placed in layout.placed.items() if results == ROUND else ():
            self._matrices[name].matrix.shift = shift(placed)
        self.cut = 0

    def sums(self, matrix: str, x: Codes) -> NDArray[np.int64]:
        """See ``Products``."""
        described = self._matrices[matrix]
        wide = np.ascontiguousarray(x, np.int16)
        assert wide.ndim == 2 and wide.shape[1] == described.inputs
        found = np.zeros((len(wide), described.rows), np.int64)
        self.cut += lib.edge_nand_products(
            described.matrix,
            ffi.from_buffer("int16_t[]", wide),
            len(wide),
            ffi.from_buffer("int64_t[]", found),
            self._narrow,
            self._threads,
            False,
        )
        return found

    def close(self) -> None:
        """Let go of the store. Safe twice."""
        self._matrices = {}


def shift(placed: PlacedMatrix) -> int:
    """How many bits of a page's partial sum are rounded away, so that 16 bits hold the largest."""
    matrix = placed.matrix
    activation = int(MOST_CODE[matrix.activation_bytes])
    largest = placed.tile.inputs * LARGEST_WEIGHT[matrix.bits] * activation
    return max(0, largest.bit_length() - 15)


class _Described:
    """A matrix as the C library has it, and the arrays that it points to."""

    def __init__(
        self, placed: PlacedMatrix, store: NDArray[np.uint8], numbers: Numbers, inverted: bool
    ) -> None:
        self.rows, self.inputs = placed.matrix.rows, placed.matrix.inputs
        pages = placed.placement
        self._arrays: tuple[NDArray[Any], ...] = (
            np.ascontiguousarray(numbers, np.int64),
            np.ascontiguousarray(pages.row, np.int32),
            np.ascontiguousarray(pages.column, np.int32),
            np.ascontiguousarray(pages.by_npu, np.uint8),
        )
        self.matrix = ffi.new("struct edge_nand_matrix *")
        m = self.matrix
        self._store = ffi.from_buffer("uint8_t[]", store)
        m.store, m.stride = self._store, store.strides[0]
        kinds = ("int64_t[]", "int32_t[]", "int32_t[]", "uint8_t[]")
        m.page, m.row, m.column, m.by_npu = self._pointers = tuple(
            ffi.from_buffer(kind, array) for kind, array in zip(kinds, self._arrays, strict=True)
        )
        m.pages, m.bits, m.inverted = len(pages), placed.matrix.bits, inverted
        m.page_rows, m.page_inputs = placed.tile.rows, placed.tile.inputs
        m.rows, m.inputs = self.rows, self.inputs


def _check_numbers(layout: PageLayout, store: NDArray[np.uint8], numbers: Numbers) -> None:
    """C believes them."""
    data = max((p.tile.weights * p.matrix.bits // 8 for p in layout.placed.values()), default=0)
    fits = store.ndim == 2 and store.dtype == np.uint8 and store.flags.c_contiguous
    inside = len(numbers) == layout.count and fits and data <= store.shape[1]
    if not inside or (numbers < 0).any() or (numbers >= len(store)).any():
        raise UsageError(
            "The pages that were programmed are not those that the model needs",
            evidence=f"the model has {layout.count} pages of {data} bytes; there are "
            f"{len(numbers)} page numbers, and a store of {' x '.join(map(str, store.shape))}",
            next_step="Deploy the model to this device again",
            code=267,
        )
