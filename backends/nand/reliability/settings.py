"""Which errors befall a device, and what corrects them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ecc.page_code import MAGNITUDE, PUBLISHED_COPIES
from .law import Age, raw_bit_error_rate


@dataclass(frozen=True)
class ErrorSettings:
    """Errors of cells, noise of reads, and the code of pages.

    ``rber``: the raw bit error rate whatever the age, 0 to 0.5; None: as the law has it for
    ``retention_hours``, ``cycles`` and ``reads`` of each page, and none where these are None too.
    ``noise``: the probability of a bit to be read wrongly once, which does not stay. ``seed`` of
    both. ``correction``: a mode of ``PageCode``, None for the usual one of the weight format;
    ``copies`` and ``compare`` as there.
    """

    rber: float | None = None
    retention_hours: float | None = None
    cycles: float | None = None
    reads: float | None = None
    noise: float = 0.0
    seed: int = 0
    correction: str | None = None
    copies: int = PUBLISHED_COPIES
    compare: str = MAGNITUDE

    @property
    def aged(self) -> bool:
        """Whether the law gives the rate."""
        return self.rber is None and (self.retention_hours, self.cycles, self.reads) != (None,) * 3

    @property
    def active(self) -> bool:
        """Whether any bit may be wrong."""
        return self.aged or bool(self.rber) or self.noise > 0

    def rates(self, erases: NDArray[np.int64], cell: str) -> NDArray[np.float64]:
        """The raw bit error rate of pages [n] whose blocks were erased so often [n].

        ``cell``: slc, lsb or tlc. Erases on this device count on top of ``cycles``.
        """
        if not self.aged:
            return np.full(len(erases), self.rber or 0.0)
        cycles = (self.cycles or 0.0) + erases.astype(np.float64)
        age = Age(cycles, self.retention_hours or 0.0, self.reads or 0.0)
        return raw_bit_error_rate(age, cell)
