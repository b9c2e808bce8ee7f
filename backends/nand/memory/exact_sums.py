"""Whether a device multiplies every matrix rightly: golden tokens alone forgive small errors."""

from __future__ import annotations

import numpy as np

from edgesdk.decoder.large_tables import ROWS
from edgesdk.errors import VerificationMismatch

from ..npu.activations import MOST_CODE
from .memory import Memory

SEED = 20240917


def require_exact_sums(memory: Memory) -> None:
    """Raise ``VerificationMismatch`` (EDGE-0777) where a sum is not what numpy makes of the codes.

    Each matrix is multiplied with one drawn input, so that every weight and every row has a part.
    """
    file, drawn = memory.file, np.random.Generator(np.random.PCG64(SEED))
    for matrix in file.shape.matrices():
        most = int(MOST_CODE[matrix.activation_bytes])
        codes = drawn.integers(-most, most, (1, matrix.inputs), endpoint=True)
        found = memory.products.sums(matrix.name, codes.astype(f"i{matrix.activation_bytes}"))[0]
        wrong = 0
        for first in range(0, matrix.rows, ROWS):
            rows = slice(first, first + ROWS)
            wanted = file.rows(matrix.name, rows).astype(np.float64) @ codes[0].astype(np.float64)
            wrong += int(np.count_nonzero(found[rows] != wanted))  # all within 2**53: exact
        if wrong:
            raise VerificationMismatch(
                "The pages give other sums than numpy's integer arithmetic",
                evidence=f"{wrong} of the {matrix.rows} of {matrix.name} differ",
                next_step="The kernels compute wrongly on this machine: please report it",
                code=77,
            )
