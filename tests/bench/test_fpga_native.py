"""How fast the emulator's ternary matmul is, beside numpy's integer product of the same matrix.

Rates are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

import numpy as np
import pytest

from edgesdk_backends.fpga.emulator.shared_library import SHIPPED
from tests.backends_fpga.hls.parts import Matmul, drawn, expected
from tests.bench.timing import best_seconds

ROWS, INPUTS = 1536, 1536
TRIES = 15


@pytest.mark.parametrize("tokens", [1, 8])
@pytest.mark.parametrize("build", ["native", "checked"])
def test_rate(build: str, tokens: int) -> None:
    matmul = Matmul(SHIPPED / f"_{build}.so")
    weights, codes = drawn(3, ROWS, INPUTS, tokens)
    call = matmul.prepared(weights, codes)
    wide_weights, wide_codes = weights.astype(np.int32), codes.astype(np.int32)
    ours = best_seconds(call, TRIES)
    peer = best_seconds(lambda: wide_codes @ wide_weights.T, TRIES)
    rate = ROWS * INPUTS * tokens / ours / 1e9
    print(
        f"\n{build}, {ROWS} x {INPUTS}, {tokens} tokens: {rate:.2f} Gweight/s; "
        f"numpy int32 {ROWS * INPUTS * tokens / peer / 1e9:.2f}; ratio {peer / ours:.1f}"
    )
    np.testing.assert_array_equal(call(), expected(weights, codes))
