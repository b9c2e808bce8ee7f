"""The code for any content: words of 16 bytes with 9 check bits each, a SEC-DED code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..native_library import ffi, lib
from .rows import start, writable_start
from .statistics import Statistics


def bits(page_bytes: int) -> int:
    """Of the code of a page; 0 where there is none."""
    return 8 * int(lib.edge_nand_words_size(page_bytes))


def encode(data: NDArray[np.uint8], codes: NDArray[np.uint8], threads: int) -> None:
    """The codes [n, size] of pages [n, page_bytes]."""
    arguments = (*start(data), *writable_start(codes))
    lib.edge_nand_words_encode(data.shape[1], *arguments, len(data), threads)


def correct(
    data: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    original: NDArray[np.uint8] | None,
    threads: int,
) -> Statistics:
    """Correct pages in place; ``original``: the data before any error, where it is known."""
    counts = ffi.new("struct edge_nand_word_counts *")
    true = (ffi.NULL, 0) if original is None else start(original)
    arguments = (*writable_start(data), *start(codes), *true)
    lib.edge_nand_words_correct(data.shape[1], *arguments, len(data), threads, counts)
    names = ("fixed", "lost", "miscorrected")
    return Statistics(**{f"words_{name}": int(getattr(counts, name)) for name in names})
