"""The code of a page: which one, its size, encoding pages and correcting them.

``docs/nand-errors.md`` has the layouts to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import UsageError

from . import words
from .outliers import OutlierCode
from .rows import check_rows
from .statistics import NO_STATISTICS, Statistics

PAPER, EXACT, SECDED, WORDS, NONE = "paper", "exact", "secded", "words", "none"
MODES = (PAPER, EXACT, SECDED, WORDS, NONE)
MAGNITUDE, SIGNED = "magnitude", "signed"
COMPARES = (MAGNITUDE, SIGNED)
CODE_START = 32  # of the spare: the bad-block mark and the tag come before it
PUBLISHED_COPIES, MOST_COPIES = 2, 8


def usual_mode(weight_bits: int) -> str:
    """The mode where none is asked for: outliers mean nothing among three ternary values."""
    return WORDS if weight_bits == 2 else EXACT


def published_size(page_bytes: int) -> int:
    """Bytes of the paper's code of a page: 8 bits a weight, two copies; 0 where there is none."""
    bits = OutlierCode(PAPER, page_bytes, 8, PUBLISHED_COPIES, signed=False).bits
    return (bits + 7) // 8


@dataclass(frozen=True)
class PageCode:
    """How pages of one weight format are protected.

    ``copies`` of each protected value and ``compare`` (what the largest values are) concern the
    outlier modes only: paper, exact, secded. Raises ``UsageError`` where there is no such code
    (EDGE-02259) or the spare has no room for it (EDGE-02260).
    """

    mode: str = EXACT
    copies: int = PUBLISHED_COPIES
    compare: str = MAGNITUDE
    weight_bits: int = 8
    page_bytes: int = 16384
    spare_bytes: int = 1664

    def __post_init__(self) -> None:
        self._check_exists()
        if self.mode != NONE and CODE_START + self.size > self.spare_bytes:
            raise UsageError(
                f"The correction code {self.mode!r} does not fit the spare of a page",
                evidence=f"it has {self.size} bytes behind the first {CODE_START}, the spare has "
                f"{self.spare_bytes}; {self.copies} copies of {self.weight_bits}-bit values",
                next_step="Choose fewer copies (copies=2), or correction=words",
                code=260,
            )

    @property
    def bits(self) -> int:
        """Of the code of one page."""
        if self.mode == NONE:
            return 0
        return words.bits(self.page_bytes) if self.mode == WORDS else self._outliers.bits

    @property
    def size(self) -> int:
        """Whole bytes of the code of one page."""
        return (self.bits + 7) // 8

    @property
    def needs_written(self) -> bool:
        """Whether ``correct`` needs the codes as written: the paper's ideal does."""
        return self.mode == PAPER

    def encode(self, data: NDArray[np.uint8], threads: int = 1) -> NDArray[np.uint8]:
        """The codes [n, size] of pages [n, page_bytes], whose rows may lie apart."""
        check_rows(data, self.page_bytes)
        codes = np.zeros((len(data), self.size), np.uint8)
        if self.mode == WORDS:
            words.encode(data, codes, threads)
        elif self.mode != NONE:
            self._outliers.encode(data, codes, threads)
        return codes

    def correct(
        self,
        data: NDArray[np.uint8],
        code: NDArray[np.uint8],
        written: NDArray[np.uint8] | None = None,
        threads: int = 1,
        *,
        original: NDArray[np.uint8] | None = None,
    ) -> Statistics:
        """Correct pages [n, page_bytes] in place by their codes [n, size].

        ``written``: the codes before any error [n, size], ``original``: the pages before any, both
        of which an emulator knows. The mode ``paper`` cannot do without the first. Otherwise they
        only serve to count what was miscorrected: addresses by the first, words by the second.
        """
        check_rows(data, self.page_bytes)
        if self.mode == NONE:
            return NO_STATISTICS
        check_rows(code, self.size, len(data))
        if self.mode == WORDS:
            if original is not None:
                check_rows(original, self.page_bytes, len(data))
            return words.correct(data, code, original, threads)
        if written is not None:
            check_rows(written, self.size, len(data))
        elif self.needs_written:
            raise ValueError("the mode paper needs the codes as they were written")
        return self._outliers.correct(data, code, written, threads)

    @property
    def _outliers(self) -> OutlierCode:
        signed = self.compare == SIGNED
        return OutlierCode(self.mode, self.page_bytes, self.weight_bits, self.copies, signed)

    def _check_exists(self) -> None:
        known = self.mode in MODES and self.compare in COMPARES and self.weight_bits in (8, 4, 2)
        sized = 1 <= self.copies <= MOST_COPIES and 0 < self.page_bytes <= 65536
        if known and sized and (self.mode == NONE or self.bits > 0):
            return
        raise UsageError(
            f"There is no correction code {self.mode[:20]!r} for these pages",
            evidence=f"{self.weight_bits}-bit weights, {self.page_bytes} bytes a page, "
            f"{self.copies} copies, compare {self.compare[:20]}; paper, exact and secded take 8 or "
            f"4 bits and 1 to {MOST_COPIES} copies, words any weights",
            next_step="Choose correction=words, or none",
            code=259,
        )
