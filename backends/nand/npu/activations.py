"""Activations as integers: the largest magnitude of a token becomes the largest code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.reference_arithmetic import SMALLEST_ABSMAX, quantise

Floats = NDArray[np.float32]

MOST_CODE = {1: np.float32(127), 2: np.float32(32767)}  # by bytes of a code


def quantised(x: Floats, code_bytes: int) -> tuple[NDArray[Any], Floats]:
    """Codes of x [n, inputs], int8 or int16, and what one of each token's stands for, [n, 1].

    int8 codes are the reference's.
    """
    if code_bytes == 1:
        return quantise(x)
    most = MOST_CODE[code_bytes]
    absmax = np.maximum(np.abs(x).max(axis=-1, keepdims=True), SMALLEST_ABSMAX)
    return np.rint(x * (most / absmax)).clip(-most, most).astype(np.int16), absmax
