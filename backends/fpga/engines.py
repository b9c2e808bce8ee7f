"""The engines of the emulator, by name: who computes, and how patient one must be."""

from __future__ import annotations

from .emulator.engine import Engine

NATIVE, CHECKED, AP_INT, RTL, NUMPY = "native", "checked", "ap_int", "rtl", "numpy"
BOARD = "board"
ENGINES = (NATIVE, CHECKED, AP_INT, RTL, NUMPY)

# Products a second that each makes at the very least: below it, it counts as hanging.
SLOWEST = {NATIVE: 2e7, CHECKED: 4e6, AP_INT: 1e5, RTL: 2e4, NUMPY: 2e6, BOARD: 1e9}
PATIENCE = 20.0  # seconds, whatever there is to do


def open_engine(name: str) -> Engine:
    """An engine. Raises ``NoDevice`` where a compiler or simulator that it needs is not there."""
    if name == NUMPY:
        from .numpy_model.engine import NumpyEngine

        return NumpyEngine()
    if name == RTL:
        from .emulator.rtl import RtlEngine

        return RtlEngine()
    from .emulator.builds import open_build

    return open_build(name)


def deadline(engine: str, products: float) -> float:
    """Seconds that a call of so many products may take."""
    return PATIENCE + products / SLOWEST[engine]
