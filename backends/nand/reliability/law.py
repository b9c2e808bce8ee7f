"""The raw bit error rate of cells by program cycles, time and reads: a power law of real devices.

Its form is that of "Design Tradeoffs for SSD Reliability" (FAST 2019) for 72-layer TLC; its
constants are those that the public simulator MQSim-JW uses. Both are published.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Numbers = float | NDArray[np.float64]

FRESH = 1.48e-3  # of a page just programmed

# Of the rate of TLC. lsb, derived: AiF counts 9 wrong bits in 1 KiB of the worst least-significant
# page where all TLC pages have up to 49 (4,000 cycles, a year). slc, assumed: two charge levels
# with the window of eight; that it is about a hundredth is a rule of thumb.
SHARES = MappingProxyType({"tlc": 1.0, "lsb": 9 / 49, "slc": 0.01})


@dataclass(frozen=True)
class Age:
    """What a page has been through; each a number, or one for each page [n].

    ``cycles``: programs and erases of its block, at least 1, since it is programmed. ``hours``
    since then. ``reads`` of the page since then.
    """

    cycles: Numbers = 1.0
    hours: float = 0.0
    reads: float = 0.0


def raw_bit_error_rate(age: Age, cell: str) -> NDArray[np.float64]:
    """The probability of a bit to be wrong, [n] or a scalar, at most 0.5; ``cell`` as in SHARES."""
    cycles = np.maximum(np.asarray(age.cycles, np.float64), 1.0)
    wear = 3.9e-10 * cycles**2.05
    retention = 6.28e-5 * cycles**0.14 * age.hours**0.54
    disturbance = 3.73e-9 * cycles**0.33 * age.reads**1.71
    rate: NDArray[np.float64] = SHARES[cell] * (FRESH + wear + retention + disturbance)
    return np.minimum(rate, 0.5)
