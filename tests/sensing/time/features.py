"""The C features, called with arrays, their values as real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.native import ffi, lib

Samples = NDArray[np.int16]
UNIT, RATE, CREST, KURTOSIS = (
    2.0**-bits
    for bits in (
        lib.EDGE_TIME_UNIT_BITS,
        lib.EDGE_TIME_RATE_BITS,
        lib.EDGE_TIME_CREST_BITS,
        lib.EDGE_TIME_KURTOSIS_BITS,
    )
)


def _window(samples: Samples) -> tuple[Any, int, int]:
    """Pointer, count and stride of a one-dimensional array, which may be a column."""
    pointer = ffi.cast("const int16_t *", samples.ctypes.data)
    return pointer, len(samples), samples.strides[0] // 2


def zero_crossings(samples: Samples, centred: bool) -> float:
    return float(lib.edge_time_zero_crossings(*_window(samples), centred) * RATE)


def rms(samples: Samples, centred: bool) -> float:
    return float(lib.edge_time_rms(*_window(samples), centred) * UNIT)


def crest_factor(samples: Samples, centred: bool) -> float:
    return float(lib.edge_time_crest_factor(*_window(samples), centred) * CREST)


def line_length(samples: Samples) -> float:
    return float(lib.edge_time_line_length(*_window(samples)) * UNIT)


def kurtosis(samples: Samples) -> float:
    return float(lib.edge_time_kurtosis(*_window(samples)) * KURTOSIS)


def magnitude(axes: Samples) -> Samples:
    """[count][3 or more] -> [count]."""
    found = np.zeros(len(axes), np.int16)
    lib.edge_time_magnitude(*_window(axes[:, 0]), ffi.from_buffer("int16_t[]", found))
    return found


def azc(samples: Samples, tolerance: int) -> int:
    scratch = ffi.new("uint16_t[]", max(len(samples), 1))
    return int(lib.edge_time_azc(*_window(samples), tolerance, scratch))


def azc_of_all(samples: Samples, tolerances: list[int]) -> list[int]:
    levels = ffi.new("uint16_t[]", len(samples))
    lib.edge_azc_levels(*_window(samples), min(tolerances), levels)
    return [lib.edge_azc_count(*_window(samples), levels, each) for each in tolerances]


def envelope_peaks(samples: Samples, rate: int, low: int, high: int) -> int:
    scratch = ffi.new("int32_t[]", len(samples) + 2 * lib.EDGE_ENVELOPE_EDGE)
    return int(lib.edge_time_envelope_peaks(*_window(samples), rate, low, high, scratch))


def half_smoothed(samples: Samples, rate: int, low: int, high: int) -> NDArray[np.float64]:
    """What the scratch of envelope_peaks holds afterwards: the envelope smoothed forward only."""
    scratch = np.zeros(len(samples) + 2 * lib.EDGE_ENVELOPE_EDGE, np.int32)
    pointer = ffi.from_buffer("int32_t[]", scratch)
    lib.edge_time_envelope_peaks(*_window(samples), rate, low, high, pointer)
    return np.ldexp((scratch >> 6) + 0.5, scratch & 63)
