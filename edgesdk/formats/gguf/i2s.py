"""I2_S, the 2-bit tensors of bitnet.cpp: three layouts under one number, told apart by hand.

All hold code + 1 in two bits, the first of four weights in the top ones, then 32 bytes of which the
first four are the tensor's float32 scale. What the four weights of a byte are differs: it depends
on the machine that wrote the file, and the file does not say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError

# The four weights of a byte lie 32 apart (x86, and every published file), 16 apart (written on
# ARM), or in four rows of one column (x86 without its parallel kernels).
X86, ARM, ROWS = "128/32", "64/16", "rows"
LAYOUTS = (X86, ARM, ROWS)
_SHIFTS = np.array([6, 4, 2, 0], np.uint8)


def check_layout(name: str) -> str:
    """The name of a layout. Raises ``UsageError`` (EDGE-02112)."""
    if name not in LAYOUTS:
        raise UsageError(
            f"There is no I2_S layout {name[:40]!r}",
            next_step=f"The layouts are {', '.join(LAYOUTS)}",
            code=112,
        )
    return name


def no_i2s(name: str) -> UsageError:
    """A layout was named for a model that has no such tensors (EDGE-02112)."""
    return UsageError(
        f"{name} has no I2_S tensors", next_step="Leave the option i2s_layout out", code=112
    )


def possible(layout: str, shape: tuple[int, int]) -> bool:
    """Whether a matrix [out, in] parts in the blocks of a layout."""
    rows, columns = shape
    return {X86: columns % 128, ARM: columns % 64, ROWS: rows % 4}[layout] == 0


def codes(packed: NDArray[np.uint8], shape: tuple[int, int], layout: str) -> NDArray[np.int8]:
    """Bytes [out * in / 4] to codes [out, in]; an impossible code is 2."""
    rows, columns = shape
    if layout == ROWS:
        parts = packed.reshape(rows // 4, 1, columns) >> _SHIFTS.reshape(1, 4, 1)
    else:
        width = 32 if layout == X86 else 16
        parts = packed.reshape(-1, 1, width) >> _SHIFTS.reshape(1, 4, 1)
    parts &= 3
    found: NDArray[np.int8] = parts.view(np.int8).reshape(rows, columns)
    found -= 1
    return found
