"""Who computes behind the registers, by name, and how patient one must be with each."""

from __future__ import annotations

BOARD = "board"
NATIVE, CHECKED, AP_INT, RTL, NUMPY = "native", "checked", "ap_int", "rtl", "numpy"
EMULATED = (NATIVE, CHECKED, AP_INT, RTL, NUMPY)

# Products a second that each makes at the very least: below it, it counts as hanging.
SLOWEST = {NATIVE: 2e7, CHECKED: 4e6, AP_INT: 1e5, RTL: 2e4, NUMPY: 2e6, BOARD: 1e9}
PATIENCE = 20.0  # seconds, whatever there is to do


def deadline(engine: str, products: float) -> float:
    """Seconds that a call of so many products may take."""
    return PATIENCE + products / SLOWEST[engine]
